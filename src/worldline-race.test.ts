import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { transitions, type PayoutEventKind, type PayoutState } from "./core/payout.ts";
import { connectTo } from "./testing/connect.ts";
import { Started } from "./testing/started.ts";

let server: Started;
let db: pg.Client;
before(async () => {
  server = await Started.open();
  db = new pg.Client(JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")));
  await db.connect();
});
after(async () => {
  await db?.end();
  await server?.remove();
});

const order = {
  bankTransferPayoutMethodSpecificInput: {
    bankAccountIban: { accountHolderName: "Wile E. Coyote", iban: "IT60X0542811101000000123456" },
  },
  payoutDetails: { amountOfMoney: { amount: 2345, currencyCode: "EUR" } },
};
const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");

/** What a call leaves in a payout's history when it succeeds. */
const eventOf = { approve: "approved", cancelapproval: "approval_withdrawn", cancel: "cancelled" } as const;
type Call = keyof typeof eventOf;

/** Fifty calls in an order of chance. Half of the payouts are never cancelled: they go back and forth to the end. */
function fifty(index: number): Call[] {
  const cancels = index % 2 === 0 ? 0 : 3;
  const calls = Array.from({ length: 50 }, (_, at): Call => {
    if (at < cancels) return "cancel";
    return at % 2 === 0 ? "approve" : "cancelapproval";
  });
  return calls
    .map((call) => ({ call, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ call }) => call);
}

const countOf = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of [...words].sort()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

test("of fifty calls at once each success is one lawful step of the history, each step a success, and holds and releases agree", async () => {
  const connect = connectTo(server.demo.url, server.demo.worldline);
  const me = server.demo.worldline.merchant_id;
  const said: Record<Call, string> = { approve: "200", cancelapproval: "204", cancel: "204" };
  let held = 0;
  let steps = 0;
  for (let index = 0; index < 20; index += 1) {
    const { id } = (await connect.payouts.create(me, order, {})).body;
    const succeeded: string[] = [];
    const carryOut = async (call: Call) => {
      const body = call === "approve" ? [{ datePayout: tomorrow }] : [];
      const answer = await connect.payouts[call](me, id, ...body, {});
      if (answer.isSuccess) {
        assert.equal(String(answer.status), said[call]);
        succeeded.push(eventOf[call]);
        if (call === "approve") assert.equal(answer.body.statusOutput.statusCode, 800);
      } else {
        const { code } = answer.body.errors[0];
        assert.deepEqual([answer.status, code], [402, call === "approve" ? "410110" : "400210"]);
      }
    };
    await Promise.all(fifty(index).map(carryOut));

    const { rows: events } = await db.query(
      `select e.kind, e.state, e.version from events e join payouts p on p.merchant_id = e.merchant_id and p.id = e.payout_id
        where p.handle = $1 order by e.version`,
      [id],
    );
    const [created, ...history] = events;
    assert.deepEqual([created.kind, created.state], ["created", "awaiting_approval"]);
    let state: PayoutState = created.state;
    for (const [at, event] of history.entries()) {
      assert.equal(event.version, at + 2);
      assert.equal(transitions[state][event.kind as PayoutEventKind], event.state, `${state} ${event.kind}`);
      state = event.state;
    }
    const kinds = history.map(({ kind }) => kind);
    assert.deepEqual(countOf(succeeded), countOf(kinds));
    if (index % 2 === 1) assert.equal(state, "cancelled");

    const { rows: entries } = await db.query(
      `select e.hold, e.kind, e.amount_minor from entries e join payouts p on p.merchant_id = e.merchant_id and p.id = e.subject_id
        where p.handle = $1`,
      [id],
    );
    const moved = (kind: string) => entries.filter((entry) => entry.kind === kind).map(({ hold }) => hold);
    const holds = kinds.filter((kind) => kind === "approved").length;
    const isHeld = state === "queued" ? 1 : 0;
    assert.ok(entries.every(({ amount_minor }) => amount_minor === "2345"));
    assert.deepEqual([new Set(moved("hold")).size, moved("hold").length], [holds, holds]);
    assert.deepEqual([new Set(moved("release")).size, moved("release").length], [holds - isHeld, holds - isHeld]);
    assert.equal(entries.length, 2 * holds - isHeld);
    held += isHeld * 2_345;
    steps += history.length;
  }
  assert.ok(steps > 100, `only ${steps} steps: the calls did not meet`);
  const { body } = await server.admin("GET", `/admin/merchants/${server.demo.merchant.id}/balances`);
  const { available_minor, held_minor } = body.balances.find(({ currency }: any) => currency === "EUR");
  assert.deepEqual([available_minor, held_minor], [100_000_000 - held, held]);
  const { code, out } = await server.command("check");
  assert.equal(code, 0, out);
});

test("approving at once for less money than all of them need approves as many as it pays for", async () => {
  const { body: made } = await server.admin("POST", "/admin/merchants", { handle: "short", currency: "EUR" });
  const path = `/admin/merchants/${made.merchant.id}`;
  await server.admin("POST", `${path}/funds`, { reference: "start", currency: "EUR", amount_minor: 5 * 2_345 + 2_344 });
  const connect = connectTo(server.demo.url, made.worldline);
  const me = made.worldline.merchant_id;
  const created = await Promise.all(Array.from({ length: 30 }, () => connect.payouts.create(me, order, {})));
  const answers = await Promise.all(
    created.map(({ body }) => connect.payouts.approve(me, body.id, { datePayout: tomorrow }, {})),
  );
  const codes = answers.map(({ status, body }) => (status === 200 ? "approved" : body.errors[0].code));
  assert.deepEqual(countOf(codes), { "99000001": 25, approved: 5 });
  const { body } = await server.admin("GET", `${path}/balances`);
  assert.deepEqual([body.balances[0].available_minor, body.balances[0].held_minor], [2_344, 5 * 2_345]);
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isRefusal } from "./core/refusal.ts";
import { createToken } from "./flow/method.ts";
import { systemClock, within } from "./clock.ts";
import { postgresStore } from "./payment-store.ts";
import { startPayments, type PaymentPorts, type Payments } from "./payments.ts";
import { openSandboxRail } from "./rails/sandbox.ts";
import { startSandboxBank, type SandboxBank } from "./sandbox/server.ts";
import { openPool } from "./store/db.ts";
import { readDue } from "./store/due.ts";
import { ids, request, tools, World, type TestMerchant } from "./testing/world.ts";
import { testCardKeys } from "./testing/vault.ts";
import { openDestination, sealCard, type CardKeys } from "./vault/cards.ts";

let cardKeys: CardKeys;
const folder = mkdtempSync(join(tmpdir(), "disburse-payments-"));
let world: World;
let merchant: TestMerchant;
let bank: SandboxBank;
let payments: Payments;
let pool: ReturnType<typeof openPool>;

before(async () => {
  world = await World.open();
  merchant = await world.merchant();
  bank = await startSandboxBank({ dir: folder, port: 0, callbackSecret: "not used here" });
  pool = openPool(world.url, 5);
  cardKeys = testCardKeys(pool);
  payments = startPayments(ports());
});
after(async () => {
  await payments.close();
  await bank.close();
  await pool.end();
  await world.close();
  rmSync(folder, { recursive: true });
});

const ports = (): PaymentPorts => ({
  store: postgresStore(world.url, pool),
  clock: systemClock,
  openVault: (item) => openDestination(cardKeys.vault, item),
  tools,
  rails: [openSandboxRail(bank.url)],
  log: () => {},
});

async function tokenFor(amountTable = false): Promise<string> {
  const card = {
    merchantId: merchant.id,
    vaultId: ids.row(),
    number: "4111111111111111",
    expMonth: 12,
    expYear: 2039,
    amountTable,
  };
  const { token } = await world.commit(createToken(`ct_${ids.hex()}`, await sealCard(cardKeys, card)));
  return token.id;
}

/** Asks for a payout as a merchant does, with orders for the sandbox bank. */
async function pay(handle: string, text: string | null, over: Parameters<typeof request>[2] = {}, waitMs = 10_000) {
  const { permits: _, ...asked } = request(merchant, handle, {
    text,
    customer: "customer-1",
    destination: { kind: "token", id: await tokenFor() },
    ...over,
  });
  const accepted = await payments.dispatcher.accept(asked, waitMs);
  assert.ok(!isRefusal(accepted), isRefusal(accepted) ? accepted.refused : "");
  return accepted;
}

async function stateOf(payoutId: string): Promise<string> {
  const { rows } = await world.db.query("select state from payouts where id = $1", [payoutId]);
  return rows[0].state;
}

/** Waits until a payout is in a state, for at most ten seconds. */
async function reaches(payoutId: string, state: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await stateOf(payoutId)) !== state) {
    assert.ok(performance.now() < deadline, `payout is ${await stateOf(payoutId)}, not ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function booksOf(reference: string): Promise<{ status: string; amount_minor?: number }> {
  return (await (await fetch(`${bank.url}/transfers/${reference}`)).json()) as { status: string };
}

test("a payout is paid while its caller waits, and the bank has it in its books", async () => {
  const { payout, attempt, heard } = await pay("paid", null);
  assert.deepEqual([payout.state, heard?.verdict, heard?.source], ["paid", "paid", "reply"]);
  assert.equal((await booksOf(attempt.reference)).status, "paid");
});

test("a decline says why, and releases the money", async () => {
  const held = (await world.balances(merchant.id)).held;
  const { payout, heard } = await pay("declined", "sandbox:declined");
  assert.deepEqual([payout.state, payout.fault?.errorState], ["failed", "hard_declined"]);
  assert.ok(heard?.code);
  assert.equal((await world.balances(merchant.id)).held, held);
});

for (const orders of ["silent-paid", "error-paid", "garbage", "wrong-amount", "wrong-reference"]) {
  test(`${orders}: no answer that can be believed leaves the payout in doubt, and asking the bank resolves it`, async () => {
    const { payout, attempt } = await pay(orders, `sandbox:${orders}`);
    assert.deepEqual([payout.state, payout.fault?.errorState], ["in_doubt", "processing_error"]);
    await reaches(payout.id, "paid");
    const { rows } = await world.db.query("select count(*)::int n from sends where payout_id = $1", [payout.id]);
    assert.deepEqual([rows[0].n, (await booksOf(attempt.reference)).status], [1, "paid"]);
  });
}

test("what the bank lost once is sent again under the same reference, and paid once", async () => {
  const { payout, attempt } = await pay("lost-once", "sandbox:silent-lost-once");
  assert.equal(payout.state, "in_doubt");
  await reaches(payout.id, "paid");
  const { rows } = await world.db.query(
    "select count(*)::int sends, count(distinct body_hash)::int bodies from sends where payout_id = $1",
    [payout.id],
  );
  assert.deepEqual(rows, [{ sends: 2, bodies: 1 }]);
  assert.equal((await booksOf(attempt.reference)).status, "paid");
});

test("a bank that loses every send has failed: no money moved, and the error says what kind it was", async () => {
  const { payout, attempt } = await pay("lost", "sandbox:silent-lost");
  await reaches(payout.id, "failed");
  assert.equal((await booksOf(attempt.reference)).status, "never_received");
  const { rows } = await world.db.query(
    "select error_state, (select count(*)::int from sends s where s.payout_id = p.id) sends from payouts p where id = $1",
    [payout.id],
  );
  assert.deepEqual(rows, [{ error_state: "processing_error", sends: 3 }]);
});

test("an asynchronous payout is accepted first, and paid or declined later", async () => {
  const paid = await pay("async-paid", "sandbox:async-silent-paid=300");
  assert.equal(paid.payout.state, "accepted");
  const declined = await pay("async-declined", "sandbox:async-declined=300");
  await reaches(paid.payout.id, "paid");
  await reaches(declined.payout.id, "failed");
});

test("a slow bank does not keep its caller waiting longer than asked; the outcome comes by itself", async () => {
  const startedAt = performance.now();
  const { payout } = await pay("slow", "sandbox:slow=1500", {}, 300);
  assert.ok(performance.now() - startedAt < 1_200);
  assert.equal(payout.state, "sent");
  await reaches(payout.id, "paid");
});

test("a return is found in the bank's own list, without anybody calling back", async () => {
  const { payout } = await pay("returned", "sandbox:returned-silent=200");
  assert.equal(payout.state, "paid");
  await reaches(payout.id, "returned");
});

test("a bank that says no and pays all the same freezes the payout", async () => {
  const { payout, attempt } = await pay("contradict", "sandbox:contradict");
  assert.equal(payout.state, "failed");
  payments.hint(attempt.reference);
  await within(
    5_000,
    (async () => {
      for (;;) {
        const { rows } = await world.db.query("select frozen from payouts where id = $1", [payout.id]);
        if (rows[0].frozen) return;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    })(),
  );
  const { rows } = await world.db.query("select state, frozen from payouts where id = $1", [payout.id]);
  assert.deepEqual(rows, [{ state: "failed", frozen: true }]);
});

test("what is due later is sent when its time has come", async () => {
  const { payout } = await pay("later", null, { dueAt: Date.now() + 700 });
  assert.equal(payout.state, "queued");
  await reaches(payout.id, "paid");
});

test("asked for again while in doubt, the bank is asked, and what it says is told", async () => {
  const to = { destination: { kind: "token", id: await tokenFor() } } as const;
  const first = await pay("in-doubt-again", "sandbox:silent-paid", to);
  assert.equal(first.payout.state, "in_doubt");
  const again = await pay("in-doubt-again", "sandbox:silent-paid", to);
  assert.equal(again.payout.state, "paid");
});

test("two servers share the work: every payout is sent once", async () => {
  const other = startPayments(ports());
  const dueAt = Date.now() + 500;
  const many = await Promise.all(
    Array.from({ length: 100 }, (_, index) => pay(`shared-${index}`, null, { dueAt, amountMinor: 100n })),
  );
  await Promise.all(many.map(({ payout }) => reaches(payout.id, "paid")));
  await other.close();
  const { rows } = await world.db.query(
    "select count(*)::int sends from sends s join payouts p on p.id = s.payout_id where p.handle like 'shared-%'",
  );
  assert.equal(rows[0].sends, 100);
});

test("everything that is under way is looked at again in time", async () => {
  const far = await readDue(pool, "sandbox", "ask", 1_000, [], Date.now() + 900_000);
  const { rows } = await world.db.query(
    "select count(*)::int n from payouts where state in ('sent', 'accepted', 'in_doubt')",
  );
  assert.ok(far.length >= rows[0].n);
});

test("no card number is written outside the vault, and there only sealed", async () => {
  const { rows } = await world.db.query("select sealed from vault where merchant_id = $1 and sealed like 'v2.d%'", [
    merchant.id,
  ]);
  assert.ok(rows.length > 10);
  assert.ok(rows.every(({ sealed }) => !sealed.includes("4111111111111111")));
  const hash = createHash("sha256").update("4111111111111111").digest("hex");
  const { rows: raw } = await world.db.query(
    "select raw from answers where raw like '%4111111111111111%' or raw like $1",
    [`%${hash}%`],
  );
  assert.deepEqual(raw, []);
});

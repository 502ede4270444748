import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import type { Attempt } from "../core/attempt.ts";
import type { Command } from "../core/command.ts";
import type { Payout } from "../core/payout.ts";
import { isRefusal } from "../core/refusal.ts";
import type { Accepted } from "../flow/request.ts";
import { accept, answer, World, type TestMerchant } from "../testing/world.ts";
import { checkBooks } from "./check.ts";
import { openAsking, type Statement } from "./db.ts";
import { Remembered } from "./remembered.ts";
import { sessionOn, type Session } from "./session.ts";
import { beginLife, numberSql } from "./transaction.ts";
import { WorkingCopy } from "./working-copy.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  await beginLife(world.db);
  merchant = await world.merchant();
});
after(async () => {
  assert.deepEqual(await checkBooks(world.url, false), []);
  await world.close();
});

/**
 * A session, and the names of the statements that were sent on it since one last asked: those about payouts, or those that lock, by
 * the round trips in which they were sent.
 */
async function listened(t: TestContext): Promise<{ session: Session; said: () => string[]; locked: () => string[][] }> {
  const { client, answer: number } = await openAsking(world.url, 5_000, numberSql);
  t.after(() => client.end());
  let [names, trips, heard] = [[] as string[], [] as string[][], true];
  const listening = new Proxy(client, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key);
      if (typeof own !== "function") return own;
      if (key !== "query") return own.bind(target) as unknown;
      return (asked: Statement, ...more: unknown[]) => {
        const name = typeof asked === "object" ? asked.name : asked;
        if (heard) trips.push([]);
        heard = false;
        names.push(name);
        trips.at(-1)!.push(name);
        const answered = own.call(target, asked, ...more) as Promise<unknown>;
        return answered.finally(() => (heard = true));
      };
    },
  });
  const said = () => names.filter((name) => /payouts$|attempts$/.test(name) && !name.startsWith("insert"));
  return {
    session: sessionOn(listening, number),
    said: () => {
      const before = said();
      names = [];
      return before;
    },
    locked: () => {
      const before = trips.map((trip) => trip.filter((name) => /^(lock|read)_(?!life)/.test(name)));
      [trips, heard] = [[], true];
      return before.filter((trip) => trip.length > 0);
    },
  };
}

async function commit<A extends object>(session: Session, command: Command<A>): Promise<A> {
  const [outcome] = await session.run([command]);
  assert.ok(outcome !== undefined && "answer" in outcome && !isRefusal(outcome.answer), "it is decided");
  return outcome.answer as A;
}

const stateOf = async ({ payout }: Accepted) =>
  (await world.db.query("select state, version, answers from payouts where id = $1", [payout.id])).rows[0];

test("what a connection wrote itself is locked, and not read again", async (t) => {
  const { session, said } = await listened(t);
  const [one, two] = [
    await commit(session, accept(merchant, "own-1")),
    await commit(session, accept(merchant, "own-2")),
  ];
  const strange = await world.commit(accept(merchant, "strange"));
  said();
  await session.run([answer(one, "paid"), answer(two, "unanswered"), answer(strange, "paid")]);
  assert.deepEqual(said(), ["lock_known_payouts", "read_locked_payouts", "read_attempts"]);
  assert.deepEqual(await stateOf(one), { state: "paid", version: 3, answers: 1 });
  assert.deepEqual(await stateOf(two), { state: "in_doubt", version: 3, answers: 1 });
  assert.deepEqual(await stateOf(strange), { state: "paid", version: 3, answers: 1 });
  await session.run([answer(two, "paid", { source: "inquiry" })]);
  assert.deepEqual(said(), ["lock_payouts", "read_attempts"], "only what waits for an answer is remembered");
  assert.deepEqual(await stateOf(two), { state: "paid", version: 4, answers: 2 });
});

test("what somebody else has written since is read", async (t) => {
  const { session, said } = await listened(t);
  const accepted = await commit(session, accept(merchant, "written-since"));
  await world.commit(answer(accepted, "unanswered"));
  said();
  await commit(session, answer(accepted, "paid"));
  assert.deepEqual(said(), ["lock_known_payouts", "read_locked_payouts", "read_attempts"]);
  assert.deepEqual(await stateOf(accepted), { state: "paid", version: 4, answers: 2 });
});

test("what somebody else writes while we wait for the lock is read", async (t) => {
  const { session, said } = await listened(t);
  const accepted = await commit(session, accept(merchant, "written-meanwhile"));
  said();
  await world.db.query("begin");
  await world.db.query("update payouts set asks = 7 where id = $1", [accepted.payout.id]);
  const answered = commit(session, answer(accepted, "accepted"));
  while ((await world.db.query("select from pg_locks where not granted")).rows.length === 0);
  await world.db.query("commit");
  await answered;
  assert.deepEqual(said(), ["lock_known_payouts", "read_locked_payouts", "read_attempts"]);
  const { rows } = await world.db.query("select state, asks from payouts where id = $1", [accepted.payout.id]);
  assert.deepEqual(rows, [{ state: "accepted", asks: 7 }]);
});

test("what was rolled back is not remembered", async (t) => {
  const { session, said } = await listened(t);
  const accepted = await world.commit(accept(merchant, "rolled-back"));
  const failing: Command = {
    ...answer(accepted, "unanswered"),
    decide: () => ({ answer: {}, changes: { payouts: [{ ...accepted.payout, attempt: 32_768 }] } }),
  };
  await assert.rejects(session.run([failing]));
  await session.rollback();
  said();
  await commit(session, answer(accepted, "paid"));
  assert.deepEqual(said(), ["lock_payouts", "read_attempts"]);
  assert.deepEqual(await stateOf(accepted), { state: "paid", version: 3, answers: 1 });
});

test("where all owners are remembered, one round trip locks everything, in the same order", async (t) => {
  const { session, locked } = await listened(t);
  const first = await commit(session, accept(merchant, "trip-1"));
  const things = ["lock_methods"];
  const parties = ["lock_customers", "lock_merchants", "lock_accounts"];
  assert.deepEqual(locked(), [things, parties], "nobody knows yet whose method it is");
  const second = await commit(session, accept(merchant, "trip-2"));
  assert.deepEqual(locked(), [[...things, ...parties]]);
  await session.run([answer(first, "paid"), accept(merchant, "trip-3")]);
  assert.deepEqual(locked(), [["lock_known_payouts", ...things, ...parties]]);
  const strange = await world.commit(accept(merchant, "trip-strange"));
  await session.run([answer(second, "paid"), answer(strange, "paid")]);
  assert.deepEqual(locked(), [
    ["lock_known_payouts", "read_locked_payouts"],
    ["read_attempts", "lock_merchants", "lock_accounts"],
  ]);
  await session.run([accept(merchant, "trip-2")]);
  assert.deepEqual(
    locked().map((trip) => trip.join()),
    ["read_names", "lock_payouts,lock_methods", "read_attempts,lock_customers,lock_merchants,lock_accounts"],
    "a repeat of what is over",
  );
  for (const paid of [first, second, strange])
    assert.deepEqual(await stateOf(paid), { state: "paid", version: 3, answers: 1 });
});

test("what a method is like now is read, whoever has changed it", async (t) => {
  const { session } = await listened(t);
  const own = await world.merchant();
  await commit(session, accept(own, "method-1"));
  await world.db.query("update payment_methods set state = 'inactivated' where merchant_id = $1", [own.id]);
  const [outcome] = await session.run([accept(own, "method-2")]);
  assert.ok(outcome !== undefined && "answer" in outcome && isRefusal(outcome.answer), "it is refused");
});

test("a batch is not planned anew, however small the first ones were", async (t) => {
  const { client, answer: number } = await openAsking(world.url, 5_000, numberSql);
  t.after(() => client.end());
  const session = sessionOn(client, number);
  for (let round = 0; round < 8; round += 1) {
    const size = round < 6 ? 1 : 40;
    const commands = Array.from({ length: size }, (_, n) => accept(merchant, `plan-${round}-${n}`));
    const accepted = (await session.run(commands)).map((outcome) => (outcome as { answer: Accepted }).answer);
    await session.run(accepted.map((one) => answer(one, "paid")));
  }
  const { rows } = await client.query(
    "select name, custom_plans::int as planned from pg_prepared_statements where custom_plans > 0",
  );
  assert.deepEqual(rows, [{ name: "begin_batch", planned: 5 }], "which says so, and is itself planned at first");
});

const copyOf = (id: string): WorkingCopy => {
  const copy = new WorkingCopy(0, { fresh: [], known: [] });
  copy.payouts.put({ merchantId: "1", id, state: "sent" } as Payout);
  copy.latestAttempts.set(`1\u001f${id}`, { attempt: 1 } as Attempt);
  return copy;
};

test("a number counts in one life of one database", () => {
  const remembered = new Remembered();
  const keep = (transaction: string, id: string) => {
    remembered.begin(transaction);
    remembered.keep(transaction, copyOf(id));
  };
  keep("4294967301@7/00000001/life", "10");
  assert.equal(remembered.of("1", "10")?.writer, "5", "as PostgreSQL shows it: without its epoch");
  remembered.begin("9@7/00000001/life");
  assert.ok(remembered.of("1", "10"));
  remembered.begin("10@7/00000001/another");
  assert.equal(remembered.of("1", "10"), undefined, "another life");
  keep("11@7/00000001/another", "10");
  remembered.begin("11@7/00000002/another");
  assert.equal(remembered.of("1", "10"), undefined, "another timeline");
  keep("12@7/00000002/", "10");
  assert.equal(remembered.of("1", "10"), undefined, "no life");
});

test("not more than ten thousand are remembered, and the oldest are forgotten", () => {
  const remembered = new Remembered();
  for (let id = 0; id < 10_003; id += 1) {
    remembered.begin("5@7/00000001/life");
    remembered.keep("5@7/00000001/life", copyOf(String(id)));
  }
  assert.deepEqual(
    ["2", "3", "10002"].map((id) => remembered.of("1", id) !== undefined),
    [false, true, true],
  );
});

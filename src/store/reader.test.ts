import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type pg from "pg";
import type { Story } from "../core/story.ts";
import type { Reader } from "../dialects/services.ts";
import { changeMethod, addMethod, createToken } from "../flow/method.ts";
import { accept, answer, ids, World, type TestMerchant } from "../testing/world.ts";
import { openPool, readAs } from "./db.ts";
import type { PayoutFilter } from "./filters.ts";
import { openReader } from "./reader.ts";
import { QueryTooSlow } from "./slow.ts";

let world: World;
let pool: pg.Pool;
let reader: Reader;
let merchant: TestMerchant;
let other: TestMerchant;

before(async () => {
  world = await World.open();
  pool = openPool(world.url, 2);
  reader = openReader(pool);
  merchant = await world.merchant();
  other = await world.merchant();
});
after(async () => {
  await pool.end();
  await world.close();
});

const everything = { range: "created", from: 0, to: Date.UTC(2100, 0), after: null, size: 100 } as const;
const list = async (filter: Partial<PayoutFilter>, of = merchant): Promise<Story[]> => [
  ...(await reader.payouts(of.id, { ...everything, ...filter })).rows,
];
const handles = async (filter: Partial<PayoutFilter>, of = merchant): Promise<string[]> =>
  (await list(filter, of)).map(({ payout }) => payout.handle).toSorted();
const noon = Date.UTC(2026, 0, 15, 12);
/** Moves a payout in time. Nobody but a test can: the server's grants and the committer leave `created_at` alone. */
const setInstant = (handle: string, column: "created_at" | "paid_at" | "failed_at", at: number) =>
  world.db.query(
    `update payouts set ${column} = to_timestamp($1::float8 / 1000) where merchant_id = $2 and handle = $3`,
    [at, merchant.id, handle],
  );

/** One more card of another brand, saved for the same customer. */
async function saveCard(): Promise<string> {
  const { token } = await world.commit(
    createToken(`ct_${ids.hex()}`, {
      merchantId: merchant.id,
      vaultId: ids.row(),
      kind: "card",
      sealed: "v1.test.sealed",
      fingerprint: "cst_11111111111111111111111111111111",
      masked: "550000XXXXXX0004",
      brand: "mc",
      expMonth: 1,
      expYear: 2030,
      amountTable: false,
    }),
  );
  const more = {
    reference: "second",
    customer: "customer-1",
    newCustomer: null,
    nameId: ids.row(),
    eventId: ids.row(),
  };
  const { method } = await world.commit(
    addMethod({ merchantId: merchant.id, id: `ca_${ids.hex()}`, tokenId: token.id, ...more }),
  );
  return method.id;
}

test("a story has its attempts oldest first, each with its card and the answer that closed it", async () => {
  const first = await world.commit(accept(merchant, "story"));
  await world.commit(answer(first, "unanswered"));
  await world.commit(answer(first, "declined", { source: "inquiry" }));
  const methodId = await saveCard();
  const second = await world.commit(accept(merchant, "story", { destination: { kind: "method", id: methodId } }));
  await world.commit(answer(second, "accepted"));

  const story = await reader.storyOf(merchant.id, "story");
  assert.equal(story?.payout.state, "accepted");
  assert.equal(story.payout.amountMinor, 10_000n);
  const [one, two] = story.attempts;
  assert.equal(story.attempts.length, 2);
  assert.deepEqual([one?.heard?.verdict, one?.heard?.source, one?.heard?.closes], ["declined", "inquiry", true]);
  assert.deepEqual([two?.heard?.verdict, two?.heard?.closes], ["accepted", false]);
  assert.deepEqual([one?.vault.brand, two?.vault.brand], ["visa", "mc"]);
  assert.deepEqual([one?.method?.id, two?.method?.id], [merchant.methodId, methodId]);
  assert.ok(!("sealed" in one!.vault), "a story does not carry the sealed number");
  assert.deepEqual(await reader.story(merchant.id, story.payout.id), story);
  const heard = await reader.answers(merchant.id, story.payout.id, 1);
  assert.deepEqual(
    heard.map(({ verdict }) => verdict),
    ["unanswered", "declined"],
  );
});

test("nobody reads another merchant's rows, and what cannot be an id or a handle is not found", async () => {
  const { payout } = await world.commit(accept(merchant, "mine"));
  assert.equal(await reader.storyOf(other.id, "mine"), undefined);
  assert.equal(await reader.story(other.id, payout.id), undefined);
  assert.deepEqual(await handles({ handle: "mine" }, other), []);
  assert.equal(await reader.method(other.id, merchant.methodId), undefined);
  for (const id of ["", "x", "-1", "9".repeat(19), "9".repeat(30)]) {
    assert.equal(await reader.story(merchant.id, id), undefined);
  }
  assert.equal(await reader.storyOf(merchant.id, "a\0b"), undefined);
  assert.deepEqual(await handles({ handleContains: "\0" }), []);
});

test("a list goes down by its range's instant and then by id, page by page, without gaps or repeats", async () => {
  const page = Array.from({ length: 7 }, (_, index) => `page-${index}`);
  const stories = await Promise.all(page.map((handle) => world.commit(accept(merchant, handle))));
  for (const [index, handle] of page.entries()) await setInstant(handle, "created_at", noon + Math.floor(index / 3));
  const range = { handlePrefix: "page-", from: noon, to: noon + 10, size: 2 };
  const seen: string[] = [];
  let after: PayoutFilter["after"] = null;
  for (let pages = 1; ; pages += 1) {
    const { rows, next } = await reader.payouts(merchant.id, { ...everything, ...range, after });
    seen.push(...rows.map(({ payout }) => payout.id));
    after = next;
    if (next === null) {
      assert.equal(pages, 4);
      break;
    }
  }
  const at = new Map(stories.map(({ payout }, index) => [payout.id, Math.floor(index / 3)]));
  const expected = [...at.keys()].toSorted((a, b) => at.get(b)! - at.get(a)! || (BigInt(b) > BigInt(a) ? 1 : -1));
  assert.deepEqual(seen, expected);
});

test("a range is half open, and what has no such instant is not in it", async () => {
  const paid = await world.commit(accept(merchant, "range-paid"));
  await world.commit(answer(paid, "paid"));
  const failed = await world.commit(accept(merchant, "range-failed"));
  await world.commit(answer(failed, "declined"));
  await setInstant("range-paid", "paid_at", noon);
  await setInstant("range-failed", "failed_at", noon);
  const prefix = { handlePrefix: "range-" };
  assert.deepEqual(await handles({ ...prefix, range: "paid", from: noon, to: noon + 1 }), ["range-paid"]);
  assert.deepEqual(await handles({ ...prefix, range: "failed", from: noon, to: noon + 1 }), ["range-failed"]);
  assert.deepEqual(await handles({ ...prefix, range: "paid", from: noon - 1, to: noon }), []);
  assert.deepEqual(await handles({ ...prefix, range: "created", from: noon, to: noon + 1 }), []);
});

test("filters are combined with and; the members of a list with or", async () => {
  const methodId = await saveCard();
  const small = { amountMinor: 5_000n, currency: "EUR" };
  await world.commit(accept(merchant, "f-small", small));
  await world.commit(accept(merchant, "f-card", { destination: { kind: "method", id: methodId } }));
  const paid = await world.commit(accept(merchant, "f-paid", { amountMinor: 20_000n }));
  await world.commit(answer(paid, "paid"));
  const f = { handlePrefix: "f-" };
  const cases: [Partial<PayoutFilter>, string[]][] = [
    [{ handle: "f-small" }, ["f-small"]],
    [{ handle: "f-" }, []],
    [{ ...f }, ["f-card", "f-paid", "f-small"]],
    [{ ...f, handleContains: "-s" }, ["f-small"]],
    [{ handleContains: "%" }, []],
    [{ ...f, customer: "customer-1", states: ["paid", "sent"] }, ["f-card", "f-paid", "f-small"]],
    [{ ...f, customer: "nobody" }, []],
    [{ ...f, states: ["paid"] }, ["f-paid"]],
    [{ ...f, currencies: ["EUR", "DKK"] }, ["f-card", "f-paid", "f-small"]],
    [{ ...f, currencies: ["DKK"] }, []],
    [
      { ...f, amountMinor: { from: { value: 5_000n, inclusive: true }, to: { value: 10_000n, inclusive: false } } },
      ["f-small"],
    ],
    [{ ...f, amountMinor: { from: { value: 5_000n, inclusive: false } } }, ["f-card", "f-paid"]],
    [{ ...f, amountMinor: { to: { value: 10_000n, inclusive: true } } }, ["f-card", "f-small"]],
    [{ ...f, mostMinor: 10_000n }, ["f-card", "f-small"]],
    [{ ...f, methodId }, ["f-card"]],
    [{ ...f, brand: "mc" }, ["f-card"]],
    [{ ...f, cardPrefix: "5500" }, ["f-card"]],
    [{ ...f, cardPrefix: "5500001" }, []],
    [{ ...f, cardPostfix: "0004", brand: "mc" }, ["f-card"]],
    [{ ...f, cardPostfix: "0004", brand: "visa" }, []],
    [{ ...f, fingerprint: "cst_11111111111111111111111111111111" }, ["f-card"]],
  ];
  for (const [filter, expected] of cases) assert.deepEqual(await handles(filter), expected, inspect(filter));
});

const inspect = (filter: object): string =>
  JSON.stringify(filter, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));

test("what begins with a text is found by the index of names, whatever stands in the text", async () => {
  for (const handle of ["100%", "100%-x", "1000", "a_b", "a-b"]) await world.commit(accept(merchant, handle));
  assert.deepEqual(await handles({ handlePrefix: "100%" }), ["100%", "100%-x"]);
  assert.deepEqual(await handles({ handlePrefix: "a_" }), ["a_b"]);
  const plan = await readAs(pool, merchant.id, async (client) => {
    const { rows } = await client.query(
      "explain select id from names where merchant_id = $1 and kind = 'payout' and name ^@ $2",
      [merchant.id, "100"],
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  assert.match(
    plan,
    /Index Cond: .*name >= '100'.*name < '101'/,
    "row-level security does not keep the index from being used",
  );
});

test("methods are listed by when they were saved", async () => {
  const one = await world.merchant();
  const find = (filter: object) =>
    reader.methods(one.id, { from: 0, to: Date.UTC(2100, 0), after: null, size: 10, ...filter });
  const methods = async (filter: object) => (await find(filter)).rows.map(({ id }) => id);
  assert.deepEqual(await methods({}), [one.methodId]);
  assert.deepEqual(await methods({ customer: "customer-1", brands: ["visa"], cardPostfix: "1111" }), [one.methodId]);
  assert.deepEqual(await methods({ cardPrefix: "5" }), []);
  await world.commit(changeMethod(one.id, one.methodId, "inactivate", ids.row()));
  assert.deepEqual(await methods({ states: ["active"] }), []);
  assert.deepEqual(await methods({ id: one.methodId, states: ["inactivated"] }), [one.methodId]);
  assert.equal((await reader.method(one.id, one.methodId))?.vault.masked, "411111XXXXXX1111");
});

test("accounts, fundings and open incidents are read as they stand", async () => {
  const one = await world.merchant(500n);
  const [account] = await reader.accounts(one.id);
  assert.deepEqual(account?.balances, { available: 500n, held: 0n, paid_out: 0n, funding: -500n });
  assert.equal((await reader.funding(one.id, "start"))?.amountMinor, 500n);
  assert.equal(await reader.funding(one.id, "never"), undefined);
  const { payout } = await world.commit(accept(one, "contradicted", { amountMinor: 100n }));
  await world.commit(answer({ payout }, "declined"));
  await world.commit(answer({ payout }, "paid", { source: "statement" }));
  const [incident, ...none] = await reader.incidents(one.id);
  assert.deepEqual(none, []);
  assert.deepEqual([incident?.handle, incident?.kind], ["contradicted", "contradiction"]);
  assert.equal(incident?.facts["verdict"], "paid");
});

test("a list that takes too long says so", async (t) => {
  const hasty = openPool(world.url, 1, 0.2);
  const blocker = openPool(world.url, 1);
  const client = await blocker.connect();
  t.after(async () => {
    await client.query("rollback");
    client.release();
    await Promise.all([hasty.end(), blocker.end()]);
  });
  await client.query("begin; lock table payouts in access exclusive mode");
  await assert.rejects(openReader(hasty).payouts(merchant.id, everything), QueryTooSlow);
  const patient = openPool(world.url, 2);
  t.after(() => patient.end());
  const { payouts, find } = openReader(patient);
  const references = { merchantReference: null, merchantOrderId: null, decimals: [], offset: 0, limit: 10 };
  const startedAt = performance.now();
  const slow = [payouts(merchant.id, everything), find(merchant.id, references)];
  await Promise.all(slow.map((list) => assert.rejects(list, QueryTooSlow)));
  const took = performance.now() - startedAt;
  assert.ok(took > 1_900 && took < 4_500, `two seconds, and not the five of other reads: ${took} ms`);
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isRefusal } from "../core/refusal.ts";
import { accept, answer, request, tools, World, type TestMerchant } from "../testing/world.ts";
import { acceptPayout } from "./accept.ts";
import type { Forgotten } from "./intent.ts";
import type { PayoutRequest } from "./request.ts";

let world: World;
let merchant: TestMerchant;
let prefix: string;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
  const { rows } = await world.db.query("select reference_prefix from merchants where id = $1", [merchant.id]);
  prefix = rows[0].reference_prefix;
});
after(() => world.close());

const paid: Forgotten = { rail: "sandbox", status: "paid", amountMinor: 10_000n, currency: "EUR" };
const declined: Forgotten = { ...paid, status: "declined" };
/** References of the attempts of a name, as they would be one after another. */
function referencesOf(name: string, many: number): string[] {
  const row = [tools.reference(prefix, name, 1)];
  while (row.length < many) row.push(tools.reference(prefix, row.at(-1)!, 2));
  return row;
}
/** Takes a payout on while banks are known to have made these transfers. */
const take = (handle: string, forgotten: Record<string, Forgotten>, over: Partial<PayoutRequest> = {}) =>
  world.committer.commit(
    acceptPayout(request(merchant, handle, over), { ...tools, forgotten: new Map(Object.entries(forgotten)) }),
  );
async function referenceOf(...[handle, forgotten, over]: Parameters<typeof take>): Promise<string> {
  const taken = await take(handle, forgotten, over);
  return isRefusal(taken) ? taken.refused : taken.attempt.reference;
}

test("each attempt has a reference of its own, which follows from the merchant's name for the payout alone", async () => {
  const first = await world.commit(accept(merchant, "tries"));
  await world.commit(answer(first, "declined"));
  const second = await world.commit(accept(merchant, "tries"));
  assert.deepEqual([first.attempt.reference, second.attempt.reference], referencesOf("tries", 2));
});

test("a payout that we number is known to banks by its request's key, else by its id: never by the number, which a restored database gives again", async () => {
  const numbered = (handle: string, idempotenceKey: string | null): Promise<string> =>
    referenceOf(handle, {}, { handle: () => handle, idempotenceKey, id: String(1000 + handle.length) });
  assert.equal(await numbered("n-1", "k 1"), tools.reference(prefix, "key k 1", 1));
  assert.equal(await numbered("n-22", null), tools.reference(prefix, "id 1004", 1));
  const other = await world.merchant();
  await world.db.query("update merchants set reference_prefix = $2 where id = $1", [other.id, "ABCDEF"]);
  const again = { ...request(other, "", { handle: () => "another number", idempotenceKey: "k 1" }) };
  const taken = await world.commit(acceptPayout(again, tools));
  assert.equal(taken.attempt.reference, tools.reference("ABCDEF", "key k 1", 1));
});

test("a payout whose transfer was forgotten stands for the last one that moved money", async () => {
  const of = (name: string) => referencesOf(name, 9) as [string, string, string, ...string[]];
  assert.equal(await referenceOf("a", { [of("a")[0]]: paid }), of("a")[0]);
  assert.equal(await referenceOf("b", { [of("b")[0]]: declined, [of("b")[1]]: paid }), of("b")[1]);
  assert.equal(await referenceOf("c", { [of("c")[7]!]: paid }), of("c")[7], "the ones before left no trace");
  assert.equal(
    await referenceOf("d", { [of("d")[0]]: declined }),
    of("d")[1],
    "a decline is over: this is the next try",
  );
  assert.equal(await referenceOf("e", { [of("e")[0]]: { ...paid, status: "accepted" } }), of("e")[0]);
  assert.equal(await referenceOf("f", { [of("a")[0]]: paid }), of("f")[0], "another payout's is another's");
});

test("a try after a failure stands for the try that was forgotten", async () => {
  const first = await world.commit(accept(merchant, "again"));
  await world.commit(answer(first, "declined"));
  const [, second, third] = referencesOf("again", 3) as [string, string, string];
  assert.equal(await referenceOf("again", { [second]: declined, [third]: paid }), third);
});

test("what was paid is not asked for anew with another amount, currency or rail, and does not fail for lack of money", async () => {
  const [reference] = referencesOf("other", 1) as [string];
  for (const done of [
    { ...paid, amountMinor: 9_999n },
    { ...paid, currency: "DKK" },
    { ...paid, rail: "elsewhere" },
  ]) {
    assert.equal(await referenceOf("other", { [reference]: done }), "payout_already_paid");
  }
  const [dear] = referencesOf("dear", 1) as [string];
  const amountMinor = 10n ** 12n;
  assert.equal(await referenceOf("dear", { [dear]: { ...paid, amountMinor } }, { amountMinor }), "insufficient_funds");
  const { rows } = await world.db.query("select 1 from names where name in ('other', 'dear')");
  assert.deepEqual(rows, [], "nothing was written");
});

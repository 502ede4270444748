import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accept, committerOn, World, type TestMerchant } from "../testing/world.ts";
import { CommitFault } from "./fault.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
  await world.db.query(`create function raise_as_told() returns trigger language plpgsql as $$ begin
    if new.text like 'raise %' then raise exception 'as told' using errcode = substr(new.text, 7); end if; return new; end $$`);
  await world.db.query(
    `create trigger raise_as_told before insert on payouts for each row execute function raise_as_told()`,
  );
});
after(() => world.close());

/** What became of commands that share a batch with one whose row makes PostgreSQL raise `state`, the bad one first. */
async function beside(state: string): Promise<unknown[]> {
  const committer = committerOn(world.url);
  const commit = (name: string, text: string) =>
    committer.commit(accept(merchant, `${state}-${name}`, { text })).then(
      () => "done",
      (error: unknown) => (error instanceof CommitFault ? error.kind : error),
    );
  const good = ["a", "b", "c", "d"].map((name) => commit(name, "good"));
  const told = await Promise.all([commit("bad", `raise ${state}`), ...good]);
  await committer.close();
  return told;
}

const ofOneCommand = {
  "21000": "more rows than one",
  "54000": "more than an index row holds",
  P0001: "an exception of a function",
  XX000: "an internal error",
  XX001: "a damaged page",
};
for (const [state, what] of Object.entries(ofOneCommand)) {
  test(`one command that ends in ${what} (${state}) fails alone, at once`, async () => {
    const startedAt = performance.now();
    assert.deepEqual(await beside(state), ["broken", "done", "done", "done", "done"]);
    assert.ok(performance.now() - startedAt < 2_000);
  });
}

test("what is wrong with the database itself is no command's fault: all are tried again, and then told that it is unavailable", async () => {
  const startedAt = performance.now();
  const states = ["53100", "58030", "25006", "55000", "57014"]; // full, I/O error, read only, in recovery, taking too long
  const told = await Promise.all(states.map(beside));
  for (const each of told)
    assert.deepEqual(
      each,
      Array.from({ length: 5 }, () => "unavailable"),
    );
  assert.ok(performance.now() - startedAt > 2_900, "it was tried again for a while");
});

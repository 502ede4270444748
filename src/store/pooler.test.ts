import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World } from "../testing/world.ts";
import { openClient, run } from "./db.ts";
import { isBehindPooler } from "./pooler.ts";

let world: World;
before(async () => {
  world = await World.open();
});
after(() => world.close());

/** Whether statements are prepared over a connection to this URL. */
async function prepares(url: string): Promise<boolean> {
  const client = await openClient(url);
  await run(client, { name: "one", text: "select 1" });
  const { rows } = await client.query("select name from pg_prepared_statements where name = 'one'");
  assert.equal(rows.length === 0, isBehindPooler(client));
  await client.end();
  return rows.length === 1;
}
const saying = (prepared: string): string => {
  const url = new URL(world.url);
  url.searchParams.set("prepared", prepared);
  return url.href;
};

test("over a connection of one's own, statements are prepared", async () => {
  assert.equal(await prepares(world.url), true);
});

test("the URL may say that statements are not to be prepared, or that they are", async () => {
  assert.equal(await prepares(saying("no")), false);
  assert.equal(await prepares(saying("yes")), true);
});

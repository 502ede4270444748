import assert from "node:assert/strict";
import { test } from "node:test";
import type pg from "pg";
import { accept, World } from "../testing/world.ts";
import { runBatch } from "./batch.ts";
import { openAsking } from "./db.ts";
import { numberSql } from "./transaction.ts";

test("a COMMIT that PostgreSQL answers with a rollback is none", async (t) => {
  const world = await World.open();
  t.after(() => world.close());
  const merchant = await world.merchant();
  const { client, answer: number } = await openAsking(world.url, 1_000, numberSql);
  t.after(() => client.end());
  const failing = new Proxy(client, {
    get(target, key) {
      const own: unknown = Reflect.get(target, key);
      if (typeof own !== "function") return own;
      if (key !== "query") return own.bind(target) as unknown;
      return async (asked: unknown, ...more: unknown[]) => {
        if (asked === "commit") await client.query("select 1/0").catch(() => {}); // and nobody hears of it
        return (await own.call(target, asked, ...more)) as unknown;
      };
    },
  }) as pg.ClientBase;
  await assert.rejects(runBatch(failing, [accept(merchant, "rolled-back")], number), /rolled back/);
  const { rows } = await world.db.query("select from payouts");
  assert.equal(rows.length, 0);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Letter } from "./engine/mailbox.ts";
import type { Story } from "./core/story.ts";
import type { PayoutHistory } from "./core/payout.ts";
import { payoutTopic } from "./core/notice.ts";
import { tellStories } from "./store/stories.ts";
import { toPayout } from "./store/read.ts";
import { fillGallery } from "./testing/gallery.ts";
import { customerNotice, endpointOf, formats, lived, noticeOf, paid, secrets, writers } from "./testing/letters.ts";
import { World } from "./testing/world.ts";

test("told only now, every event of every life a payout can have shows the status that it led to", async (t) => {
  const world = await World.open();
  t.after(() => world.close());
  const merchant = await world.merchant();
  await fillGallery(world, merchant);
  const { rows } = await world.db.query("select * from payouts where merchant_id = $1", [merchant.id]);
  const stories = await tellStories(world.db, merchant.id, rows.map(toPayout));
  const byId = new Map(stories.map((story) => [story.payout.id, story]));
  const events = await world.db.query("select * from events where merchant_id = $1 order by payout_id, version", [
    merchant.id,
  ]);
  const told = { frisbii: new Set<string>(), worldline: new Set<string>(), standard: new Set<string>() };
  for (const row of events.rows) {
    const { payout_id: payoutId, version, kind, state, attempt, created_at: at } = row;
    const event: PayoutHistory = { merchantId: merchant.id, payoutId, version, kind, state, attempt, at };
    for (const format of ["frisbii", "worldline", "standard"] as const) {
      const body = bodyOf(format, event, byId.get(payoutId)!);
      const type = formats[format].nameOf(payoutTopic(event));
      assert.equal(
        body === undefined,
        type === undefined || (format === "frisbii" && isDear(byId.get(payoutId)!)),
        `${format} ${kind}/${state}`,
      );
      if (body === undefined) continue;
      told[format].add(type!);
      assert.doesNotMatch(JSON.stringify(body), /sealed|411111/);
      if (format === "worldline")
        assert.equal(`payout.${body.payout.status.toLowerCase()}`, body.type, `${kind}/${state}`);
      if (format === "standard") {
        const { version: shown, kind: happened, state: reached, attempt: tried } = body.data.payout;
        assert.deepEqual([shown, happened, reached, tried], [version, kind, state, attempt]);
        const overruled = byId.get(payoutId)!.attempts[attempt - 1]!.heard?.source === "operator";
        if (!overruled) assert.equal(body.data.payout.error !== null, state === "failed" || state === "in_doubt");
      }
    }
  }
  assert.deepEqual([...told.worldline].toSorted(), [...formats.worldline.names].toSorted());
  assert.deepEqual(
    [...told.standard].toSorted(),
    formats.standard.names.filter((name) => name.startsWith("payout.")).toSorted(),
  );
});

const isDear = ({ payout }: Story) => payout.amountMinor > 2_147_483_647n;

/* eslint-disable-next-line @typescript-eslint/no-explicit-any */
function bodyOf(format: keyof typeof writers, event: PayoutHistory, story: Story): any {
  const { customer } = story.payout;
  const notice = { id: "1", customer, tries: 0, createdAt: event.at, about: { event, story } };
  const letter = writers[format](endpointOf(format), notice, event.at);
  return letter === undefined ? undefined : JSON.parse(letter.body);
}

test("the samples in docs/webhooks.md are what is sent", () => {
  const page = readFileSync(new URL("../docs/webhooks.md", import.meta.url), "utf8");
  const sentAt = Date.UTC(2026, 1, 2, 10, 24, 17);
  const shown = (letter: Letter) => [
    `\`\`\`http\n${Object.entries(letter.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n")}\n\`\`\``,
    `\`\`\`json\n${JSON.stringify(JSON.parse(letter.body), null, 2)}\n\`\`\``,
  ];
  for (const format of ["frisbii", "worldline", "standard"] as const) {
    const letter = writers[format](endpointOf(format), noticeOf(lived(paid)), sentAt)!;
    for (const block of [...shown(letter), secrets[format]]) assert.ok(page.includes(block), `${format}:\n${block}`);
  }
  assert.ok(
    page.includes(shown(writers.standard(endpointOf("standard"), customerNotice("method_added"), sentAt)!)[1]!),
  );
  const types = [...page.matchAll(/^\| `(payout\.\w+)`/gm)].map(([, type]) => type);
  assert.deepEqual(types.toSorted(), [...formats.worldline.names].toSorted());
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CardSession, Merchant } from "../../core/parties.ts";
import { checkoutPath, readAddress } from "./address.ts";
import { pageHeaders } from "./headers.ts";
import { cardPage, plainPage } from "./page.ts";

const merchant = { name: `<b>"Shop" & 'Co'</b>`, test: true } as Merchant;
const session = { cancelUrl: `https://x.example/?a="><script>&b='` } as CardSession;

test("what comes from outside cannot become a part of the page", () => {
  const page = cardPage(merchant, session, [{ field: null, says: "<i>" }], `"><img>`);
  for (const piece of ["<b>", "<i>", "<img>", `"><script>&b`]) assert.ok(!page.includes(piece), piece);
  assert.ok(page.includes("&lt;b&gt;&quot;Shop&quot; &amp; &#39;Co&#39;&lt;/b&gt;"));
  assert.ok(!plainPage("<t>", "<s>", { href: `"><a>`, label: "<l>" }).match(/<[tsl]>|"><a>/));
});

test("the page has one style and one script, and the header knows both by their hash", async () => {
  const { createHash } = await import("node:crypto");
  const page = cardPage(merchant, session, [], "");
  const policy = pageHeaders([])["content-security-policy"]!;
  const inside = [...page.matchAll(/<(style|script)>([^]*?)<\/\1>/g)].map(([, , text]) => text!);
  assert.equal(inside.length, 2);
  for (const text of inside) {
    assert.ok(policy.includes(`'sha256-${createHash("sha256").update(text).digest("base64")}'`));
  }
  assert.ok(!/\s(?:style|on\w+)=/.test(page), "nothing that the policy would not let be");
});

test("an address is read as it was made, and nothing else is one", () => {
  const id = `cs_${"0a".repeat(16)}`;
  for (const merchantId of ["1", "9223372036854775807"]) {
    const [, , account, session] = checkoutPath(merchantId, id).split("/");
    assert.deepEqual(readAddress(account!, session!), { merchantId, sessionId: id });
  }
  const one = "1".padStart(32, "0");
  for (const [account, session] of [
    ["f".repeat(32), id],
    [`${"0".repeat(16)}8${"0".repeat(15)}`, id],
    ["1", id],
    [one, id.slice(1)],
    [one, `${id}0`],
    [one, id.toUpperCase()],
  ])
    assert.equal(readAddress(account!, session!), undefined, `${account} ${session}`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { readHeaders } from "./headers.ts";
import { kept, keptOf, retryAfterMs } from "./kept.ts";

test("what a receiver says is kept without what is invisible, what turns the writing, and card numbers", () => {
  assert.equal(kept("a\u0000b\u001b[31mc\r\nd\te\u202egnp\u2066f\ufeff\u2028g"), "ab[31mc\nd\tegnpf\ng");
  assert.equal(kept("größe 漢字 🙂"), "größe 漢字 🙂");
  assert.equal(kept("card 4111 1111 1111 1111!"), "card [card ending 1111]!");
  assert.equal(kept("4111\u200b1111\u00001111\u202e1111"), "[card ending 1111]");
  assert.equal(kept("iban DE89370400440532013000"), "iban [iban DE ending 3000]");
});

test("text that was cut does not end with half a card number", () => {
  const text = `${"x".repeat(100)} 4111 1111 1111 11`;
  assert.ok(kept(text).includes("4111"));
  assert.ok(!kept(text, { cut: true }).includes("4111"));
});

test("a secret that the receiver repeats is not kept", () => {
  assert.equal(kept("you said Basic dXNlcjpwdw==", { secrets: ["Basic dXNlcjpwdw=="] }), "you said [secret]");
});

test("64 kB of anything are made fit to be kept within a moment", () => {
  for (const piece of ["4", "4 ", "4111-", "DE89", "\u202e", "a\r", " ", "1 a "]) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    const startedAt = performance.now();
    kept(text, { cut: true });
    const ms = performance.now() - startedAt;
    assert.ok(ms < 500, `${JSON.stringify(piece)} took ${ms} ms`);
  }
});

test("of an answer's headers only a few are kept, and those cut", () => {
  assert.deepEqual(keptOf({ "set-cookie": "a=b", "content-type": "text/\u0007plain", server: "x".repeat(300) }), {
    "content-type": "text/plain",
    server: "x".repeat(200),
  });
});

test("Retry-After counts on 429 and 503, in seconds or as a date, a day at most", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfterMs(429, "120", now), 120_000);
  assert.equal(retryAfterMs(503, "Thu, 01 Jan 2026 00:01:00 GMT", now), 60_000);
  assert.equal(retryAfterMs(503, "Wed, 31 Dec 2025 00:01:00 GMT", now), 0);
  assert.equal(retryAfterMs(429, "9".repeat(400), now), 86_400_000);
  for (const value of ["soon", "-5", "1.5", "", undefined, ["1", "2"]])
    assert.equal(retryAfterMs(429, value, now), null);
  assert.equal(retryAfterMs(200, "120", now), null);
  assert.equal(retryAfterMs(500, "120", now), null);
});

test("headers that would change the request itself are refused, without their values", () => {
  const sent = readHeaders({ "X-Key": "é", "User-Agent": "Shop" });
  assert.deepEqual(sent, { "user-agent": "Shop", accept: "*/*", "x-key": "é", "accept-encoding": "identity" });
  for (const name of [
    "Host",
    "content-length",
    "Transfer-Encoding",
    "connection",
    "Proxy-Authorization",
    "accept-encoding",
  ]) {
    assert.equal(readHeaders({ [name]: "hidden" }), `the header ${name.toLowerCase()} cannot be chosen`);
  }
  for (const value of ["a\r\nHost: x", "a\nb", "a\u0000", "漢", "x".repeat(8_193)]) {
    assert.equal(readHeaders({ "x-key": value }), "the value of the header x-key cannot be sent");
  }
  for (const name of ["", "a b", "a:", "ä", "a\r\nb"]) {
    assert.equal(readHeaders({ [name]: "x" }), "a header's name cannot be sent");
  }
});

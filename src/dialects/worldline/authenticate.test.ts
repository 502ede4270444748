import assert from "node:assert/strict";
import { test } from "node:test";
import type { Asked } from "../services.ts";
import { authenticate } from "./authenticate.ts";
import { sign, stringsToSign } from "./signature.ts";

const now = Date.UTC(2026, 10, 21, 12);
const minute = 60_000;
const key = { keyId: "5e45c937b9db33ae", merchantId: "1", worldlineMerchantId: "9991", secret: "a secret" };
const second = { ...key, keyId: "0123456789abcdef", secret: "another secret" };
const findKey = (keyId: string) => Promise.resolve([key, second].find((one) => one.keyId === keyId));

function asked(by: { keyId: string; secret: string }, at = now, path = "/v1/9991/payouts"): Asked {
  const signed = { method: "GET", target: path, headers: { date: new Date(at).toUTCString() } };
  const signature = sign(stringsToSign(signed)[0]!, by.secret).toString("base64");
  const headers = { ...signed.headers, authorization: `GCS v1HMAC:${by.keyId}:${signature}` };
  const rest = { params: {}, query: new URLSearchParams(), body: undefined, rawBody: Buffer.alloc(0) };
  return { ...signed, ...rest, path, headers, now, requestId: "0".repeat(32) };
}
async function told(...[request, ...more]: [Asked, number?]): Promise<string> {
  const answer = await authenticate(request, findKey, ...more);
  if (!("status" in answer)) return answer.keyId ?? "";
  const { errors } = answer.body as { errors: { code: string }[] };
  return `${answer.status} ${errors[0]!.code}`;
}

test("each of a merchant's keys opens its own merchant, and no other", async () => {
  assert.equal(await told(asked(key)), key.keyId);
  assert.equal(await told(asked(second)), second.keyId);
  assert.equal(await told(asked({ ...second, secret: key.secret })), "403 9002");
  for (const path of ["/v1/9992/payouts", "/v1/", "/v1/999/payouts", "/v1/09991/payouts"])
    assert.equal(await told(asked(key, now, path)), "403 9007", path);
});

test("whoever has no key is told the same of every merchant, there or not", async () => {
  for (const path of ["/v1/9991/payouts", "/v1/1/payouts", "/v1/9991/payouts/00000099910000000001000-100001"])
    assert.equal(await told(asked({ keyId: "nobody", secret: "none" }, now, path)), "403 9002", path);
});

test("a request is taken for a quarter of an hour around its Date, or as long as the operator says", async () => {
  for (const sign of [-1, 1]) {
    assert.equal(await told(asked(key, now + sign * 15 * minute)), key.keyId);
    assert.equal(await told(asked(key, now + sign * 16 * minute)), "403 9002");
    assert.equal(await told(asked(key, now + sign * 4 * minute), 3 * minute), "403 9002");
    assert.equal(await told(asked(key, now + sign * 59 * minute), 60 * minute), key.keyId);
  }
  assert.equal(await told(asked(key, now + 16 * minute, "/v1/9992/payouts")), "403 9002", "the time goes before");
});

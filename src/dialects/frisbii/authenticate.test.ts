import assert from "node:assert/strict";
import { test } from "node:test";
import { hashKey } from "../../vault/api-key.ts";
import { authenticate } from "./authenticate.ts";
import { asked } from "./trial.ts";

const key = `priv_${"0123456789abcdef".repeat(2)}`;
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;
const known = { merchantId: "7", keyId: "1" };
let asks = 0;
const ask = (authorization: string | undefined) =>
  authenticate({ ...asked("GET", "/v1/account"), headers: { authorization } }, (hash) => {
    asks += 1;
    return Promise.resolve(hash.equals(hashKey(key)) ? known : undefined);
  });

test("the user of HTTP Basic is the private key; a password is ignored", async () => {
  for (const good of [
    basic(`${key}:`),
    basic(`${key}:password`),
    basic(`${key}:a:b`),
    basic(`${key}:`).replace("B", "b"),
  ]) {
    assert.deepEqual(await ask(good), known);
  }
});

test("anything else is 401 with code 6, and only what can be a key is looked up", async () => {
  const strange = basic(`priv_${"f".repeat(32)}:`);
  const hopeless = [
    undefined,
    "",
    "Basic",
    "Basic !!!",
    basic(key),
    basic(`:${key}`),
    basic(`pub_${"0".repeat(32)}:`),
    basic(`${key.toUpperCase()}:`),
    basic(`${key}0:`).slice(0, -8),
    basic(`${key}\u0000:`),
    `Bearer ${key}`,
    `GCS v1HMAC:key:${"x".repeat(44)}`,
    `Basic ${"A".repeat(100_000)}`,
  ];
  asks = 0;
  for (const authorization of [...hopeless, strange]) {
    const told = await ask(authorization);
    assert.ok("status" in told, authorization);
    const { code, error } = told.body as { code: number; error: string };
    assert.deepEqual([told.status, code, error], [401, 6, "Not authenticated"], authorization);
    assert.match(told.headers?.["www-authenticate"] ?? "", /^Basic /);
  }
  assert.equal(asks, 1);
});

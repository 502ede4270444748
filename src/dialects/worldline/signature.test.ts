import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSignedWith, readAuthorization, sign, stringsToSign, type Signed } from "./signature.ts";

const date = "Fri, 06 Jun 2014 13:39:43 GMT";
const withHeaders: Signed = {
  method: "DELETE",
  target: "/v1/9991/tokens/123456789",
  headers: {
    "x-gcs-servermetainfo": "processed header value",
    "x-gcs-customerheader": "processed header value",
    "x-gcs-clientmetainfo": "processed header value",
    "content-type": "application/json",
    authorization: "Basic 765432",
    date,
  },
};
const get = (target: string): Signed => ({ method: "GET", target, headers: { date } });
const generated = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg=";

test("every published signature is recognised", () => {
  const vectors: readonly [string, Signed, string][] = [
    ["secretApiKey", withHeaders, "VfnXpPBQQoHZivTcAg0JvOWkhnzlPnaCPKpTQn/uMJM="],
    [
      "6Kj5HT0MQKC6D8eb7W3lTg71kVKVDSt1",
      get("/v1/9991/tokens/123456789"),
      "9ond5EIN05dBXJGCLRK5om9pxHsyrh/12pZJ7bvmwNM=",
    ],
    [generated, get("/v1/9991/tokens/123456789"), "J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI="],
    [generated, get("/v1/consumer/ANDR%C3%89E/?q=na%20me"), "x9S2hQmLhLTbpK0YdTuYCD8TB4D+Kf60tNW0Xw5Xls0="], // decoded
    [generated, get("/v1/consumer/ANDR%C3%89E/?q=na+me"), "x9S2hQmLhLTbpK0YdTuYCD8TB4D+Kf60tNW0Xw5Xls0="], // + as blank
    [generated, get("/v1/consumer/ANDR%C3%89E/?q=na%20me"), "3XV7LMYus9q7fp87/D4Qih2bKNtz20iqsttdrgJ09AU="], // raw
    [generated, withHeaders, "jGWLz3ouN4klE+SkqO5gO+KkbQNM06Rric7E3dcfmqw="],
  ];
  for (const [secret, signed, signature] of vectors) {
    assert.equal(isSignedWith(secret, signature, signed), true, signature);
    assert.equal(isSignedWith(`${secret}!`, signature, signed), false, signature);
  }
});

test("what is signed is method, type, date, the X-GCS headers in order and the target, each on a line of its own", () => {
  assert.deepEqual(stringsToSign(withHeaders), [
    `DELETE\napplication/json\n${date}\nx-gcs-clientmetainfo:processed header value\n` +
      "x-gcs-customerheader:processed header value\nx-gcs-servermetainfo:processed header value\n/v1/9991/tokens/123456789\n",
  ]);
  assert.deepEqual(stringsToSign({ method: "get", target: "/v1/1/payouts", headers: {} }), [
    "GET\n\n\n/v1/1/payouts\n",
  ]);
});

test("a header folded over lines is signed as one line", () => {
  const headers = { "x-gcs-note": " one\r\n  two \n\tthree " };
  assert.deepEqual(stringsToSign({ method: "GET", target: "/", headers }), ["GET\n\n\nx-gcs-note:one two  three\n/\n"]);
});

test("a doubled slash before the path may have been signed as one", () => {
  const targets = (target: string) => stringsToSign(get(target)).map((text) => text.split("\n")[3]);
  assert.deepEqual(targets("//v1/1428/payments"), ["//v1/1428/payments", "/v1/1428/payments"]);
  assert.deepEqual(targets("//v1/a?q=b%26c"), ["//v1/a?q=b%26c", "//v1/a?q=b&c", "/v1/a?q=b%26c", "/v1/a?q=b&c"]);
});

test("a query that is no percent-encoded text can only have been signed as it was sent", () => {
  const targets = (target: string) => stringsToSign(get(target)).map((text) => text.split("\n")[3]);
  assert.deepEqual(targets("/a?q=%ff"), ["/a?q=%ff"]);
  assert.deepEqual(targets("/a?"), ["/a?", "/a"]);
  assert.deepEqual(targets("/a?q=1+2"), ["/a?q=1+2", "/a?q=1 2"]);
});

test("what a client signed is recognised, and nothing that differs from it in what is signed", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019-._~".split("")), minLength: 1, maxLength: 12 });
  const signed = fc.record({
    method: fc.constantFrom("GET", "POST", "DELETE", "PUT"),
    target: fc.tuple(word, word, word).map(([path, name, value]) => `/v1/${path}?${name}=${value}`),
    headers: fc.record({ "content-type": word, date: word, "x-gcs-a": word, "x-gcs-b": word, host: word }),
  });
  fc.assert(
    fc.property(signed, fc.string({ minLength: 1 }), (signed, secret) => {
      const signature = sign(stringsToSign(signed)[0]!, secret).toString("base64");
      const { headers } = signed;
      const holds = (changed: Partial<Signed>) => isSignedWith(secret, signature, { ...signed, ...changed });
      assert.equal(holds({}), true);
      assert.equal(holds({ target: `/${signed.target}` }), true, "the doubled slash");
      assert.equal(holds({ headers: { ...headers, host: "elsewhere", accept: "*/*" } }), true, "what is not signed");
      assert.equal(holds({ method: "PATCH" }), false);
      assert.equal(holds({ target: `${signed.target}0` }), false);
      assert.equal(holds({ headers: { ...headers, "x-gcs-a": `${headers["x-gcs-a"]}0` } }), false);
      assert.equal(holds({ headers: { ...headers, "x-gcs-c": "" } }), false);
      assert.equal(holds({ headers: { ...headers, date: `${headers.date}0` } }), false);
      assert.equal(isSignedWith(`${secret}0`, signature, signed), false);
    }),
  );
});

test("the Authorization header names a key and a signature of 32 bytes", () => {
  const signature = "VfnXpPBQQoHZivTcAg0JvOWkhnzlPnaCPKpTQn/uMJM=";
  const read = { keyId: "5e45c937b9db33ae", signature };
  assert.deepEqual(readAuthorization(`GCS v1HMAC:5e45c937b9db33ae:${signature}`), read);
  assert.deepEqual(readAuthorization(`gcs v1HMAC:5e45c937b9db33ae:${signature}`), read);
  const none = [
    undefined,
    "",
    "Basic dTpw",
    "GCS v1HMAC:key",
    `GCS v1HMAC::${signature}`,
    `GCS v1HMAC:a b:${signature}`,
    `GCS v1HMAC:key:${signature}x`,
    `GCS v1HMAC:key:${signature.slice(4)}`,
    `GCS v2HMAC:key:${signature.slice(1)}`,
  ];
  for (const header of none) assert.equal(readAuthorization(header), undefined, header);
  assert.equal(isSignedWith("secret", "not base64 of 32 bytes", withHeaders), false);
});

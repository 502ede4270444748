import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Started } from "./testing/started.ts";

let server: Started;
let publicKey: string;
before(async () => {
  server = await Started.open();
  publicKey = (await server.call("POST", "/v1/account/pubkey", { label: "shop" })).body.key;
});
after(() => server.remove());

interface Heard {
  readonly status: number;
  readonly body: any;
  readonly headers: Headers;
}
/** Asks as the library does with `cors: true`: a form, by POST, from a page of another host. */
async function ask(path: string, form: Record<string, string> | string | Buffer, method = "POST"): Promise<Heard> {
  const body = typeof form === "string" || Buffer.isBuffer(form) ? form : new URLSearchParams(form);
  const headers = { origin: "https://shop.example", "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(server.demo.url + path, { method, headers, ...(method === "POST" ? { body } : {}) });
  assert.equal(answer.headers.get("access-control-allow-origin"), "*", `${method} ${path}`);
  return { status: answer.status, body: await answer.json(), headers: answer.headers };
}
const authenticate = "/v1/authenticate/account_token";
const accountToken = async (): Promise<string> => (await ask(`${authenticate}?pkey=${publicKey}`, "")).body.token;
const card = { number: "4111 1111 1111 1111", month: "12", year: "39", cvv: "123" };

test("a browser turns a card into a token with a public key, and the merchant saves it", async () => {
  const account_token = await accountToken();
  const { status, body } = await ask("/v1/token", { ...card, account_token, first_name: "Per" });
  assert.equal(status, 200);
  assert.match(body.id, /^ct_[0-9a-f]{32}$/);
  const added = await server.call("POST", "/v1/payment_method", { source: body.id, customer: { handle: "browser" } });
  assert.deepEqual([added.status, added.body.card.masked_card], [200, "411111XXXXXX1111"]);
  assert.equal((await ask(authenticate, { pkey: publicKey })).status, 200, "the key may stand in the form");
});

test("what is wrong is told in a member of its own, and never the number", async () => {
  const account_token = await accountToken();
  for (const [form, code] of [
    [{ ...card, account_token, number: "4111111111111112" }, 1],
    [{ ...card, account_token, month: "13" }, 1],
    [{ ...card, account_token, year: "20" }, 1],
    [{ ...card, account_token, cvv: "12345" }, 1],
    [{ ...card, account_token: account_token.replace(/.$/, "g") }, 6],
    [{ ...card, account_token: account_token.replace(/^\d/, "9") }, 6],
    [card, 6],
    [`number=1&number=2&account_token=${account_token}`, 1],
    [Buffer.from([0xff, 0x3d, 0xfe]), 1],
  ] as const) {
    const { status, body } = await ask("/v1/token", form);
    assert.deepEqual([status, body.error.code], [code === 6 ? 401 : 422, code]);
    assert.ok(!JSON.stringify(body).includes("4111"));
  }
  assert.equal((await ask("/v1/token", "x".repeat(300_000))).status, 413);
});

test("a key that is private, unknown or expired opens nothing here", async () => {
  for (const key of [server.demo.frisbii.private_key, `pub_${"0".repeat(32)}`, "", "pub_'"]) {
    const { status, body } = await ask(`${authenticate}?pkey=${encodeURIComponent(key)}`, "");
    assert.deepEqual([status, body.error.code], [401, 6], key);
  }
  const { key } = (await server.call("POST", "/v1/account/pubkey", {})).body;
  await server.call("POST", `/v1/account/pubkey/${key}/expire`);
  assert.equal((await ask(authenticate, { pkey: key })).status, 401);
});

test("JSONP is refused, and says why", async () => {
  for (const path of [`${authenticate}?pkey=${publicKey}&callback=f`, "/v1/token?number=4111111111111111&callback=f"]) {
    const { status, body, headers } = await ask(path, "", "GET");
    assert.deepEqual([status, headers.get("allow")], [405, "POST"]);
    assert.match(body.error.message, /cors: true/);
    assert.ok(!JSON.stringify(body).includes("4111111111111111"));
  }
  const account_token = await accountToken();
  assert.equal((await ask("/v1/token?number=4111111111111111", { ...card, account_token })).status, 422);
});

test("a public key that asks too often is told to wait", async () => {
  const { key } = (await server.call("POST", "/v1/account/pubkey", {})).body;
  const answers = await Promise.all(Array.from({ length: 150 }, () => ask(authenticate, { pkey: key })));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 0 && refused.every(({ body }) => body.error.code === 122), String(refused.length));
});

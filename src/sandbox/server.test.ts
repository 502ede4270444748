import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { startSandboxBank } from "./server.ts";
import { aFolder, aTransfer, cardNumber, get, openBank, post, toAccount } from "./trial.ts";

test("500 transfers at once are each booked once, and the changes list them in order", async (t) => {
  const { url } = await openBank(t);
  const names = Array.from({ length: 500 }, (_, n) => `A${n}`);
  const answers = await Promise.all(names.map((name) => post(`${url}/transfers`, aTransfer(name))));
  assert.ok(answers.every(({ status, body }) => status === 200 && body["status"] === "paid"));
  assert.equal(new Set(answers.map(({ body }) => body["bank_id"])).size, 500);

  const seen: { cursor: number; reference: string; status: string }[] = [];
  for (let after = 0; ;) {
    const { body } = await get(`${url}/transfers?after=${after}&limit=150`);
    const page = body["changes"] as typeof seen;
    seen.push(...page);
    if (page.length === 0) break;
    assert.equal(page.at(-1)?.cursor, body["next_cursor"]);
    after = body["next_cursor"] as number;
  }
  assert.deepEqual(new Set(seen.map(({ reference }) => reference)), new Set(names));
  assert.deepEqual(
    seen.map(({ cursor }) => cursor),
    seen.map(({ cursor }) => cursor).sort((a, b) => a - b),
  );
  assert.equal(seen.length, 500);
  assert.deepEqual((await get(`${url}/books`)).body, {
    transfers: 500,
    accepted: 0,
    paid: 500,
    declined: 0,
    returned: 0,
    paid_minor_by_currency: { EUR: 500 * 1250 },
    returned_minor_by_currency: {},
  });
});

test("a payment that was never answered is found afterwards", async (t) => {
  const { url } = await openBank(t);
  await assert.rejects(post(`${url}/transfers`, aTransfer("A1", { orders: "sandbox:silent-paid" })));
  const { status, body } = await get(`${url}/transfers/A1?fence=1`);
  assert.deepEqual([status, body["status"], body["amount_minor"]], [200, "paid", 1250]);
  await assert.rejects(post(`${url}/transfers`, aTransfer("A2", { amount_minor: 1001, amount_table: true })));
  assert.deepEqual(await get(`${url}/transfers/A2?fence=1`), {
    status: 404,
    body: { reference: "A2", status: "never_received", fenced: 1 },
  });
});

test("an answer that breaks off is an answer of HTTP and none of JSON", async (t) => {
  const { url } = await openBank(t);
  const body = JSON.stringify(aTransfer("A1", { orders: "sandbox:garbage" }));
  const answer = await fetch(`${url}/transfers`, { method: "POST", body });
  const text = await answer.text();
  assert.equal(answer.status, 200);
  assert.throws(() => JSON.parse(text) as unknown, SyntaxError);
  assert.match(text, /^\{"reference":"A1"/);
});

test("no card or account number is written down", async () => {
  const dir = aFolder();
  const said: string[] = [];
  const bank = await startSandboxBank({ dir, port: 0, callbackSecret: "s", log: (message) => said.push(message) });
  const iban = toAccount.account.iban;
  for (const [n, orders] of [
    "",
    "sandbox:late-paid=5",
    "sandbox:declined",
    "sandbox:nonsense",
    "sandbox:slow=1",
  ].entries()) {
    const texts = { orders, handle: cardNumber, statement_text: cardNumber, merchant_reference: iban };
    await post(`${bank.url}/transfers`, aTransfer(`A${n}`, texts)).catch(() => undefined);
    await post(`${bank.url}/transfers`, aTransfer(`B${n}`, { ...texts, ...toAccount })).catch(() => undefined);
  }
  await post(`${bank.url}/transfers`, `{"card":{"number":"${cardNumber}"`);
  await bank.close();
  const everything = readdirSync(dir).map((name) => readFileSync(join(dir, name), "latin1"));
  assert.equal(everything.length, 2);
  for (const secret of [cardNumber, iban, iban.replaceAll(" ", ""), toAccount.account.holder]) {
    assert.ok(![...everything, ...said].some((text) => text.includes(secret)), secret);
  }
  assert.match(everything.join(), /411111\*1111/);
  for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o077, 0, name);
});

test("what is malformed is refused with the name of the field", async (t) => {
  const { url } = await openBank(t);
  const card = { number: cardNumber, exp_month: 12, exp_year: 2030 };
  const cases: [field: string, changes: object][] = [
    ...[undefined, 5, "", "A-1", "A".repeat(21), "Æ", "A1\n"].map(
      (reference) => ["reference", { reference }] as [string, object],
    ),
    ...[undefined, 0, -1, 1.5, "1", 1e300].map((send) => ["send", { send }] as [string, object]),
    ...[undefined, 0, -5, 0.1, "5", 2 ** 53].map(
      (amount) => ["amount_minor", { amount_minor: amount }] as [string, object],
    ),
    ...[undefined, "eur", "EURO", 978].map((currency) => ["currency", { currency }] as [string, object]),
    ["orders", { orders: {} }],
    ["orders", { orders: "sandbox:sloow=5" }],
    ["amount_table", { amount_table: "yes" }],
    ["handle", { handle: ["x"] }],
    ["card", { card: undefined }],
    ["card", { account: toAccount.account }],
    ["card", { card: [] }],
    ["card.number", { card: { ...card, number: 4111111111111111 } }],
    ["card.number", { card: { ...card, number: "4111" } }],
    ["card.exp_month", { card: { ...card, exp_month: 13 } }],
    ["card.exp_year", { card: { ...card, exp_year: "2030" } }],
    ["account", { card: undefined, account: "DK50" }],
    ["account.holder", { card: undefined, account: { iban: "DK5000400440116243" } }],
    ["account.iban", { card: undefined, account: { holder: "Ida", iban: "DK50\u0000" } }],
  ];
  for (const [field, changes] of cases) {
    const { status, body } = await post(`${url}/transfers`, aTransfer("A1", changes));
    assert.deepEqual([status, body["field"]], [400, field], JSON.stringify(changes));
    assert.ok(!JSON.stringify(body).includes(cardNumber));
  }
  for (const text of [
    "",
    "null",
    "[]",
    '"x"',
    '{"reference":"A1"',
    "\u0000",
    "[".repeat(60_000),
    '{"__proto__":{"send":1}}',
  ]) {
    assert.equal((await post(`${url}/transfers`, text)).status, 400);
  }
  const unknown = await post(`${url}/transfers`, aTransfer("A1", { orders: "sandbox:sloow=5" }));
  assert.equal(unknown.body["switch"], "sloow=5");
  assert.ok((unknown.body["known"] as string[]).includes("slow=<ms>"));
  for (const query of ["after=x", "after=7", "after=-1", "limit=0", "limit=1001", "limit=1e2"]) {
    assert.equal((await get(`${url}/transfers?${query}`)).status, 400, query);
  }
  for (const path of ["A1?fence=x", "A1?fence=-1", "A-1", "..", "%41", ""]) {
    assert.ok([400, 404].includes((await get(`${url}/transfers/${path}`)).status), path);
  }
  assert.equal((await get(`${url}/books`)).body["transfers"], 0);
});

test("hostile bytes harm nobody else", async (t) => {
  const { url, port } = await openBank(t);
  assert.equal((await post(`${url}/transfers`, "x".repeat(70_000))).status, 413);
  for (const bytes of [
    "\0\x01\x02\r\n\r\n",
    "GET  / HTTP/9\r\n\r\n",
    "POST /transfers HTTP/1.1\r\nhost: x\r\ncontent-length: 90\r\n\r\n{",
  ]) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined).resume();
    await once(socket, "connect");
    socket.write(bytes);
    socket.end();
    await once(socket, "close");
  }
  for (const target of ["//", "/transfers/../books", "/?".padEnd(5000, "?"), "/health?x=%"]) await fetch(url + target);
  assert.deepEqual((await get(`${url}/health`)).body, { status: "ok" });
});

test("a sender that hangs up does not take its transfer back", async (t) => {
  const { url } = await openBank(t);
  const body = JSON.stringify(aTransfer("A1", { orders: "sandbox:slow=100" }));
  const signal = AbortSignal.timeout(30);
  await assert.rejects(fetch(`${url}/transfers`, { method: "POST", body, signal }));
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal((await get(`${url}/transfers/A1`)).body["status"], "paid");
});

test("callbacks can only be sent to this machine by request", async (t) => {
  const { url } = await openBank(t);
  for (const good of ["http://127.0.0.1:9/x", "http://localhost:9", "https://[::1]:9/", "http://127.1:9", null]) {
    assert.equal((await post(`${url}/callback-url`, { url: good })).status, 200, String(good));
  }
  const bad = ["http://example.org", "http://127.0.0.1.example.org", "file:///etc/passwd", "http://10.0.0.1", "x", 5];
  for (const other of [...bad, "http://localhost@10.0.0.1/", undefined]) {
    assert.equal((await post(`${url}/callback-url`, { url: other })).status, 400, String(other));
  }
});

test("what was done since a moment is listed with its time, page by page", async (t) => {
  const { url } = await openBank(t);
  type Page = { changes: { reference: string; at: string }[]; next_cursor: number };
  const page = async (query: string) => (await get(`${url}/transfers?${query}`)).body as unknown as Page;
  for (const reference of ["A1", "A2", "A3"]) {
    await post(`${url}/transfers`, aTransfer(reference));
    await new Promise((resolve) => setTimeout(resolve, 3)); // a moment of its own
  }
  const { changes: all } = await page("");
  const since = all[1]!.at;
  const names = ({ changes }: Page) => changes.map(({ reference }) => reference);
  const first = await page(`since=${since}&limit=1`);
  assert.deepEqual(names(first), ["A2"]);
  assert.deepEqual(names(await page(`since=${since}&after=${first.next_cursor}`)), ["A3"]);
  assert.deepEqual(names(await page("since=2000-01-01T00:00:00Z")), ["A1", "A2", "A3"]);
  assert.deepEqual(names(await page("since=2999-01-01T00:00:00Z")), []);
  for (const since of ["yesterday", "2026-02-30", "1"])
    assert.equal((await get(`${url}/transfers?since=${since}`)).body["field"], "since");
});

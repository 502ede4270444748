import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import pg from "pg";
import { emptyDatabase } from "./testing/database.ts";
import { Started } from "./testing/started.ts";
import { newMasterKey } from "./vault/keys.ts";

let server: Started;
before(async () => {
  server = await Started.open();
});
after(() => server.remove());

const payTo = (destination: string, handle: string, more: object = {}) =>
  server.call("POST", "/v1/payout", { handle, destination, amount: 1_234, currency: "EUR", ...more });
const tokenFor = async (number: string, cvv = "123", more: object = {}): Promise<string> =>
  (await server.call("POST", "/sandbox/card-tokens", { number, cvv, exp_month: 12, exp_year: 2039, ...more })).body.id;
async function settled(handle: string): Promise<any> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { body } = await server.call("GET", `/v1/payout/${handle}`);
    if (body.state !== "processing") return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail(`${handle} is still processing`);
}

test("the first start says how to make a payout, and that command makes one", () => {
  const [, command] = /^ {2}(curl .*)$/m.exec(server.output()) ?? [];
  assert.ok(command, server.output());
  const answer = execFileSync("bash", ["-c", `${command} -sS`], { encoding: "utf8" });
  assert.match(answer, /"state":"paid"/);
});

test("the demo merchant's keys can be read by their owner only, and its balances are a million of each", async () => {
  for (const file of ["demo.json", "master.key", "admin.token", "postgres.json"]) {
    assert.equal(statSync(join(server.folder, file)).mode & 0o777, 0o600, file);
  }
  const { body } = await server.admin("GET", `/admin/merchants/${server.demo.merchant.id}/balances`);
  const available = body.balances.map((b: any) => [b.currency, Math.round(b.available_minor / 1e6)]);
  assert.deepEqual(
    available,
    ["DKK", "EUR", "GBP", "USD"].map((currency) => [currency, 100]),
  );
});

test("the story of the README runs, and the books are right after it", async () => {
  const script = fileURLToPath(new URL("../examples/first-payout.sh", import.meta.url));
  const told = execFileSync(script, [join(server.folder, "demo.json")], { encoding: "utf8" });
  assert.match(told, /transfers in the bank's books: \d+/);
  const { code, out } = await server.command("check");
  assert.equal(code, 0, out);
});

test("Worldline's own client, unmodified, pays a bank account", () => {
  const script = fileURLToPath(new URL("../examples/worldline-sdk.mjs", import.meta.url));
  const told = execFileSync(process.execPath, [script, join(server.folder, "demo.json")], { encoding: "utf8" });
  assert.match(told, /ACCOUNT_CREDITED \(2000\)/);
});

test("the client pays, and tells all that can become of a payout", () => {
  const script = fileURLToPath(new URL("../examples/pay.mjs", import.meta.url));
  const told = execFileSync(process.execPath, [script, join(server.folder, "demo.json")], { encoding: "utf8" });
  assert.deepEqual(told.replaceAll(/-\d+/g, "").trim().split("\n"), [
    "prize: paid",
    "declined: failed (declined_by_acquirer)",
    "silent: paid",
    "unknown: refused (40 Payment method not found)",
    "slow: open",
    "slow: paid",
  ]);
});

test("a second server on the same folder is refused, and says who has it", async () => {
  const second = await Started.open(server.folder).catch((error: Error) => error);
  assert.ok(second instanceof Error);
  assert.match(second.message, new RegExp(String(server.child.pid)));
});

test("destinations that cannot be paid are told with the codes of the API", async () => {
  const card = server.demo.frisbii.card;
  const ct = await tokenFor("5500000000000004");
  const errors = async (destination: string, more: object = {}) => {
    const { status, body } = await payTo(destination, "refused", more);
    return [status, body.code];
  };
  assert.deepEqual(await errors(`ct_${"0".repeat(32)}`, { customer: { handle: "c1" } }), [400, 34]);
  assert.deepEqual(await errors(`ca_${"0".repeat(32)}`), [404, 40]);
  assert.deepEqual(await errors("iban:DE89370400440532013000"), [400, 110]);
  assert.deepEqual(await errors(ct), [400, 18]);
  await payTo(ct, "uses-token", { customer: { handle: "c2" } });
  assert.deepEqual(await errors(ct, { customer_handle: "c2" }), [400, 103]);
  const expired = await tokenFor("5500000000000004", "123", { valid_seconds: 0 });
  assert.deepEqual(await errors(expired, { customer_handle: "c2" }), [400, 104]);
  const endless = { number: "5500000000000004", cvv: "123", exp_month: 12, exp_year: 2039, valid_seconds: 1801 };
  assert.equal((await server.call("POST", "/sandbox/card-tokens", endless)).status, 422);
  await server.call("POST", `/v1/payment_method/${card}/inactivate`);
  assert.deepEqual(await errors(card), [400, 42]);
  for (const [state, code] of [
    ["pending", 128],
    ["failed", 147],
  ] as const) {
    await server.call("POST", `/sandbox/payment-methods/${card}/state`, { state });
    assert.deepEqual(await errors(card), [400, code]);
  }
  await server.call("POST", `/sandbox/payment-methods/${card}/state`, { state: "active" });
  const merchant = `/admin/merchants/${server.demo.merchant.id}`;
  const sandbox = { id: "sandbox", rail: "sandbox", brands: ["mc"], currencies: [], payout: true };
  await server.admin("PUT", `${merchant}/agreements`, { agreements: [sandbox] });
  assert.deepEqual(await errors(card), [400, 135]);
  await server.admin("PUT", `${merchant}/agreements`, {
    agreements: [{ ...sandbox, brands: [], currencies: ["DKK"] }],
  });
  assert.deepEqual(await errors(card), [400, 139]);
  await server.admin("PUT", `${merchant}/agreements`, { agreements: [{ ...sandbox, brands: [] }] });
});

test("a live merchant has no sandbox, and cannot pay out without a rail", async () => {
  const { body } = await server.admin("POST", "/admin/merchants", { handle: "live", currency: "EUR", test: false });
  const authorization = `Basic ${Buffer.from(`${body.frisbii.private_key}:`).toString("base64")}`;
  const post = (path: string, json: object | null) =>
    fetch(server.demo.url + path, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: json && JSON.stringify(json),
    });
  assert.equal(
    (await post("/sandbox/card-tokens", { number: "4111111111111111", cvv: "123", exp_month: 12, exp_year: 2039 }))
      .status,
    404,
  );
  const { key } = (await (await post("/v1/account/pubkey", null)).json()) as any;
  const form = async (path: string, fields: Record<string, string>): Promise<any> =>
    (await fetch(server.demo.url + path, { method: "POST", body: new URLSearchParams(fields) })).json();
  const { token: account_token } = await form("/v1/authenticate/account_token", { pkey: key });
  const card = { number: "4111111111111111", month: "12", year: "39", cvv: "123", account_token };
  const { id: destination } = await form("/v1/token", card);
  const asked = { handle: "live-1", destination, amount: 100, customer: { handle: "live-customer" } };
  const answer = await post("/v1/payout", asked);
  assert.deepEqual([answer.status, ((await answer.json()) as any).code], [400, 135]);
});

test("another merchant's payout is not found, as one that does not exist", async () => {
  await payTo(server.demo.frisbii.card, "mine");
  const { body } = await server.admin("POST", "/admin/merchants", { handle: "other", currency: "EUR" });
  const authorization = `Basic ${Buffer.from(`${body.frisbii.private_key}:`).toString("base64")}`;
  const get = async (path: string) => (await fetch(server.demo.url + path, { headers: { authorization } })).json();
  const strip = (told: any) => ({ ...told, path: "", request_id: "", timestamp: "" });
  assert.deepEqual(strip(await get("/v1/payout/mine")), strip(await get("/v1/payout/nobodys")));
});

test("kill -9 of everything loses nothing that was acknowledged, and what was under way ends by itself", async () => {
  const card = server.demo.frisbii.card;
  const slow = payTo(card, "slow-when-killed", { text: "sandbox:slow=1500" }).catch(() => undefined);
  const acknowledged = await Promise.all(Array.from({ length: 50 }, (_, index) => payTo(card, `kept-${index}`)));
  assert.ok(acknowledged.every(({ body }) => body.state === "paid"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { pid } = JSON.parse(JSON.stringify({ pid: postmasterOf(server.folder) }));
  await server.end("SIGKILL");
  process.kill(pid, "SIGKILL");
  await slow;
  server = await Started.open(server.folder);
  for (let index = 0; index < 50; index += 1) {
    assert.equal((await server.call("GET", `/v1/payout/kept-${index}`)).body.state, "paid");
  }
  const { body } = await payTo(card, "slow-when-killed", { text: "sandbox:slow=1500" });
  assert.ok(body.code === 133 || body.code === 134, JSON.stringify(body));
  assert.equal((await server.command("check")).code, 0);
});

const postmasterOf = (folder: string): number =>
  Number(readFileSync(join(folder, "postgres", "postmaster.pid"), "utf8").split("\n", 1)[0]);

test("a command beside it tells where it runs, with whatever port", async () => {
  const { code, out } = await server.command("merchant", "create", "beside", "--currency", "EUR", "--json");
  assert.equal(code, 0, out);
  assert.equal(JSON.parse(out).url, server.demo.url);
});

test("a port that is taken is said in plain words; the demo's keys are there before anybody can be answered", async () => {
  const database = await emptyDatabase();
  const folder = mkdtempSync(join(tmpdir(), "disburse-taken-"));
  const { host, port } = new URL(server.demo.url);
  const settings = { DATABASE_URL: database.url, DISBURSE_MASTER_KEY: newMasterKey(randomBytes), PORT: port };
  try {
    const second = await Started.open(folder, settings).catch((error: Error) => error);
    assert.ok(second instanceof Error);
    assert.match(
      second.message,
      /ended with 1:.*cannot listen on 127\.0\.0\.1, port \d+: another program listens there/s,
    );
    assert.doesNotMatch(second.message, /A fault of Disburse|\n +at /);
    const demo = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));
    assert.equal(demo.url, `http://${host}`);
    assert.match(demo.frisbii.private_key, /^priv_/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  }
});

test("no card number, CVV or key stands anywhere but sealed in the vault: not in answers, logs, files or the database", async () => {
  const own = new Set(["handle", "email", "text"]); // the merchant's words, told as they came
  const canaries = ["4000056655665556", "5200828282828210", "378282246310005"];
  const answers: string[] = [];
  const told = (text: string) =>
    answers.push(JSON.stringify(JSON.parse(text, (name, value) => (own.has(name) ? "" : value))));
  for (const [index, number] of canaries.entries()) {
    const ct = await tokenFor(number, "7391");
    const method = await server.call("POST", "/v1/payment_method", {
      source: ct,
      customer: { handle: `canary-${index}` },
    });
    told(method.text);
    told((await payTo(method.body.id, `canary-${index}`)).text);
    told((await payTo(method.body.id, `canary-silent-${index}`, { text: `sandbox:error-paid card ${number}` })).text);
    told((await payTo(number, `canary-destination-${index}`)).text);
    told((await server.call("POST", "/sandbox/card-tokens", { number: `${number}0`, cvv: "x" })).text);
    told((await server.call("POST", "/v1/customer", { handle: number, email: number })).text);
    const { body } = await server.call("GET", `/v1/payout/canary-${index}`);
    told((await server.call("GET", `/v1/payout/canary-${index}/transaction/${body.transactions[0].id}/details`)).text);
    await settled(`canary-silent-${index}`);
  }
  const facts = JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8"));
  const db = new pg.Client(facts);
  await db.connect();
  const { rows: tables } = await db.query(
    "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  const dump: string[] = [];
  for (const { relname } of tables) {
    // What a merchant writes into its own words (a text, a handle) is the merchant's: those columns are left out.
    const own =
      relname === "payouts"
        ? "- 'text' - 'handle'"
        : relname === "customers"
          ? "- 'handle' - 'details'"
          : relname === "names"
            ? "- 'name'"
            : "";
    const { rows } = await db.query(
      `select coalesce(string_agg((to_jsonb(t) ${own})::text, ' '), '') as text from ${relname} t`,
    );
    dump.push(rows[0].text);
  }
  await db.end();
  const files = readdirSync(server.folder, { recursive: true })
    .map(String)
    .filter((name) => !name.startsWith("postgres/") && !name.endsWith(".new")) // one that is just being written takes another's place
    .filter((name) => statSync(join(server.folder, name)).isFile())
    .map((name) => readFileSync(join(server.folder, name), "utf8"));
  const places = {
    answers: answers.join("\n"),
    log: server.output(),
    database: dump.join("\n"),
    files: files.join("\n"),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const number of canaries) {
      const found = text.indexOf(number);
      assert.ok(found < 0, `${number} in ${place}: ${text.slice(Math.max(0, found - 80), found + 80)}`);
    }
    assert.ok(!text.includes('7391"'), `the CVV in ${place}`);
  }
  assert.ok(!places.database.includes(server.demo.frisbii.private_key), "keys are hashed");
});

test("stopped by its operator, it ends within ten seconds, and its database with it", async () => {
  const slow = payTo(server.demo.frisbii.card, "slow-when-stopped", { text: "sandbox:slow=1000" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const postmaster = postmasterOf(server.folder);
  const startedAt = performance.now();
  assert.equal(await server.end(), 0);
  assert.ok(performance.now() - startedAt < 10_000);
  assert.throws(() => process.kill(postmaster, 0), /ESRCH/);
  await slow.catch(() => undefined);
  server = await Started.open(server.folder);
  assert.equal((await settled("slow-when-stopped")).state, "paid");
});

test("connections that PostgreSQL drops, in use or not, do not take the server down", async () => {
  const db = new pg.Client(JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")));
  await db.connect();
  const stop = new AbortController();
  const readers = Array.from({ length: 8 }, async () => {
    while (!stop.signal.aborted) await server.call("GET", "/v1/list/payout?size=100").catch(() => undefined);
  });
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await db.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
  }
  stop.abort();
  await Promise.all(readers);
  await db.end();
  assert.equal((await payTo(server.demo.frisbii.card, "after-the-cuts")).body.state, "paid");
});

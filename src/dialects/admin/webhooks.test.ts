import { openTestVault } from "../../testing/vault.ts";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { after, before, test } from "node:test";
import pg from "pg";
import { cancelPayout } from "../../flow/approve.ts";
import { openReceivers } from "../../receivers/receiver.ts";
import { sleep } from "../../clock.ts";
import { openPool } from "../../store/db.ts";
import { Merchants } from "../../store/merchants.ts";
import { openReader } from "../../store/reader.ts";
import { accept, answer, ids, World, type TestMerchant } from "../../testing/world.ts";
import { deskFor } from "../../testing/webhooks.ts";
import { hashKey } from "../../vault/api-key.ts";
import type { Webhooks } from "../webhooks.ts";
import { caller, type Call } from "./call.ts";
import { adminDialect } from "./routes.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
let world: World;
let pool: pg.Pool;
let desk: Webhooks;
let call: Call;
let receiver: Server;
let hookUrl: string;
let echo = (word: string) => word;

before(async () => {
  world = await World.open();
  pool = openPool(world.url, 6);
  const vault = openTestVault(pool);
  const clocks = { monotonic: () => performance.now(), now: Date.now };
  const receivers = openReceivers({ allow: [], ownPorts: () => [], ...clocks });
  // These merchants' receivers are on this machine.
  const here: typeof receivers.call = (one) => receivers.call({ ...one, loopback: true });
  const rules: typeof receivers.rules = () => receivers.rules(true);
  desk = deskFor(pool, vault, { receivers: { call: here, rules } });
  const making = { pool, vault, random: randomBytes, rowId: () => ids.row(), monotonic: clocks.monotonic };
  call = caller(
    adminDialect({
      services: { commit: world.committer.commit, reader: openReader(pool), ids },
      webhooks: desk,
      merchants: new Merchants({ ...making, referencePrefix: () => "ABCDEF" }),
      keys: undefined as never,
      pool,
      adminTokenHash: hashKey("a token of twenty-four characters"),
      rails: ["sandbox"],
      url: () => "",
    }),
    () => "r".repeat(32),
    Date.now,
  );
  receiver = createServer((request, response) => {
    response.end(echo(String(request.headers["x-gcs-webhooks-endpoint-verification"])));
  });
  await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
  hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await pool.end();
  await world.close();
});

async function ask(
  status: number,
  merchant: Pick<TestMerchant, "id">,
  method: string,
  path: string,
  body?: object,
): Promise<Json> {
  const told = await call(method, `/admin/merchants/${merchant.id}${path}`, body);
  assert.equal(told.status, status, JSON.stringify(told.body));
  return JSON.parse(JSON.stringify(told.body));
}
const no = async (...request: Parameters<typeof ask>): Promise<string> => {
  const { error } = await ask(...request);
  return error.field === undefined ? error.code : `${error.code}: ${error.field}`;
};
const pay = async (merchant: TestMerchant, handle: string, verdict: "paid" | "declined" | "accepted" = "paid") => {
  const accepted = await world.commit(accept(merchant, handle));
  await world.commit(answer(accepted, verdict));
  return accepted;
};

test("an endpoint of each format is added, shown without its secret, changed and removed", async () => {
  const merchant = await world.merchant();
  const shapes = {
    frisbii: /^webhook_secret_[0-9a-f]{32}$/,
    worldline: /^[A-Za-z0-9+/]{43}=$/,
    standard: /^whsec_[A-Za-z0-9+/]{43}=$/,
  };
  for (const [format, shape] of Object.entries(shapes)) {
    const url = `https://${format}.example/hook`;
    const types = { frisbii: "payout_paid", worldline: "payout.account_credited", standard: "payout.paid" }[format];
    const made = await ask(201, merchant, "POST", "/endpoints", {
      format,
      url,
      event_types: [types],
      headers: { "X-Team": "payments" },
      username: "u",
      password: "p",
    });
    assert.match(made.secret.value, shape);
    const shown = await ask(200, merchant, "GET", `/endpoints/${made.id}`);
    const { secret, ...rest } = made;
    assert.deepEqual(shown, rest);
    assert.deepEqual(
      [shown.headers, shown.username, shown.has_password, shown.event_types],
      [["X-Team"], "u", true, [types]],
    );
    assert.equal(JSON.stringify(await ask(200, merchant, "GET", "/endpoints")).includes(secret.value), false);
    assert.equal(await no(409, merchant, "POST", "/endpoints", { format, url }), "endpoint_exists: url");
    const changed = await ask(200, merchant, "PATCH", `/endpoints/${made.id}`, {
      event_types: null,
      password: null,
      headers: {},
    });
    assert.deepEqual(
      [changed.event_types, changed.has_password, changed.headers, changed.username],
      [null, false, [], "u"],
    );
    const opened = await desk.endpoints.get(merchant.id, made.id);
    assert.deepEqual([opened?.secrets.password, opened?.secrets.signing[0]?.secret], [null, secret.value]);
  }
  await pay(merchant, "p-1");
  const { endpoints } = await ask(200, merchant, "GET", "/endpoints");
  assert.equal(endpoints.length, 3);
  for (const { id } of endpoints) {
    assert.ok((await ask(200, merchant, "GET", `/endpoints/${id}/notices`)).notices.length > 0);
    await ask(200, merchant, "DELETE", `/endpoints/${id}`);
    assert.equal(await no(404, merchant, "GET", `/endpoints/${id}`), "unknown_endpoint");
  }
  assert.deepEqual((await ask(200, merchant, "GET", "/endpoints")).endpoints, []);
  assert.deepEqual((await desk.settings.read(merchant.id)).urls, []);
});

test("what cannot be an endpoint is refused, and the field is named", async () => {
  const merchant = await world.merchant();
  const fine = { format: "standard", url: "https://a.example/" };
  const header = (name: string, value: unknown = "x") => ({ ...fine, headers: { [name]: value } });
  const cases: [object, string][] = [
    [{ url: fine.url }, "format"],
    [{ ...fine, format: "svix" }, "format"],
    [{ format: "standard" }, "url"],
    [{ ...fine, url: "ftp://a.example" }, "url"],
    [{ ...fine, url: "http://10.0.0.1/" }, "url"],
    [{ ...fine, url: "http://2130706433/" }, "url"],
    [{ ...fine, event_types: [] }, "event_types"],
    [{ ...fine, event_types: ["payout_paid"] }, "event_types"],
    [{ ...fine, event_types: "payout.paid" }, "event_types"],
    [{ ...fine, username: "a:b" }, "username"],
    [{ ...fine, password: "a\nb" }, "password"],
    [{ ...fine, secret: "mine" }, "secret"],
    ...[
      "Authorization",
      "content-type",
      "Content-Length",
      "HOST",
      "Connection",
      "Transfer-Encoding",
      "te",
      "Upgrade",
      "X-GCS-Signature",
      "webhook-id",
      "Proxy-Authorization",
      "a b",
      "a:b",
      "",
      "x\r\ny",
      "ü",
      "__proto__ ",
    ].map((name): [object, string] => [header(name), "headers"]),
    ...["a\r\nb: c", "ü", " a", "a\0", 5, null, "x".repeat(1_001)].map((value): [object, string] => [
      header("x-team", value),
      "headers",
    ]),
    [{ ...fine, headers: { "x-team": "1", "X-Team": "2" } }, "headers"],
    [{ ...fine, headers: Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`x-${at}`, "x"])) }, "headers"],
  ];
  for (const [body, expected] of cases)
    assert.equal(await no(400, merchant, "POST", "/endpoints", body), `invalid: ${expected}`, JSON.stringify(body));
  assert.deepEqual((await ask(200, merchant, "GET", "/endpoints")).endpoints, []);
});

test("a secret is renewed: the old one stays beside it until it is dropped, and the last one stays for good", async () => {
  const merchant = await world.merchant();
  const made = await ask(201, merchant, "POST", "/endpoints", { format: "standard", url: "https://a.example/" });
  const at = `/endpoints/${made.id}`;
  const renewed = await ask(201, merchant, "POST", `${at}/secret`);
  assert.notEqual(renewed.secret.value, made.secret.value);
  assert.deepEqual(
    renewed.secrets.map((one: Json) => one.id),
    [renewed.secret.id, made.secret.id],
  );
  const signing = async () =>
    (await desk.endpoints.get(merchant.id, made.id))?.secrets.signing.map((one) => one.secret);
  assert.deepEqual(await signing(), [renewed.secret.value, made.secret.value]);
  await ask(201, merchant, "POST", `${at}/secret`);
  assert.equal(await no(409, merchant, "POST", `${at}/secret`), "too_many_secrets");
  assert.equal(await no(404, merchant, "DELETE", `${at}/secret/nothing`), "unknown_secret");
  const { secrets } = await ask(200, merchant, "GET", at);
  for (const { id } of secrets.slice(1)) await ask(200, merchant, "DELETE", `${at}/secret/${id}`);
  assert.equal(await no(409, merchant, "DELETE", `${at}/secret/${secrets[0].id}`), "last_secret");
  const both = await Promise.all([
    ask(201, merchant, "POST", `${at}/secret`),
    ask(201, merchant, "POST", `${at}/secret`),
  ]);
  assert.deepEqual(
    new Set(await signing()),
    new Set([...both.map((one) => one.secret.value), (await signing())!.at(-1)]),
  );
  const shared = await ask(201, merchant, "POST", "/endpoints", { format: "frisbii", url: "https://a.example/" });
  const other = await ask(201, merchant, "POST", "/endpoints", { format: "frisbii", url: "https://b.example/" });
  assert.equal(shared.secret.value, other.secret.value);
  const fresh = await ask(201, merchant, "POST", `/endpoints/${shared.id}/secret`);
  assert.deepEqual(
    (await desk.endpoints.get(merchant.id, other.id))?.secrets.signing.map((one) => one.secret),
    [fresh.secret.value],
  );
});

test("a Worldline endpoint is verified by what it echoes", async () => {
  const merchant = await world.merchant();
  const { id } = await ask(201, merchant, "POST", "/endpoints", { format: "worldline", url: hookUrl });
  const verify = () => ask(200, merchant, "POST", `/endpoints/${id}/verify`);
  assert.deepEqual(await verify(), { verified: true, status: 200, because: null });
  echo = (word) => ` ${word}\n`;
  assert.equal((await verify()).verified, true);
  echo = (word) => `${word}${word}`;
  assert.deepEqual(await verify(), {
    verified: false,
    status: 200,
    because: "its answer is not the word that it was sent",
  });
  echo = () => "undefined";
  assert.equal((await verify()).verified, false);
  const standard = await ask(201, merchant, "POST", "/endpoints", { format: "standard", url: hookUrl });
  assert.equal(await no(409, merchant, "POST", `/endpoints/${standard.id}/verify`), "no_verification");
});

test("notices are listed by state and sent again; nothing is sent to an endpoint that is disabled until it is enabled", async () => {
  const merchant = await world.merchant();
  const { id } = await ask(201, merchant, "POST", "/endpoints", {
    format: "standard",
    url: "https://a.example/",
    event_types: ["payout.paid"],
  });
  const at = `/endpoints/${id}`;
  for (let n = 0; n < 5; n += 1) await pay(merchant, `p-${n}`);
  const page = await ask(200, merchant, "GET", `${at}/notices?size=3`);
  const rest = await ask(200, merchant, "GET", `${at}/notices?size=3&after=${page.next}`);
  assert.deepEqual(
    [...page.notices, ...rest.notices].map(({ payout }: Json) => payout),
    ["p-4", "p-3", "p-2", "p-1", "p-0"],
  );
  await desk.endpoints.change(merchant.id, id, { disabledBecause: "its receiver answered 410 Gone" });
  assert.equal((await ask(200, merchant, "GET", `${at}/notices?state=disabled`)).notices.length, 5);
  const [{ id: notice }] = page.notices;
  for (const body of [{ state: "disabled" }, { notices: [notice] }])
    assert.equal(await no(409, merchant, "POST", `${at}/resend`, body), "endpoint_disabled");
  assert.equal((await ask(200, merchant, "POST", `${at}/enable`)).disabled, null);
  assert.deepEqual(await ask(200, merchant, "POST", `${at}/resend`, { notices: [notice] }), { resent: 1 });
  assert.equal((await ask(200, merchant, "GET", `${at}/notices/${notice}`)).state, "pending");
  assert.deepEqual(await ask(200, merchant, "POST", `${at}/resend`, { state: "disabled" }), { resent: 4 });
  for (const body of [{}, { state: "failed", notices: [notice] }])
    assert.equal(await no(400, merchant, "POST", `${at}/resend`, body), "invalid");
  const other = await ask(201, merchant, "POST", "/endpoints", { format: "standard", url: "https://b.example/" });
  assert.equal(
    await no(404, merchant, "POST", `/endpoints/${other.id}/resend`, { notices: [notice] }),
    "unknown_notice",
  );
  assert.equal(await no(404, merchant, "GET", `/endpoints/${other.id}/notices/${notice}`), "unknown_notice");
  const stranger = await world.merchant();
  for (const path of ["", "/notices", `/notices/${notice}`])
    assert.equal(await no(404, stranger, "GET", `${at}${path}`), "unknown_endpoint");
  for (const path of ["/secret", "/enable", "/verify"])
    assert.equal(await no(404, stranger, "POST", `${at}${path}`), "unknown_endpoint");
  assert.equal(await no(404, stranger, "DELETE", at), "unknown_endpoint");
});

const positions = (page: Json): string[] => page.events.map(({ position }: Json) => position);

/** Waits until no transaction runs that began before the newest event: those of other tests' databases count as well. */
async function settled(merchant: TestMerchant): Promise<void> {
  const text = `select (select max(place) from events where merchant_id = $1)
                     < (select (era::bigint << 48) | pg_snapshot_xmin(pg_current_snapshot())::text::bigint from dispatch) as is_settled`;
  while ((await world.db.query(text, [merchant.id])).rows[0].is_settled === false) await sleep(10);
}

/** Follows the feed to its present end. */
async function follow(merchant: TestMerchant, from?: string): Promise<{ seen: Json[]; next: string }> {
  const seen: Json[] = [];
  for (let next = from; ;) {
    const page = await ask(200, merchant, "GET", `/events?size=3${next === undefined ? "" : `&after=${next}`}`);
    seen.push(...page.events);
    next = page.next as string;
    if (page.events.length === 0) return { seen, next };
  }
}

test("the feed is followed page by page, replayed between any two places, and waited for", async () => {
  const merchant = await world.merchant();
  const empty = await world.merchant(0n);
  await pay(merchant, "p-1");
  await pay(merchant, "p-2", "declined");
  await settled(merchant);
  const { seen, next } = await follow(merchant);
  assert.deepEqual(
    seen.filter(({ payout }) => payout === "p-1").map(({ type, version, state }) => [type, version, state]),
    [
      ["payout.created", 1, "queued"],
      ["payout.sent", 2, "sent"],
      ["payout.paid", 3, "paid"],
    ],
  );
  assert.ok(seen.some(({ type, payment_method }) => type === "method.added" && payment_method === merchant.methodId));
  assert.deepEqual(await ask(200, merchant, "GET", `/events?after=${next}`), { events: [], next, more: false });
  const all = await ask(200, merchant, "GET", "/events?size=1000");
  const [first, last] = [positions(all)[1]!, positions(all)[4]!];
  const replay = await ask(200, merchant, "GET", `/events?after=${first}&until=${last}`);
  assert.deepEqual(positions(replay), positions(all).slice(2, 5));
  const waiting = ask(200, merchant, "GET", `/events?after=${next}&wait_seconds=20`);
  await pay(merchant, "p-3");
  const [news] = (await waiting).events;
  assert.equal(news.payout, "p-3");
  await settled(merchant);
  const told = await call("GET", `/admin/events?merchant=${merchant.id}&size=1000`);
  assert.equal((told.body as Json).events.length, all.events.length + 3);
  assert.equal(
    (await ask(200, empty, "GET", "/events")).events.some(({ payout }: Json) => payout !== undefined),
    false,
  );
  for (const query of [
    "after=x",
    "after=1-2",
    "until=9999999999999999999-1-1",
    "size=0",
    "size=1001",
    "wait_seconds=31",
    "page=1",
  ])
    assert.match(await no(400, merchant, "GET", `/events?${query}`), /^invalid: /, query);
  assert.equal(((await call("GET", "/admin/events?merchant=123")).body as Json).error.code, "unknown_merchant");
  assert.equal(((await call("GET", "/admin/events")).body as Json).error.code, "invalid");
});

/** A transaction of a test's own that writes one event as batches do, when it is told to. */
async function openLate(
  merchantId: string,
): Promise<{ write(payoutId: string, version: number): Promise<void>; commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: world.url });
  await client.connect();
  await client.query("begin");
  await client.query("select pg_current_xact_id()"); // from here on it is a running transaction
  return {
    async write(payoutId, version) {
      await client.query(
        `insert into events (merchant_id, payout_id, version, kind, state, attempt, created_at, place)
         select $1, $2, $3, 'unsent', 'queued', 1, now(),
                greatest((select (era::bigint << 48) | pg_current_xact_id()::text::bigint from dispatch),
                         (select place from events where merchant_id = $1 and payout_id = $2 and version = $3::integer - 1))`,
        [merchantId, payoutId, version],
      );
    },
    async commit() {
      await client.query("commit");
      await client.end();
    },
  };
}

test("what commits late is not skipped, nothing comes twice, and a payout's versions come in order", async () => {
  const merchant = await world.merchant();
  const early = await world.commit(accept(merchant, "early"));
  await settled(merchant);
  const { next: start } = await follow(merchant);
  const late = await openLate(merchant.id); // begins first
  const seen: Json[] = [];
  let at = start;
  const read = async () => {
    const more = await follow(merchant, at);
    seen.push(...more.seen);
    at = more.next;
  };
  await pay(merchant, "meanwhile");
  await world.commit(answer(early, "accepted")); // version 3, by a transaction that begins later and commits before
  await read();
  assert.deepEqual(seen, [], "nothing at or above the oldest running transaction is told");
  await late.write(early.payout.id, 4); // and the one that began first writes the later version
  await read();
  assert.deepEqual(seen, []);
  await late.commit();
  await pay(merchant, "after");
  await settled(merchant);
  await read();
  await read();
  const { rows } = await world.db.query("select count(*) n from events where merchant_id = $1", [merchant.id]);
  assert.equal(seen.length, Number(rows[0].n) - 2, "all but the two that had been read before");
  assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
  assert.deepEqual(
    seen.filter(({ payout }) => payout === "early").map(({ version }) => version),
    [3, 4],
  );
  for (const handle of ["meanwhile", "after"])
    assert.deepEqual(
      seen.filter(({ payout }) => payout === handle).map(({ version }) => version),
      [1, 2, 3],
    );
});

async function report(merchant: TestMerchant, query: string): Promise<{ text: string; headers: Json }> {
  await settled(merchant);
  const told = await call("GET", `/admin/merchants/${merchant.id}/report?${query}`);
  assert.equal(told.status, 200, JSON.stringify(told.body));
  let text = "";
  for await (const piece of told.body as Readable) text += String(piece);
  return { text, headers: told.headers };
}
const dayIn = (zone: string, at = Date.now()): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(at);

test("a day is reported with one row for each payout, and totals that are the ledger's", async () => {
  const merchant = await world.merchant();
  await pay(merchant, "paid");
  const returned = await pay(merchant, "returned");
  await world.commit(answer(returned, "returned", { source: "statement" }));
  await pay(merchant, "failed", "declined");
  await pay(merchant, "under-way", "accepted");
  const { payout } = await world.commit(accept(merchant, "=cancelled", { dueAt: Date.now() + 86_400_000, text: null }));
  await world.commit(cancelPayout(merchant.id, payout.id));
  const date = dayIn("Europe/Berlin");
  const body = JSON.parse((await report(merchant, `date=${date}`)).text);
  assert.equal(body.complete, false);
  assert.deepEqual(
    body.payouts.map((row: Json) => [row.handle, row.state, row.amount, row.currency]),
    [
      ["paid", "paid", "100.00", "EUR"],
      ["returned", "returned", "100.00", "EUR"],
      ["failed", "failed", "100.00", "EUR"],
      ["under-way", "accepted", "100.00", "EUR"],
      ["=cancelled", "cancelled", "100.00", "EUR"],
    ],
  );
  const total = (count: number) => ({
    count,
    amount: `${count}00.00`.replace("000.00", "0.00"),
    amount_minor: count * 10_000,
  });
  assert.deepEqual(body.totals, [
    { currency: "EUR", created: total(5), paid: total(2), failed: total(1), cancelled: total(1), returned: total(1) },
  ]);
  const { rows } = await world.db.query(
    `select kind, sum(amount_minor)::integer as minor from entries where merchant_id = $1 and kind <> 'fund'
        and created_at >= $2 and created_at < $3 group by kind order by kind`,
    [merchant.id, body.from, body.to],
  );
  const [{ created, paid, failed, cancelled, returned: back }] = body.totals;
  assert.deepEqual(Object.fromEntries(rows.map(({ kind, minor }) => [kind, minor])), {
    hold: created.amount_minor,
    settle: paid.amount_minor,
    release: failed.amount_minor + cancelled.amount_minor,
    give_back: back.amount_minor,
  });
  const csv = await report(merchant, `date=${date}&format=csv`);
  assert.match(csv.headers["content-type"], /^text\/csv/);
  const lines = csv.text.split("\r\n");
  assert.equal(lines.length, 7);
  assert.match(
    lines[0]!,
    /^handle,payout_id,customer,merchant_reference,.*,bank_id,amount,amount_minor,currency,state,/,
  );
  assert.match(lines[5]!, /^'=cancelled,\d+,customer-1,,,,\w{20},,100\.00,10000,EUR,cancelled,/);
});

test("the day is the merchant's own, and a payout stands in the report of each day on which something became of it", async () => {
  const merchant = await world.merchant();
  await world.db.query("update merchants set timezone = 'Pacific/Auckland' where id = $1", [merchant.id]);
  await pay(merchant, "p");
  // Created just before midnight in Auckland in winter time (UTC+12), paid just after it.
  await world.db.query(
    `update events set created_at = case when kind = 'paid' then '2026-06-30T12:00:00Z'::timestamptz else '2026-06-30T11:59:59.999Z' end
      where merchant_id = $1`,
    [merchant.id],
  );
  const day = async (date: string) => JSON.parse((await report(merchant, `date=${date}`)).text);
  const before = await day("2026-06-30");
  assert.equal(before.complete, true);
  assert.deepEqual([before.from, before.to], ["2026-06-29T12:00:00.000Z", "2026-06-30T12:00:00.000Z"]);
  assert.deepEqual(
    before.payouts.map((row: Json) => [row.state, row.created_at !== null, row.paid_at]),
    [["sent", true, null]],
  );
  const nextDay = await day("2026-07-01");
  assert.deepEqual(
    nextDay.payouts.map((row: Json) => [row.state, row.created_at, row.paid_minor]),
    [["paid", null, 10_000]],
  );
  assert.deepEqual((await day("2026-06-28")).payouts, []);
  assert.deepEqual((await day("2026-06-28")).totals, []);
  for (const query of ["", "date=2026-02-30", "date=yesterday", "date=2199-01-01", "date=2026-06-30&format=xml"])
    assert.match(await no(400, merchant, "GET", `/report?${query}`), /^invalid: (date|format)$/, query);
});

test("a long report is read page by page: each payout once, those that became nothing that day not at all", async () => {
  const merchant = await world.merchant();
  const handles = Array.from({ length: 2_300 }, (_, at) => `p-${at}`);
  const payouts = await Promise.all(handles.map((handle) => world.commit(accept(merchant, handle))));
  await Promise.all(payouts.map((one, at) => world.commit(answer(one, at % 2 === 0 ? "paid" : "declined"))));
  const body = JSON.parse((await report(merchant, `date=${dayIn("Europe/Berlin")}`)).text);
  assert.deepEqual(new Set(body.payouts.map((row: Json) => row.handle)), new Set(handles));
  assert.equal(body.payouts.length, handles.length);
  assert.deepEqual([body.totals[0].paid.count, body.totals[0].failed.count], [1_150, 1_150]);
});

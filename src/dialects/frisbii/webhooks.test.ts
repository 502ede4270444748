import { openTestVault } from "../../testing/vault.ts";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import type pg from "pg";
import { limitPresets, Limits } from "../../http/limits.ts";
import { buildServer } from "../../http/server.ts";
import { openPool } from "../../store/db.ts";
import { openReader } from "../../store/reader.ts";
import { accept, answer, ids, World, type TestMerchant } from "../../testing/world.ts";
import { deskFor } from "../../testing/webhooks.ts";
import { hashKey } from "../../vault/api-key.ts";
import type { Webhooks } from "../webhooks.ts";
import { frisbiiDialect } from "./routes.ts";
import { ports } from "./trial.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
let world: World;
let pool: pg.Pool;
let keyPool: pg.Pool;
let desk: Webhooks;
let ask: (
  merchant: TestMerchant,
  method: string,
  url: string,
  payload?: unknown,
) => Promise<{ status: number; body: Json }>;
const woken: string[] = [];

before(async () => {
  world = await World.open();
  pool = openPool(world.url, 6);
  keyPool = openPool(world.url, 2); // of its own, as a server has it: settings are sealed while their transaction is open
  desk = deskFor(pool, openTestVault(keyPool), {
    wake: (keys) => woken.push(...keys.map(({ endpointId }) => endpointId)),
  });
  const keys = new Map<string, { merchantId: string; keyId: string }>();
  const services = { reader: openReader(pool), commit: world.committer.commit, ids } as never;
  const dialect = frisbiiDialect(services, {
    ...ports,
    findKey: (hash) => Promise.resolve(keys.get(hash.toString("hex"))),
    webhooks: desk,
  });
  const app = buildServer([dialect], {
    limits: new Limits(limitPresets.generous, () => performance.now()),
    isShut: () => false,
    sleep: async () => {},
    requestId: () => ids.hex(),
    now: Date.now,
    log: (event) => assert.fail(String(event["error"])),
  });
  ask = async (merchant, method, url, payload) => {
    const key = `priv_${merchant.id.padStart(32, "0")}`;
    keys.set(hashKey(key).toString("hex"), { merchantId: merchant.id, keyId: merchant.id });
    const headers = { authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` };
    const told = await app.inject({
      method: method as "GET",
      url,
      headers,
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });
    return { status: told.statusCode, body: JSON.parse(told.body) };
  };
});
after(async () => {
  await pool.end();
  await keyPool.end();
  await world.close();
});

const settings = "/v1/account/webhook_settings";
const ok = async (...request: Parameters<typeof ask>): Promise<Json> => {
  const { status, body } = await ask(...request);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const no = async (...request: Parameters<typeof ask>): Promise<string> => {
  const { status, body } = await ask(...request);
  return `${status}/${body.code}`;
};
const [one, two, three] = ["https://a.example/hook", "https://b.example/hook", "https://c.example/hook"];

/** A merchant with a webhook of a paid payout at each of these. */
async function told(urls: readonly string[], handle = "p-1"): Promise<TestMerchant> {
  const merchant = await world.merchant();
  await ok(merchant, "PUT", settings, { urls, disabled: false });
  await world.commit(answer(await world.commit(accept(merchant, handle)), "paid"));
  return merchant;
}
const listed = (merchant: TestMerchant, more = ""): Promise<Json[]> =>
  ok(merchant, "GET", `/v1/webhook?created_before=2100-01-01${more}`);

test("settings are there from the first look on, with a secret; a PUT replaces URLs and keeps what it leaves out", async () => {
  const merchant = await world.merchant();
  const first = await ok(merchant, "GET", settings);
  assert.match(first.secret, /^webhook_secret_[0-9a-f]{32}$/);
  assert.deepEqual(first, { urls: [], disabled: false, secret: first.secret, alert_emails: [] });
  assert.deepEqual(await ok(merchant, "GET", settings), first);
  const full = {
    urls: [one, two, one],
    disabled: false,
    username: "u",
    password: "p",
    alert_emails: ["ops@a.example"],
    alert_count: 4,
    event_types: ["payout_paid", "customer_created"],
  };
  const put = await ok(merchant, "PUT", settings, full);
  assert.deepEqual(put, { ...full, urls: [one, two], password: "********", secret: first.secret });
  const short = await ok(merchant, "PUT", settings, { urls: [two, three], disabled: false, password: put.password });
  assert.deepEqual(short, { ...put, urls: [two, three] });
  const endpoints = await desk.endpoints.list(merchant.id, "frisbii");
  assert.deepEqual(
    endpoints.map(({ url, username }) => [url, username]),
    [
      [two, "u"],
      [three, "u"],
    ],
  );
  for (const { id } of endpoints) assert.equal((await desk.endpoints.get(merchant.id, id))?.secrets.password, "p");
  const cleared = await ok(merchant, "PUT", settings, {
    urls: [],
    disabled: false,
    username: "",
    password: "",
    event_types: [],
  });
  assert.deepEqual(cleared, {
    urls: [],
    disabled: false,
    secret: first.secret,
    alert_emails: ["ops@a.example"],
    alert_count: 4,
  });
  const { rows } = await world.db.query("select sealed from webhook_settings union all select sealed from endpoints");
  assert.ok(rows.every(({ sealed }) => String(sealed).startsWith("v2.")));
});

test("settings that cannot be are refused, and the field is named", async () => {
  const merchant = await world.merchant();
  const fine = { urls: [one], disabled: false };
  const cases: [object, RegExp][] = [
    [{ disabled: false }, /^urls is required/],
    [{ urls: [one] }, /^disabled is required/],
    [{ ...fine, urls: one }, /^urls must be a list/],
    [{ ...fine, urls: [5] }, /^urls must be/],
    [{ ...fine, urls: Array.from({ length: 11 }, (_, at) => `${one}${at}`) }, /^urls must be a list of at most 10/],
    [{ ...fine, urls: [one, "http://127.0.0.1/"] }, /^urls\[1\]: refused address/],
    [{ ...fine, urls: ["http://169.254.169.254/"] }, /^urls\[0\]: /],
    [{ ...fine, urls: ["https://u:p@a.example/"] }, /^urls\[0\]: .*user or a password/],
    [{ ...fine, urls: ["javascript:alert(1)"] }, /^urls\[0\]: /],
    [{ ...fine, disabled: "no" }, /^disabled must be true or false/],
    [{ ...fine, username: "a:b" }, /^username must be without a colon/],
    [{ ...fine, username: "a\r\nb" }, /^username must be text without control/],
    [{ ...fine, password: 5 }, /^password must be text/],
    [{ ...fine, alert_count: 3 }, /^alert_count must be/],
    [{ ...fine, alert_emails: "x@y.example" }, /^alert_emails must be a list/],
    [{ ...fine, alert_emails: ["nobody"] }, /^alert_emails must be an e-mail/],
    [{ ...fine, event_types: ["payout_paid", "invoice_settled"] }, /^event_types must be among: payout_created/],
  ];
  for (const [body, expected] of cases) {
    const told = await ask(merchant, "PUT", settings, body);
    assert.equal(`${told.status}/${told.body.code}`, "422/1", JSON.stringify(body));
    assert.match(told.body.message, expected);
  }
  assert.deepEqual((await ok(merchant, "GET", settings)).urls, []);
});

test("two clients who PUT at once: the settings are those of one of them, and the endpoints are those settings'", async () => {
  const merchant = await world.merchant();
  const sets = [[one, two], [two, three], [three], [one, three]];
  const put = (urls: string[], at: number) =>
    ok(merchant, "PUT", settings, { urls, disabled: false, username: `u${at}` });
  await Promise.all([...sets, ...sets].map(put));
  const { urls, username } = await ok(merchant, "GET", settings);
  const endpoints = await desk.endpoints.list(merchant.id, "frisbii");
  assert.deepEqual(
    endpoints.map((endpoint) => endpoint.url),
    urls,
  );
  assert.ok(endpoints.every((endpoint) => endpoint.username === username));
  assert.ok(sets.some((set) => set.slice().sort().join() === urls.slice().sort().join()));
  const secrets = new Set(
    await Promise.all(Array.from({ length: 5 }, async () => (await ok(merchant, "POST", `${settings}/secret`)).secret)),
  );
  assert.equal(secrets.size, 5);
  const { secret } = await ok(merchant, "GET", settings);
  for (const { id } of endpoints)
    assert.deepEqual(
      (await desk.endpoints.get(merchant.id, id))?.secrets.signing.map((one) => one.secret),
      [secret],
    );
});

test("each URL has a webhook of its own for an event; its content is signed with the secret of the settings, also after it changed", async () => {
  const merchant = await told([one, two]);
  const all = await listed(merchant);
  assert.deepEqual(all.map(({ url }) => url).sort(), [one, two]);
  assert.equal(all[0].event, all[1].event);
  assert.notEqual(all[0].id, all[1].id);
  assert.deepEqual(
    all.map(({ state, count }) => [state, count]),
    [
      ["pending", 0],
      ["pending", 0],
    ],
  );
  const verify = async () => {
    const { secret } = await ok(merchant, "GET", settings);
    for (const { id, event, content } of await listed(merchant)) {
      const body = JSON.parse(content);
      assert.deepEqual([body.id, body.event_id, body.event_type, body.payout], [id, event, "payout_paid", "p-1"]);
      const signature = createHmac("sha256", secret)
        .update(body.timestamp + body.id)
        .digest("hex");
      assert.equal(body.signature, signature);
    }
    return secret;
  };
  const before = await verify();
  await ok(merchant, "POST", `${settings}/secret`);
  assert.notEqual(await verify(), before);
  assert.deepEqual(
    (await ok(merchant, "GET", `/v1/webhook/${all[0].id}`)).map((hook: Json) => hook.id),
    [all[0].id],
  );
  assert.equal((await ok(merchant, "GET", `/v1/webhook/${all[0].event}`)).length, 2);
  const event = await ok(merchant, "GET", `/v1/event/${all[0].event}`);
  assert.deepEqual([event.event_type, event.customer, event.payout], ["payout_paid", "customer-1", "p-1"]);
});

test("lists are filtered by state, event and time, and go on page by page", async () => {
  const merchant = await told([one]);
  for (let at = 2; at <= 25; at += 1)
    await world.commit(answer(await world.commit(accept(merchant, `p-${at}`)), at % 5 === 0 ? "declined" : "paid"));
  assert.equal((await listed(merchant)).length, 25);
  assert.equal((await listed(merchant, "&size=3")).length, 3);
  assert.equal((await listed(merchant, "&event=payout_failed")).length, 5);
  assert.equal((await listed(merchant, "&state=completed")).length, 0);
  assert.equal((await listed(merchant, "&state=completed&state=pending")).length, 25);
  assert.equal((await listed(merchant, "&created_after=2099-01-01")).length, 0);
  const [first] = await listed(merchant, "&size=1");
  assert.equal((await listed(merchant, `&event=${first.event}`)).length, 1);
  const page = await ok(merchant, "GET", "/v1/list/webhook?size=20&state=pending");
  assert.deepEqual([page.size, page.count, page.range, page.content.length], [20, 20, "created", 20]);
  const last = await ok(
    merchant,
    "GET",
    `/v1/list/webhook?size=20&state=pending&next_page_token=${page.next_page_token}`,
  );
  assert.deepEqual([last.count, last.next_page_token], [5, undefined]);
  assert.equal(new Set([...page.content, ...last.content].map(({ id }: Json) => id)).size, 25);
  for (const query of [
    "",
    "?created_before=soon",
    "?created_before=2100-01-01&size=101",
    "?created_before=2100-01-01&state=sent",
  ])
    assert.equal(await no(merchant, "GET", `/v1/webhook${query}`), "422/1", query);
  assert.equal(await no(merchant, "GET", "/v1/list/webhook?range=paid"), "422/1");
  const events = await ok(merchant, "GET", "/v1/event?size=10&page=2&customer=customer-1");
  assert.deepEqual([events.page, events.size, events.count, events.content.length], [2, 10, 10, 10]);
  assert.equal((await ok(merchant, "GET", "/v1/event?invoice=i")).count, 0);
  assert.equal((await ok(merchant, "GET", "/v1/event?page=10000000&size=100")).count, 0);
  const types = new Set(
    (await ok(merchant, "GET", "/v1/event?size=100")).content.map((event: Json) => event.event_type),
  );
  assert.deepEqual([...types].sort(), [
    "customer_created",
    "customer_payment_method_added",
    "payout_failed",
    "payout_paid",
    "payout_processing",
  ]);
  for (const query of ["page=0", "page=10000001", "size=101", "size=1.5", "page=1&page=2"])
    assert.equal(await no(merchant, "GET", `/v1/event?${query}`), "422/1", query);
});

test("a webhook is sent again, disabled, and moved to another URL, which is told nothing else", async () => {
  const merchant = await told([one]);
  const [hook] = await listed(merchant);
  const ask100 = (path: string, more: object = {}) =>
    ok(merchant, "POST", `/v1/webhook/${path}`, { webhooks: [hook.event], ...more });
  assert.deepEqual(
    (await ask100("disable")).map(({ state }: Json) => state),
    ["disabled"],
  );
  woken.length = 0;
  const [again] = await ok(merchant, "POST", "/v1/webhook/resend", { webhooks: [hook.id, hook.event] });
  assert.deepEqual([again.id, again.state], [hook.id, "pending"]);
  assert.equal(woken.length, 1);
  await world.db.query(
    "update notices set state = 'completed', next_at = null, done_at = now(), tries = 3 where merchant_id = $1",
    [merchant.id],
  );
  assert.equal((await ask100("disable"))[0].state, "completed");
  const [moved] = await ask100("update", { url: two, username: "u", password: "p" });
  assert.deepEqual(
    [moved.id, moved.url, moved.state, moved.success, moved.count, moved.username, moved.password],
    [hook.id, two, "pending", undefined, 3, "u", "********"],
  );
  await ask100("update", { url: two, username: "u", password: "p" });
  assert.equal(
    (await desk.endpoints.list(merchant.id, "frisbii")).length,
    2,
    "the same URL and credentials are one endpoint",
  );
  assert.deepEqual((await ok(merchant, "GET", settings)).urls, [one]);
  await world.commit(accept(merchant, "p-2"));
  await ok(merchant, "PUT", settings, { urls: [one], disabled: true });
  await world.commit(answer(await world.commit(accept(merchant, "p-3")), "paid"));
  assert.deepEqual(
    (await listed(merchant)).map(({ url, state }) => [url, state]),
    [[two, "disabled"]],
  );
  for (const path of ["resend", "update"])
    assert.equal(await no(merchant, "POST", `/v1/webhook/${path}`, { webhooks: [hook.id], url: two }), "400/1", path);
  await ok(merchant, "PUT", settings, { urls: [one], disabled: false });
  assert.equal((await ask100("resend"))[0].state, "pending");
  await ok(merchant, "PUT", settings, { urls: [one], disabled: false });
  assert.equal(
    await no(merchant, "POST", "/v1/webhook/update", { webhooks: [hook.id], url: "http://localhost/" }),
    "422/1",
  );
});

test("what is sent to a URL that was taken away is not sent again", async () => {
  const merchant = await told([one, two]);
  const gone = (await listed(merchant)).find(({ url }) => url === two);
  await ok(merchant, "PUT", settings, { urls: [one], disabled: false });
  assert.equal((await ok(merchant, "GET", `/v1/webhook/${gone.id}`))[0].state, "disabled");
  const refused = await ask(merchant, "POST", "/v1/webhook/resend", { webhooks: [gone.id] });
  assert.equal(refused.status, 400);
  assert.match(refused.body.message, /no longer in the webhook settings/);
  assert.equal((await ok(merchant, "POST", "/v1/webhook/update", { webhooks: [gone.id], url: one }))[0].url, one);
});

test("the requests that were made are shown with what was answered", async () => {
  const merchant = await told([one]);
  const [hook] = await listed(merchant);
  await world.db.query(
    `insert into notice_calls (merchant_id, notice_id, call, began_at, duration_ms, http_status, fault, headers, body)
     select merchant_id, id, c, now(), 12, case when c = 2 then 500 end, case when c = 1 then 'connection refused' end, '{}', 'no' from notices, generate_series(1, 2) c
      where merchant_id = $1`,
    [merchant.id],
  );
  const requests = await ok(merchant, "GET", `/v1/webhook/${hook.id}/request`);
  assert.deepEqual(
    requests.map(({ http_status, content, duration }: Json) => [http_status, content, duration]),
    [
      [undefined, "connection refused: no", 12],
      [500, "no", 12],
    ],
  );
});

test("another merchant's webhooks and events answer as unknown ones, and so do those of other formats and made-up ids", async () => {
  const merchant = await told([one]);
  const [hook] = await listed(merchant);
  const other = await world.merchant();
  const standard = await desk.endpoints.create(other.id, {
    format: "standard",
    url: two,
    types: null,
    topics: ["paid/paid"],
    username: null,
    secrets: { signing: [], password: null, headers: {} },
  });
  await world.commit(answer(await world.commit(accept(other, "theirs")), "paid"));
  const { rows } = await world.db.query("select id from notices where endpoint_id = $1", [standard.id]);
  const foreign = desk.ids.hide({ kind: "notice", noticeId: rows[0].id });
  for (const id of [hook.id, hook.event, foreign, "x", "0".repeat(32), "%00", `${hook.id}'--`]) {
    const path = encodeURIComponent(id);
    const expected = id === "%00" ? ["404/46", "404/8"] : ["404/46"];
    assert.ok(expected.includes(await no(other, "GET", `/v1/webhook/${path}`)), id);
    assert.ok(expected.includes(await no(other, "GET", `/v1/webhook/${path}/request`)), id);
    for (const change of ["resend", "disable", "update"])
      assert.equal(
        await no(other, "POST", `/v1/webhook/${change}`, { webhooks: [id], url: one }),
        "404/46",
        `${change} ${id}`,
      );
    assert.ok(["404/47", "404/8"].includes(await no(other, "GET", `/v1/event/${path}`)), id);
  }
  assert.deepEqual(await listed(other), []);
  assert.equal((await listed(merchant))[0].state, "pending");
  assert.equal(await no(merchant, "POST", "/v1/webhook/disable", { webhooks: [hook.id, foreign] }), "404/46");
  assert.equal((await listed(merchant))[0].state, "pending", "all or none");
  for (const webhooks of [undefined, [], "x", [5], Array.from({ length: 101 }, () => hook.id)])
    assert.equal(await no(merchant, "POST", "/v1/webhook/resend", { webhooks }), "422/1");
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import pg from "pg";
import { adminOperations } from "./dialects/admin/routes.ts";
import type { Route } from "./dialects/dialect.ts";
import { checkoutDialect } from "./dialects/checkout/checkout.ts";
import type { FrisbiiPorts } from "./dialects/frisbii/operation.ts";
import { frisbiiDialect } from "./dialects/frisbii/routes.ts";
import { healthDialect, type HealthPorts } from "./dialects/health/health.ts";
import { sandboxDialect, type SandboxPorts } from "./dialects/sandbox/sandbox.ts";
import type { Services } from "./dialects/services.ts";
import { worldlineDialect, type WorldlinePorts } from "./dialects/worldline/routes.ts";
import { connectTo, send, signedHeaders, type Raw } from "./testing/connect.ts";
import { Started } from "./testing/started.ts";

/** As many requests as a minute of a test run can spare. Each is one of the property, so that a failure shrinks to one request. */
const requests = 1_500;
/** A card that can be paid. Requests carry it where it belongs and where it does not. */
const canary = "4000056655665556";

let server: Started;
let db: pg.Client;
let demo: Started["demo"];
let other: string;
let known: Known;
/** What requests can name, beside what nobody has. */
interface Known {
  readonly frisbii: readonly string[];
  readonly worldline: readonly string[];
  /** Saved cards, beside the one that payouts go to: these may be deleted. */
  readonly methods: readonly string[];
}
before(async () => {
  server = await Started.open();
  demo = server.demo;
  db = new pg.Client(JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")));
  await db.connect();
  const made = await server.admin("POST", "/admin/merchants", { handle: "operated", currency: "EUR" });
  other = made.body.merchant.id;
  const connect = connectTo(demo.url, demo.worldline);
  const worldline: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    const { body } = await connect.payouts.create(demo.worldline.merchant_id, worldlineBody, {});
    worldline.push(body.id);
  }
  const frisbii = ["first", "second"];
  for (const handle of frisbii)
    await server.call("POST", "/v1/payout", { ...frisbiiBody, handle, destination: card() });
  const methods: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    const token = await server.call("POST", "/sandbox/card-tokens", cardToken);
    const source = { source: token.body.id, customer: { handle: `saver-${count}` } };
    methods.push((await server.call("POST", "/v1/payment_method", source)).body.id);
  }
  assert.ok(
    methods.every((id) => id.startsWith("ca_")),
    methods.join(),
  );
  known = { frisbii, worldline, methods };
});
after(async () => {
  await db?.end();
  await server?.remove();
});
const card = () => demo.frisbii.card;

/** Every route there is, from the dialects themselves: a new one is thrown at from its first day. */
const nothing = {} as Services;
const frisbii = frisbiiDialect(nothing, {} as FrisbiiPorts);
const routes: readonly Pick<Route, "method" | "path">[] = [
  ...frisbii.routes,
  ...worldlineDialect(nothing, {} as WorldlinePorts).routes,
  ...sandboxDialect({ frisbii } as unknown as SandboxPorts).routes,
  ...checkoutDialect(nothing).routes,
  ...healthDialect({} as HealthPorts).routes,
  ...adminOperations,
].map(({ method, path }) => ({ method, path }));

const frisbiiBody = { handle: "h", destination: "card", amount: 100, currency: "EUR", text: "a text" };
const money = { amount: 100, currencyCode: "EUR" };
const holder = { accountHolderName: "W. Coyote" };
const worldlineBody = {
  bankTransferPayoutMethodSpecificInput: { bankAccountIban: { ...holder, iban: "IT60X0542811101000000123456" } },
  payoutDetails: {
    amountOfMoney: money,
    references: { merchantReference: "r", merchantOrderId: 1, invoiceNumber: "i" },
    customer: {
      name: { firstName: "Wile" },
      address: { countryCode: "DE" },
      contactDetails: { emailAddress: "a@b.c" },
    },
  },
};
const cardBody = { card: { cardNumber: canary, expiryDate: "1239", cvv: "123" }, paymentProductId: 1 };
const cardToken = { number: canary, cvv: "123", exp_month: 12, exp_year: 2039 };
const customer = { handle: "c", email: "a@b.c", metadata: { a: [1, "2"] }, first_name: "Wile" };
const approval = { frisbii: true, worldline: true };
const agreement = { id: "a", rail: "sandbox", brands: ["visa"], currencies: ["EUR"], payout: true };

/** A request that is right, or nearly: what is changed of it from there gets further than what is made of nothing. */
const rightBodies = (handle: string): Readonly<Record<string, readonly object[]>> => ({
  "POST /v1/payout": [
    { ...frisbiiBody, handle, destination: card() },
    { ...frisbiiBody, handle, destination: card(), customer: { ...customer, handle: `customer-${handle}` } },
  ],
  "POST /v1/customer": [{ ...customer, handle }],
  "PUT /v1/customer/:handle": [{ ...customer, debtor_id: 100 }],
  "PUT /v1/customer/:handle/metadata": [{ a: [1, { b: null }] }],
  "POST /v1/customer/:handle/payment_method/card": [{ card_token: "ct_00000000000000000000000000000000" }],
  "POST /v1/payment_method/:id/card/verify": [{ currency: "EUR" }],
  "POST /v1/payment_method/:id/card_copy": [{ customer: { ...customer, handle }, reference: "r" }],
  "POST /v1/payment_method/:id/card_move": [{ agreement: "sandbox", currency: "EUR" }],
  "POST /v1/session/recurring": [
    { create_customer: { ...customer, handle }, accept_url: "https://x.example/", ttl: 100 },
  ],
  "POST /v1/account/privkey": [{ label: "l", groups: [] }],
  "POST /v1/account/pubkey": [{ label: "l" }],
  "POST /admin/merchants/:id/customers/:handle/erase": [{ reason: "r", by: "b" }],
  "POST /v1/payment_method": [{ source: "ct_00000000000000000000000000000000", customer }],
  "POST /sandbox/card-tokens": [cardToken],
  "POST /sandbox/payment-methods/:id/state": [{ state: "active" }],
  "POST /rails/sandbox/callback": [{ reference: "ABCDEFGHIJKLMNOPQRST" }],
  "POST /v1/:merchantId/payouts": [
    worldlineBody,
    { cardPayoutMethodSpecificInput: cardBody, payoutDetails: worldlineBody.payoutDetails },
    { amountOfMoney: money, bankAccountBban: { ...holder, accountNumber: "31926819", bankCode: "601613" } },
    { cardPayoutMethodSpecificInput: { token: card() }, amountOfMoney: money },
  ],
  "POST /v1/:merchantId/payouts/:payoutId/approve": [{}, { datePayout: "20391231" }],
  "POST /v1/:merchantId/services/convert/bankaccount": [
    { bankAccountIban: { iban: "DE89370400440532013000" } },
    { bankAccountBban: { bankCode: "37040044", accountNumber: "0532013000", countryCode: "DE" } },
  ],
  "POST /v1/:merchantId/services/getIINdetails": [{ bin: "456735" }],
  "POST /v1/:merchantId/tokens": [
    { paymentProductId: 1, card: { data: { cardWithoutCvv: { cardNumber: canary, expiryDate: "1239" } } } },
  ],
  "PUT /v1/:merchantId/tokens/:tokenId": [
    { paymentProductId: 1, card: { data: { cardWithoutCvv: { expiryDate: "1240" } } } },
  ],
  "POST /admin/merchants": [{ handle, currency: "EUR", timezone: "Europe/Berlin", approval, floors: { EUR: -100 } }],
  "PATCH /admin/merchants/:id": [{ name: "N", approval }],
  "POST /admin/merchants/:id/funds": [{ reference: handle, currency: "EUR", amount_minor: 100 }],
  "PUT /admin/merchants/:id/floors": [{ currency: "EUR", floor_minor: -100 }],
  "POST /admin/merchants/:id/keys": [{ kind: "worldline", label: "l" }],
  "PUT /admin/merchants/:id/agreements": [{ agreements: [agreement] }],
  "POST /admin/merchants/:id/payouts/:handle/approve": [{ due_at: "2039-01-31T12:00:00Z" }],
  "POST /admin/merchants/:id/payouts/:handle/resolve": [{ reason: "r", by: "b" }],
});

const oddTexts = [
  "",
  " ",
  "\0",
  "a\0b",
  "\u202egnp.exe",
  "\u200b",
  "\ud800",
  "\udc00x",
  "\ufeff",
  "💩".repeat(300),
  "x".repeat(5_000),
  canary,
  "4000 0566 5566 5556",
  "EUR",
  "eur",
  "XXX",
  "KWD",
  "JPY",
  "ca_",
  "ct_",
  "null",
  "true",
  "1e3",
  "-1",
  "__proto__",
  "constructor",
  "toString",
  "'; drop table payouts; --",
  "${1}",
  "../../etc/passwd",
  "%00",
  "\r\nX: y",
];
const oddText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);
const oddNumbers = [
  0,
  -0,
  -1,
  1,
  0.1,
  1e2,
  2 ** 31,
  2 ** 31 - 1,
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  999_999_999_999,
  -(2 ** 63),
];
const odd: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(
    ...oddNumbers,
    true,
    false,
    null,
    undefined,
    [],
    {},
    [[]],
    [null],
    { "": "" },
    { a: { b: null } },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Where something can be changed: the whole, every member, every item. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => places(part, [...path, name]))];
}
function changed(value: any, [name, ...rest]: readonly string[], to: unknown): any {
  if (name === undefined) return to;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name] = changed(copy[name], rest, to);
  return copy;
}
/** A change of the text of a body, which no JSON value can be. */
const textChanges: Record<string, (text: string, at: number) => string | Buffer> = {
  none: (text) => text,
  cutOff: (text, at) => text.slice(0, at % text.length),
  twice: (text) => text + text,
  duplicateMember: (text) => text.replace(/"(\w+)":/, '"$1":0,"$1":'),
  rawNul: (text, at) => `${text.slice(0, at % text.length)}\0${text.slice(at % text.length)}`,
  byteOrderMark: (text) => `\ufeff${text}`,
  notUtf8: (text, at) => Buffer.concat([Buffer.from(text.slice(0, at % text.length)), Buffer.from([0xff, 0xc0, 0x22])]),
  utf16: (text) => Buffer.from(text, "utf16le"),
  exponents: (text) => text.replace(/\b100\b/, "1e2"),
  fraction: (text) => text.replace(/\b100\b/, "100.0"),
  halfOfAPair: (text) => text.replace(/:"/, String.raw`:"\ud83d`),
  deep: (text) => `{"a":${"[".repeat(60)}${text}${"]".repeat(60)}}`,
  veryDeep: () => "[".repeat(100_000),
  huge: (text) => `{"x":"${"x".repeat(400_000)}","y":${text}}`,
  wide: () => `[${"{},".repeat(20_000)}{}]`,
  proto: (text) => text.replace("{", '{"__proto__":{"amount":1},'),
  comment: (text) => `/* */${text}`,
};

/** What can stand in a header at all: the client refuses the rest before it is sent. */
const headerText = oddText.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "").slice(0, 500));
const headerNames =
  "content-type date x-gcs-idempotence-key x-gcs-servermetainfo accept x-forwarded-for origin accept-encoding content-encoding " +
  "if-none-match range cookie x-http-method-override";
const oddHeaders = fc.dictionary(
  fc.constantFrom(...headerNames.split(" ")),
  fc.oneof(
    headerText,
    fc.constantFrom("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "gzip", "k"),
  ),
  { maxKeys: 3 },
);
const segment = fc.oneof(
  fc.constantFrom(
    "%",
    "%zz",
    "%00",
    "%ff",
    "%2e%2e%2f",
    "..",
    "*",
    ":id",
    "",
    "0",
    "9".repeat(40),
    "a".repeat(1_500),
    "%F0%9F%92%A9",
  ),
  fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => encodeURIComponent(text)),
);
const queryNames =
  "limit offset merchantReference merchantOrderId size from to range state next_page_token after handle customer amount source target currency";
const query = fc.oneof(
  fc
    .dictionary(
      fc.constantFrom(...queryNames.split(" ")),
      fc.oneof(segment, fc.constantFrom("10", "EUR", "USD", "2026-01-01")),
      {
        maxKeys: 4,
      },
    )
    .map((members) =>
      Object.entries(members)
        .map(([name, value]) => `${name}=${value}`)
        .join("&"),
    ),
  fc.constantFrom("&&&===", "a=1&a=2", "limit[]=1", "%", "?", "#x"),
);

/** Null, but for one time in `times`: a request that is wrong in everything is refused for the first of it. */
const seldom = <T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const thrown = fc.record({
  route: fc.oneof(fc.constantFrom(...routes), fc.constantFrom(...routes.filter(({ method }) => method !== "GET"))),
  method: seldom(12, fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")),
  /** For each parameter of the path: what stands there, or, for null, something that is known. */
  segments: fc.array(seldom(4, segment), { minLength: 3, maxLength: 3 }),
  pick: fc.nat(1_000),
  tail: seldom(20, fc.constantFrom("/", "/x", "//", "/%", "/..", ";x", "%20")).map((tail) => tail ?? ""),
  query: seldom(3, query),
  authorization: seldom(
    15,
    fc.oneof(
      headerText,
      fc.constantFrom("Basic", "Basic !!!!", "Bearer ", "Bearer x", "GCS v1HMAC:a:b", "GCS v1HMAC:::"),
    ),
  ),
  headers: seldom(3, oddHeaders).map((headers) => headers ?? {}),
  body: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        changes: fc.array(fc.tuple(fc.nat(1_000), odd), { maxLength: 2 }),
        text: fc.oneof({ weight: 4, arbitrary: fc.constant("none") }, fc.constantFrom(...Object.keys(textChanges))),
        at: fc.nat(5_000),
      }),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.constantFrom("", "null", "0", '""', "[]", "{}", "\0", "a=1&b=2") },
  ),
});
type Thrown = typeof thrown extends fc.Arbitrary<infer T> ? T : never;

function bodyOf({ route, body, pick }: Thrown): string | Buffer {
  if (typeof body === "string") return body;
  const all = rightBodies(`g-${pick % 200}`);
  const right = all[`${route.method} ${route.path}`] ?? Object.values(all)[pick % Object.keys(all).length]!;
  let value: unknown = right[pick % right.length]!;
  for (const [at, to] of body.changes) {
    const all = places(value);
    value = changed(value, all[at % all.length]!, to);
  }
  return textChanges[body.text]!(JSON.stringify(value) ?? "null", body.at);
}

function targetOf({ route, segments, pick, tail, query }: Thrown): string {
  let index = 0;
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const odd = segments[index++];
    // An odd merchant or a key would only be refused at once, every time: they are odd in every tenth request.
    if (odd != null && (pick % 10 === 0 || !/^(?:merchantId|id)$/.test(name))) return odd;
    if (name === "merchantId") return demo.worldline.merchant_id;
    if (route.path.startsWith("/admin/") && name === "id")
      return /\/payouts/.test(route.path) ? demo.merchant.id : other;
    const named = [...known.frisbii, `g-${pick % 200}`];
    const payouts = route.path.startsWith("/v1/:") || pick % 2 === 0 ? known.worldline : named;
    const ids = /token|payment/.test(route.path) ? known.methods : payouts;
    return ids[pick % ids.length]!;
  });
  return path + tail + (query === null ? "" : `?${query}`);
}

async function fling(
  one: Thrown,
): Promise<{ method: string; target: string; sent: Record<string, string>; answer: Raw }> {
  const method = one.method ?? one.route.method;
  const target = targetOf(one);
  const basic = `Basic ${Buffer.from(`${demo.frisbii.private_key}:`).toString("base64")}`;
  const json = { "content-type": "application/json", ...one.headers };
  const right = one.route.path.startsWith("/v1/:")
    ? signedHeaders(demo.worldline, method, target, one.headers)
    : { ...json, authorization: one.route.path.startsWith("/admin") ? `Bearer ${demo.admin_token}` : basic };
  const sent = one.authorization === null ? right : { ...right, authorization: one.authorization };
  const body = ["GET", "HEAD"].includes(method) && one.pick % 4 > 0 ? undefined : bodyOf(one);
  return { method, target, sent, answer: await send(demo.url, method, target, sent, body) };
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isFrisbiiError = (body: any, status: number): boolean =>
  typeof body.code === "number" &&
  body.http_status === status &&
  [body.error, body.path, body.timestamp, body.http_reason, body.request_id].every(isText);
/** Whether a refusal has the shape of its dialect, with every member that clients rely on. */
const shapes = {
  frisbii: isFrisbiiError,
  worldline: (body: any, status: number) =>
    isText(body.errorId) &&
    Array.isArray(body.errors) &&
    body.errors.length > 0 &&
    body.errors[0].httpStatusCode === status &&
    body.errors.every((error: any) =>
      [error.code, error.id, error.category, error.message, error.requestId].every(isText),
    ),
  admin: (body: any) => isText(body.error?.code) && isText(body.error.message) && isText(body.request_id),
  browser: (body: any, status: number) => isFrisbiiError(body.error ?? {}, status),
  page: (body: any) => String(body).startsWith("<!doctype html>"),
  short: (body: any) => isText(body.error),
  none: (body: any) => body === undefined,
} satisfies Record<string, (body: any, status: number) => boolean>;

/** The dialects that may refuse a request: that of its path, and for one that is signed, where there is no such path, Worldline's. */
const speakers = (target: string, { authorization = "" }: Record<string, string>): readonly (keyof typeof shapes)[] => [
  ...speakersOf(target.replace(/[?#].*$/s, "")),
  ...(/^GCS /i.test(authorization) ? (["worldline"] as const) : []),
];
function speakersOf(path: string): readonly (keyof typeof shapes)[] {
  if (/^\/admin(?:\/|$)/.test(path)) return ["admin"];
  if (path.startsWith("/checkout/")) return ["page"];
  if (/^\/v1\/(?:token|authenticate\/account_token)$/.test(path)) return ["browser"];
  if (/^\/v1\/\d+(?:\/|$)/.test(path)) return ["worldline"];
  const isFrisbii = /^\/v1\/(?:payout|list|customer|payment_method|account|error_codes)(?:\/|$)/.test(path);
  if (/^\/v1(?:\/|$)/.test(path)) return isFrisbii ? ["frisbii"] : ["frisbii", "worldline"];
  if (path.startsWith("/rails/sandbox/callback")) return ["frisbii", "short"];
  if (/^\/(?:sandbox|rails\/sandbox)\//.test(path)) return ["frisbii"];
  return path === "/health" ? ["short"] : ["none"];
}

test("whatever is thrown at it, the server answers in the words of the API, does nothing by half and lives on", async (t) => {
  const count = async (table: string) => Number((await db.query(`select count(*) from ${table}`)).rows[0].count);
  const tables = ["fundings", "merchants", "api_keys"];
  const start: Record<string, number> = {};
  for (const table of tables) start[table] = await count(table);
  const payouts = new Set<string>([...known.frisbii, ...known.worldline]);
  const made: Record<string, number> = { fundings: 0, merchants: 0, api_keys: 0 };
  const statuses: Record<string, number> = {};

  const bears = async (one: Thrown): Promise<void> => {
    const { method, target, sent, answer } = await fling(one);
    const { status, text } = answer;
    const shown = `${method} ${target} ${status} ${text.slice(0, 500)}`;
    statuses[status] = (statuses[status] ?? 0) + 1;
    assert.ok(status >= 200 && status < 500, shown);
    const isPage = String(answer.headers["content-type"]).startsWith("text/html");
    const body = text === "" ? undefined : isPage ? text : JSON.parse(text);
    if (status >= 400) {
      const fits = method === "HEAD" || speakers(target, sent).some((name) => shapes[name](body, status));
      assert.ok(fits, shown);
      assert.ok(!text.includes(canary), shown);
    }
    // What was really done is what the answers say.
    const { path } = one.route;
    if (method === "POST" && body?.handle !== undefined && path === "/v1/payout" && status === 200)
      payouts.add(body.handle);
    if (method === "POST" && /^\/v1\/account\/p\w+key$/.test(path) && status === 200) made["api_keys"]! += 1;
    if (body?.payoutResult !== undefined) payouts.add(body.payoutResult.id);
    if (method !== "POST" || status !== 201) return;
    if (body.payoutOutput !== undefined) payouts.add(body.id);
    if (body.frisbii !== undefined || body.worldline !== undefined)
      made["api_keys"]! += body.merchant === undefined ? 1 : 2;
    if (body.merchant !== undefined) made["merchants"]! += 1;
    if (body.balance !== undefined) made["fundings"]! += 1;
  };
  await fc.assert(fc.asyncProperty(thrown, bears), { numRuns: requests });
  t.diagnostic(`answers by status: ${JSON.stringify(statuses)}`);

  for (const table of tables) assert.equal(await count(table), start[table]! + made[table]!, table);
  const { rows } = await db.query(`select handle from payouts where merchant_id = $1`, [demo.merchant.id]);
  assert.deepEqual(rows.map(({ handle }) => handle).sort(), [...payouts].sort());
  const { rows: wrong } = await db.query(
    `select a.currency, a.available_minor, coalesce(sum(p.amount_minor), 0) as spent
       from accounts a left join payouts p
         on p.merchant_id = a.merchant_id and p.currency = a.currency
        and p.state in ('queued', 'sent', 'accepted', 'in_doubt', 'paid')
      where a.merchant_id = $1 group by a.currency, a.available_minor, a.funding_minor
     having a.available_minor <> -a.funding_minor - coalesce(sum(p.amount_minor), 0)`,
    [demo.merchant.id],
  );
  assert.deepEqual(wrong, []);
  const { code, out } = await server.command("check");
  assert.equal(code, 0, out);
  assert.equal((await send(demo.url, "GET", "/health", {})).status, 200);
  assert.ok(!server.output().includes(canary), "a card number in the log");
});

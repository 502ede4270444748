import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type pg from "pg";
import { refusals } from "../../core/refusal.ts";
import { referencePrefix } from "../../references.ts";
import { checkBooks } from "../../store/check.ts";
import { openPool } from "../../store/db.ts";
import { ApiKeys } from "../../store/keys.ts";
import { Merchants } from "../../store/merchants.ts";
import { openReader } from "../../store/reader.ts";
import { accept, answer, ids, rules, World, type TestMerchant } from "../../testing/world.ts";
import { deskFor } from "../../testing/webhooks.ts";
import { hashKey } from "../../vault/api-key.ts";
import { openTestVault } from "../../testing/vault.ts";
import type { Dialect } from "../dialect.ts";
import { caller } from "./call.ts";
import { tellFault } from "./errors.ts";
import { statusOf } from "./refusals.ts";
import { adminDialect } from "./routes.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
let world: World;
let pool: pg.Pool;
let dialect: Dialect;
let keys: ApiKeys;
let merchant: TestMerchant;
const token = "an-admin-token-of-some-length";

before(async () => {
  world = await World.open();
  pool = openPool(world.url, 4);
  const vault = openTestVault(pool);
  const ports = { pool, vault, random: randomBytes, rowId: () => ids.row(), monotonic: () => performance.now() };
  keys = new ApiKeys(ports);
  dialect = adminDialect({
    services: { commit: world.committer.commit, reader: openReader(pool), ids },
    merchants: new Merchants({
      ...ports,
      referencePrefix: (handle, salt) => referencePrefix(createSecretKey(Buffer.alloc(32, 1)), handle, salt),
    }),
    keys,
    webhooks: deskFor(pool, vault),
    pool,
    adminTokenHash: hashKey(token),
    rails: ["sandbox", "bank"],
    url: () => "http://here",
  });
  merchant = await world.merchant();
});
after(async () => {
  assert.deepEqual(await checkBooks(pool), []);
  await pool.end();
  await world.close();
});

/** Calls an operation and insists on its status; the path begins at the merchant's where it is not absolute. */
async function call(status: number, method: string, path: string, body?: object): Promise<Json> {
  const target = path.startsWith("/admin") ? path : `/admin/merchants/${merchant.id}${path}`;
  const told = await caller(dialect, () => "r".repeat(32), Date.now)(method, target, body);
  assert.equal(told.status, status, JSON.stringify(told.body));
  return JSON.parse(JSON.stringify(told.body));
}
const refused = async (status: number, ...request: [method: string, path: string, body?: object]): Promise<string> => {
  const { error, request_id } = await call(status, ...request);
  assert.equal(request_id, "r".repeat(32));
  assert.ok(error.message.length > 0);
  return error.field === undefined ? error.code : `${error.code}: ${error.field}`;
};

test("only the admin token opens the door", async () => {
  const asked = (authorization?: string) =>
    dialect.authenticate({ headers: { authorization }, requestId: "x" } as never);
  assert.deepEqual(await asked(`Bearer ${token}`), { merchantId: null, keyId: "admin" });
  for (const wrong of [undefined, "", token, "Bearer", `Bearer ${token}x`, `Basic ${token}`, "Bearer ü"]) {
    const told = (await asked(wrong)) as Json;
    assert.equal(told.status, 401);
    assert.equal(told.headers["www-authenticate"], 'Bearer realm="disburse"');
    assert.equal(told.body.error.code, "not_authenticated");
  }
});

test("a new merchant is answered with its keys, which open its doors", async () => {
  const floors = { EUR: -100_00, DKK: null };
  const body = {
    handle: "acme",
    currency: "EUR",
    floors,
    worldline_merchant_id: "20000",
    approval: { worldline: false },
  };
  const made = await call(201, "POST", "/admin/merchants", body);
  assert.deepEqual(Object.keys(made), ["url", "merchant", "frisbii", "worldline"]);
  assert.equal(made.url, "http://here");
  assert.equal(made.worldline.merchant_id, "20000");
  assert.deepEqual(made.merchant.approval, { frisbii: false, worldline: false });
  assert.equal((await keys.findFrisbii(hashKey(made.frisbii.private_key)))?.merchantId, made.merchant.id);
  assert.equal((await keys.findWorldline(made.worldline.key_id))?.secret, made.worldline.secret);
  const at = `/admin/merchants/${made.merchant.id}`;
  assert.deepEqual(await call(200, "GET", at), made.merchant);
  const { balances } = await call(200, "GET", `${at}/balances`);
  assert.deepEqual(
    balances.map((balance: Json) => [balance.currency, balance.floor_minor]),
    [
      ["DKK", null],
      ["EUR", -100_00],
    ],
  );

  assert.equal(
    await refused(409, "POST", "/admin/merchants", { handle: "acme", currency: "EUR" }),
    "handle_taken: handle",
  );
  const same = { handle: "acme-2", currency: "EUR", worldline_merchant_id: "20000" };
  assert.equal(
    await refused(409, "POST", "/admin/merchants", same),
    "worldline_merchant_id_taken: worldline_merchant_id",
  );
  const { merchants } = await call(200, "GET", "/admin/merchants");
  assert.ok(merchants.some(({ handle }: Json) => handle === "acme"));
  assert.deepEqual((await call(200, "GET", "/admin/merchants?handle=acme")).merchants, [made.merchant]);
  assert.deepEqual((await call(200, "GET", "/admin/merchants?handle=nobody")).merchants, []);
});

test("what cannot be understood is refused, and the field is named", async () => {
  const ok = { handle: "h", currency: "EUR" };
  const cases: [object, string][] = [
    [{}, "handle"],
    [{ handle: "h" }, "currency"],
    [{ ...ok, handle: "ö" }, "handle"],
    [{ ...ok, handle: "" }, "handle"],
    [{ ...ok, handle: null }, "handle"],
    [{ ...ok, currency: "eur" }, "currency"],
    [{ ...ok, currency: "XXX" }, "currency"],
    [{ ...ok, curency: "EUR" }, "curency"],
    [{ ...ok, name: "a\nb" }, "name"],
    [{ ...ok, country: "XQ" }, "country"],
    [{ ...ok, timezone: "Europe/Nowhere" }, "timezone"],
    [{ ...ok, test: "yes" }, "test"],
    [{ ...ok, worldline_merchant_id: "0123" }, "worldline_merchant_id"],
    [{ ...ok, worldline_merchant_id: 123 }, "worldline_merchant_id"],
    [{ ...ok, worldline_merchant_id: "12345678901" }, "worldline_merchant_id"],
    [{ ...ok, approval: { frisbii: "yes" } }, "approval.frisbii"],
    [{ ...ok, approval: { frisbii: true, worldline: true, other: true } }, "approval.other"],
    [{ ...ok, floors: { EUR: 1 } }, "floors.EUR"],
    [{ ...ok, floors: { EUR: -0.5 } }, "floors.EUR"],
    [{ ...ok, floors: { eur: 0 } }, "floors.eur"],
    [{ ...ok, floors: [] }, "floors"],
  ];
  for (const [body, field] of cases)
    assert.equal(await refused(400, "POST", "/admin/merchants", body), `invalid: ${field}`);
  assert.equal(await refused(400, "POST", "/admin/merchants", []), "invalid");
  assert.equal(await refused(400, "GET", "/admin/merchants?page=2"), "invalid: page");
  assert.equal(await refused(400, "GET", "/payouts?size=0"), "invalid: size");
  assert.equal(await refused(400, "GET", "/payouts?size=1&size=2"), "invalid: size");
  assert.equal(await refused(400, "GET", "/payouts?from=2026-02-30T12:00Z"), "invalid: from");
  assert.equal(await refused(400, "GET", "/payouts?after=1-99999999999999999999"), "invalid: after");
});

test("a merchant that is not there is not found, whatever stands in its place", async () => {
  for (const id of ["1", "acme", "99999999999999999999", "%00", "-1"]) {
    assert.equal(await refused(404, "GET", `/admin/merchants/${id}`), "unknown_merchant");
    assert.equal(
      await refused(404, "POST", `/admin/merchants/${id}/funds`, { reference: "r", currency: "EUR", amount_minor: 1 }),
      "unknown_merchant",
    );
  }
  assert.equal(await refused(404, "GET", "/nothing"), "unknown_route");
});

test("a merchant is changed by what is given, and its payouts follow", async () => {
  const before = await call(200, "GET", "");
  const approval = { frisbii: true, worldline: true };
  const changed = await call(200, "PATCH", "", { name: "Changed", approval });
  assert.deepEqual(changed, { ...before, name: "Changed", approval });
  assert.equal((await world.commit(accept(merchant, "waits"))).payout.state, "awaiting_approval");
  assert.deepEqual((await call(200, "PATCH", "", { approval: { frisbii: false } })).approval, {
    frisbii: false,
    worldline: true,
  });
  assert.equal(await refused(400, "PATCH", "", { handle: "other" }), "invalid: handle");
  assert.deepEqual((await call(200, "PATCH", "", {})).name, "Changed");
});

test("money is booked once per reference", async () => {
  const first = { reference: "wire-1", currency: "DKK", amount_minor: 500_00 };
  const booked = await call(201, "POST", "/funds", first);
  assert.deepEqual(
    [booked.repeated, booked.balance.available_minor, booked.balance.funding_minor],
    [false, 500_00, -500_00],
  );
  const again = await call(200, "POST", "/funds", first);
  assert.deepEqual([again.repeated, again.balance.available_minor], [true, 500_00]);
  assert.equal(await refused(409, "POST", "/funds", { ...first, amount_minor: 1 }), "reference_reused");
  assert.equal(await refused(409, "POST", "/funds", { ...first, currency: "EUR" }), "reference_reused");
  const back = await call(201, "POST", "/funds", { reference: "wire-2", currency: "DKK", amount_minor: -200_00 });
  assert.equal(back.balance.available_minor, 300_00);
  assert.equal(
    await refused(409, "POST", "/funds", { ...first, reference: "wire-3", amount_minor: -300_01 }),
    "below_floor",
  );
  for (const amount_minor of [0, 1.5, "1", 2 ** 53, null]) {
    assert.equal(await refused(400, "POST", "/funds", { ...first, amount_minor }), "invalid: amount_minor");
  }
});

test("a floor can be moved as far as the balance allows", async () => {
  const set = (floor_minor: number | null) => ["PUT", "/floors", { currency: "SEK", floor_minor }] as const;
  assert.equal((await call(200, ...set(-100))).balance.floor_minor, -100);
  await call(201, "POST", "/funds", { reference: "overdraw", currency: "SEK", amount_minor: -100 });
  assert.equal(await refused(409, ...set(-99)), "below_floor");
  assert.equal((await call(200, ...set(null))).balance.floor_minor, null);
});

test("keys are made, listed without their secrets, and revoked", async () => {
  const key = await call(201, "POST", "/keys", { kind: "frisbii", label: "shop" });
  const other = await call(201, "POST", "/keys", { kind: "worldline" });
  assert.match(key.frisbii.private_key, /^priv_/);
  assert.ok(other.worldline.secret);
  const listed = (await call(200, "GET", "/keys")).keys;
  assert.deepEqual(
    listed.map(({ kind, label }: Json) => [kind, label]),
    [
      ["frisbii", "shop"],
      ["worldline", null],
    ],
  );
  assert.ok(!JSON.stringify(listed).includes(key.frisbii.private_key.slice(5, -4)));
  assert.ok((await call(200, "DELETE", `/keys/${key.id}`)).revoked_at);
  assert.equal(await refused(404, "DELETE", "/keys/1"), "unknown_key");
  assert.equal(await refused(404, "DELETE", "/keys/x"), "unknown_key");
  assert.equal(await refused(400, "POST", "/keys", { kind: "public" }), "invalid: kind");
});

test("agreements are replaced as a whole, and each names what is known", async () => {
  const { agreements } = await call(200, "GET", "/agreements");
  const bank = { id: "cards", rail: "bank", brands: ["visa", "mc"], currencies: ["EUR"], payout: true };
  const put = (...list: object[]) => ["PUT", "/agreements", { agreements: list }] as const;
  assert.deepEqual(await call(200, ...put(bank, ...agreements)), { agreements: [bank, ...agreements] });
  assert.equal(await refused(400, ...put({ ...bank, rail: "pigeon" })), "invalid: agreements[0].rail");
  assert.equal(
    await refused(400, ...put(bank, { ...bank, brands: ["mastercard"] })),
    "invalid: agreements[1].brands[0]",
  );
  assert.equal(
    await refused(400, ...put({ ...bank, currencies: ["EUR", "eu"] })),
    "invalid: agreements[0].currencies[1]",
  );
  assert.equal(await refused(400, ...put(bank, bank)), "invalid: agreements[1].id");
  assert.equal(await refused(400, ...put({ ...bank, note: "x" })), "invalid: agreements[0].note");
  const live = await call(201, "POST", "/admin/merchants", { handle: "live", currency: "EUR", test: false });
  const forLive = { agreements: [{ ...bank, rail: "sandbox" }] };
  assert.equal(
    await refused(400, "PUT", `/admin/merchants/${live.merchant.id}/agreements`, forLive),
    "invalid: agreements[0].rail",
  );
  const all = { id: "all", rail: "bank", payout: true };
  assert.deepEqual(await call(200, ...put(all)), { agreements: [{ ...all, brands: [], currencies: [] }] });
  await call(200, ...put(...agreements));
});

test("a payout is approved, cancelled and told with all that is known of it", async () => {
  const waiting = await world.commit(accept(merchant, "two/steps", { door: "worldline" }));
  const at = "/payouts/two%2Fsteps";
  assert.equal((await call(200, "GET", at)).state, "awaiting_approval");
  const due = new Date(Date.now() + 86_400_000).toISOString();
  const approved = await call(200, "POST", `${at}/approve`, { due_at: due });
  assert.deepEqual([approved.state, approved.due_at], ["queued", due]);
  assert.equal(await refused(409, "POST", `${at}/approve`), "wrong_state");
  assert.equal((await call(200, "POST", `${at}/cancel`)).state, "cancelled");
  assert.equal(await refused(409, "POST", `${at}/cancel`), "wrong_state");
  for (const step of ["", "/approve", "/cancel"]) {
    assert.equal(await refused(404, step === "" ? "GET" : "POST", `/payouts/none${step}`), "unknown_payout");
  }
  const story = await call(200, "GET", at);
  assert.deepEqual(
    story.events.map(({ kind }: Json) => kind),
    ["created", "approved", "cancelled"],
  );
  assert.deepEqual(
    story.entries.map(({ hold, kind }: Json) => [hold, kind]),
    [
      [1, "hold"],
      [1, "release"],
    ],
  );
  assert.deepEqual(story.attempts[0].sends, []);
  assert.equal(story.attempts[0].reference, waiting.attempt.reference);
});

test("an approval that the balance does not cover changes nothing", async () => {
  await world.commit(accept(merchant, "dear", { door: "worldline", amountMinor: 10n ** 12n }));
  assert.equal(await refused(409, "POST", "/payouts/dear/approve"), "insufficient_funds");
  assert.equal((await call(200, "GET", "/payouts/dear")).state, "awaiting_approval");
});

test("what a bank contradicted waits for a person, and goes on when one says so", async () => {
  const sent = await world.commit(accept(merchant, "contradicted"));
  await world.commit(answer(sent, "declined"));
  await world.commit(answer(sent, "paid", { source: "statement" }));
  const [incident] = (await call(200, "GET", "/incidents")).incidents;
  assert.deepEqual([incident.payout, incident.kind, incident.resolved], ["contradicted", "contradiction", null]);
  assert.deepEqual((await call(200, "GET", "/admin/incidents")).incidents, [incident]);
  assert.equal(await refused(400, "POST", "/payouts/contradicted/resolve"), "invalid: reason");
  const resolved = await call(200, "POST", "/payouts/contradicted/resolve", { reason: "asked the bank", by: "ada" });
  assert.equal(resolved.frozen, false);
  assert.deepEqual((await call(200, "GET", "/admin/incidents")).incidents, []);
  const [over] = (await call(200, "GET", "/admin/incidents?state=all")).incidents;
  assert.deepEqual([over.resolved.by, over.resolved.reason], ["ada", "asked the bank"]);
  const story = await call(200, "GET", "/payouts/contradicted");
  assert.deepEqual(story.incidents, [over]);
  assert.deepEqual(
    story.attempts[0].answers.map(({ verdict, source, closes }: Json) => [verdict, source, closes]),
    [
      ["declined", "reply", true],
      ["paid", "statement", false],
    ],
  );
  assert.equal(story.attempts[0].sends.length, 1);
  assert.equal(await refused(409, "POST", "/payouts/contradicted/resolve", { reason: "again" }), "wrong_state");
});

test("an operator states what became of the money, and the books say so", async () => {
  const balance = async () => (await call(200, "GET", "/balances")).balances.find((b: Json) => b.currency === "EUR");
  const before = await balance();
  const sent = await world.commit(accept(merchant, "stated"));
  await world.commit(answer(sent, "unanswered", { rules: { ...rules, class: "neither", fences: false } }));
  const [incident] = (await call(200, "GET", "/incidents")).incidents;
  assert.deepEqual(
    [incident.kind, incident.payout, incident.state, incident.amount_minor, incident.currency],
    ["silence", "stated", "in_doubt", 100_00, "EUR"],
  );
  assert.equal((await call(200, "GET", "/payouts/stated")).next_at, null);
  const at = "/payouts/stated/resolve";
  assert.equal(await refused(400, "POST", at, { reason: "x", outcome: "returned" }), "invalid: outcome");
  const paid = await call(200, "POST", at, { reason: "it is on the bank's statement", outcome: "paid", by: "ada" });
  assert.deepEqual([paid.state, paid.frozen], ["paid", false]);
  const story = await call(200, "GET", "/payouts/stated");
  assert.deepEqual(
    story.attempts[0].answers.map(({ source, verdict, closes }: Json) => [source, verdict, closes]),
    [
      ["reply", "unanswered", false],
      ["operator", "paid", true],
    ],
  );
  const now = await balance();
  assert.deepEqual([now.held_minor, now.paid_out_minor - before.paid_out_minor], [before.held_minor, 100_00]);
});

test("payouts are listed newest first, page by page", async () => {
  for (const handle of ["list-1", "list-2", "list-3"]) await world.commit(accept(merchant, handle));
  const query = "/payouts?handle_prefix=list-&size=2";
  const first = await call(200, "GET", query);
  assert.deepEqual(
    first.payouts.map(({ handle }: Json) => handle),
    ["list-3", "list-2"],
  );
  const second = await call(200, "GET", `${query}&after=${first.next}`);
  assert.deepEqual([second.payouts.map(({ handle }: Json) => handle), second.next], [["list-1"], null]);
  assert.deepEqual(
    (await call(200, "GET", `${query}&state=paid&currency=EUR&customer=customer-1&range=paid`)).payouts,
    [],
  );
  assert.deepEqual((await call(200, "GET", `${query}&to=2020-01-01T00:00Z`)).payouts, []);
});

test("every refusal of the core and every fault at the edge has its words", () => {
  assert.deepEqual(Object.keys(statusOf), Object.keys(refusals));
  const kinds = [
    "too_large",
    "unknown_route",
    "wrong_method",
    "rate",
    "concurrency",
    "overloaded",
    "unavailable",
    "unknown_outcome",
    "broken",
  ] as const;
  const asked = { requestId: "x", method: "PUT" } as never;
  const statuses = kinds.map((kind) => tellFault({ kind }, asked).status);
  assert.deepEqual(statuses, [413, 404, 405, 429, 429, 503, 503, 500, 500]);
  assert.equal(tellFault({ kind: "unreadable", message: "why" }, asked).status, 400);
});

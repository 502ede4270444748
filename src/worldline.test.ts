import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { payoutId } from "./dialects/worldline/payout-id.ts";
import { connectTo, send, signedHeaders, type ConnectKey } from "./testing/connect.ts";
import { Started } from "./testing/started.ts";

let server: Started;
let connect: any;
let me: string;
before(async () => {
  server = await Started.open();
  me = server.demo.worldline.merchant_id;
  connect = connectTo(server.demo.url, server.demo.worldline);
});
after(() => server.remove());

const bank = "bankTransferPayoutMethodSpecificInput";
const card = "cardPayoutMethodSpecificInput";
const iban = { accountHolderName: "Wile E. Coyote", iban: "IT60X0542811101000000123456" };
const amount = (minor: unknown = 2345, currencyCode: unknown = "EUR") => ({ amount: minor, currencyCode });
/** A payout to an IBAN; `more` goes into its bank part. */
const order = (more: object = {}, amountOfMoney: object = amount(), references: object = {}): any => ({
  [bank]: { bankAccountIban: iban, ...more },
  payoutDetails: { amountOfMoney, references },
});
const toCard = (input: object): any => ({ [card]: input, payoutDetails: { amountOfMoney: amount() } });
const visa = { cardNumber: "4111 1111 1111 1111", expiryDate: "1239", cvv: "123", cardholderName: "W. Coyote" };

const inDays = (days: number) =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
const once = (key: string): any => ({ idempotence: { key } });
const stand = ({ body: { status, statusOutput } }: any) => `${status} ${statusOutput.statusCode}`;
/** What an answer refuses: each error as `code` or `code property`. */
const no = ({ status, body }: any) => [
  status,
  ...body.errors.map((error: any) => [error.code, error.propertyName].filter(Boolean).join(" ")),
];

async function create(body: object = order(), context: object = {}): Promise<string> {
  const created = await connect.payouts.create(me, body, context);
  assert.equal(created.status, 201, JSON.stringify(created.body));
  return created.body.id;
}
/** The payout once it stands as it should; what it says meanwhile if it never does. */
async function becomes(id: string, status: string): Promise<any> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const { body } = await connect.payouts.get(me, id, {});
    if (body.status === status) return body;
    assert.ok(performance.now() < deadline, `${id} should be ${status}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
async function merchantWith(handle: string, more: object = {}): Promise<{ id: string; key: ConnectKey; connect: any }> {
  const { status, body } = await server.admin("POST", "/admin/merchants", { handle, currency: "EUR", ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return { id: body.merchant.id, key: body.worldline, connect: connectTo(server.demo.url, body.worldline) };
}
const fund = (merchantId: string, reference: string, currency: string, amount_minor: number) =>
  server.admin("POST", `/admin/merchants/${merchantId}/funds`, { reference, currency, amount_minor });
/** A request by hand, for what the client would not send. */
async function ask(
  method: string,
  target: string,
  body?: string,
  headers: Record<string, string> = {},
  key?: ConnectKey,
) {
  const all = signedHeaders(key ?? server.demo.worldline, method, target, headers);
  const answer = await send(server.demo.url, method, target, all, body);
  assert.match(String(answer.headers["content-type"]), /^application\/json/, `${method} ${target}`);
  return { ...answer, body: JSON.parse(answer.text) };
}
const post = (body: unknown) => ask("POST", `/v1/${me}/payouts`, JSON.stringify(body));

test("a payout is created, got, found, approved and credited", async () => {
  const references = { merchantReference: "Acme-0001", merchantOrderId: 4711, invoiceNumber: "hidden" };
  const created = await connect.payouts.create(me, order({ payoutText: "Payout Acme" }, amount(), references), {});
  const { id } = created.body;
  assert.deepEqual([created.status, stand(created)], [201, "PENDING_APPROVAL 600"]);
  assert.match(id, /^\d{20}000-100001$/);
  assert.ok(id.startsWith(me.padStart(10, "0")));
  assert.deepEqual(created.body.payoutOutput, {
    amountOfMoney: amount(),
    references: { merchantOrderId: 4711, merchantReference: "Acme-0001", paymentReference: "0" },
  });
  assert.deepEqual((await connect.payouts.get(me, id, {})).body, created.body);
  for (const filter of [{ merchantReference: "Acme-0001" }, { merchantOrderId: 4711 }]) {
    const { body } = await connect.payouts.find(me, { ...filter, limit: 10, offset: 0 });
    assert.deepEqual(body, { limit: 10, offset: 0, payouts: [created.body], totalCount: 1 });
  }
  const none = await connect.payouts.find(me, { merchantReference: "acme-0001" });
  assert.deepEqual(none.body, { limit: 10, offset: 0, payouts: [], totalCount: 0 });
  const approved = await connect.payouts.approve(me, id, {}, {});
  assert.deepEqual([approved.status, stand(approved)], [200, "PAYOUT_REQUESTED 800"]);
  const { statusOutput, payoutOutput } = await becomes(id, "ACCOUNT_CREDITED");
  assert.deepEqual([statusOutput.statusCode, statusOutput.isCancellable], [2000, false]);
  assert.equal(payoutOutput.references.providerId, "sandbox");
  assert.ok(!JSON.stringify(approved.body).includes("hidden"));
});

test("the answers to an approve have the members of the reference page, and no others", async () => {
  const id = await create(order({}, amount(), { merchantReference: "AcmeOrder0001" }));
  const wrong = await connect.payouts.approve(me, id, { datePayout: "20260230" }, {});
  const { body } = await connect.payouts.approve(me, id, { datePayout: inDays(2) }, {});
  const { statusCodeChangeDateTime } = body.statusOutput;
  assert.match(statusCodeChangeDateTime, /^20\d{12}$/);
  assert.deepEqual(body, {
    id,
    payoutOutput: {
      amountOfMoney: { amount: 2345, currencyCode: "EUR" },
      references: { merchantReference: "AcmeOrder0001", paymentReference: "0" },
    },
    status: "PAYOUT_REQUESTED",
    statusOutput: {
      isCancellable: true,
      statusCategory: "PENDING_CONNECT_OR_3RD_PARTY",
      statusCode: 800,
      statusCodeChangeDateTime,
    },
  });
  const again = await connect.payouts.approve(me, id, {}, {});
  const golden = (answer: any, error: object) => {
    const { errorId, errors } = answer.body;
    const { requestId, message } = errors[0];
    assert.match(errorId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.match(requestId, /^\d+$/);
    assert.deepEqual(answer.body, {
      errorId,
      errors: [{ ...error, message, requestId, httpStatusCode: answer.status }],
    });
  };
  assert.deepEqual([wrong.status, again.status], [400, 402]);
  const about = { id: "INVALID_FIELD_VALUE", propertyName: "datePayout" };
  golden(wrong, { category: "CONNECT_PLATFORM_ERROR", code: "21000999", ...about });
  golden(again, { category: "PAYMENT_PLATFORM_ERROR", code: "410110", id: "UNKNOWN_ORDER_OR_NOT_PENDING" });
});

test("an approval that is withdrawn takes its date along", async () => {
  const id = await create();
  await connect.payouts.approve(me, id, { datePayout: inDays(3) }, {});
  const withdrawn = await connect.payouts.cancelapproval(me, id, {});
  assert.deepEqual([withdrawn.status, withdrawn.body], [204, null]);
  assert.equal(stand(await connect.payouts.get(me, id, {})), "PENDING_APPROVAL 600");
  assert.deepEqual(no(await connect.payouts.cancelapproval(me, id, {})), [402, "400210"]);
  assert.equal((await connect.payouts.approve(me, id, {}, {})).status, 200);
  await becomes(id, "ACCOUNT_CREDITED");
  for (const late of ["cancelapproval", "cancel"])
    assert.deepEqual(no(await connect.payouts[late](me, id, {})), [402, "400210"], late);
});

test("a payout is cancelled once, and then for good", async () => {
  const id = await create();
  const cancelled = await connect.payouts.cancel(me, id, {});
  assert.deepEqual([cancelled.status, cancelled.body], [204, null]);
  assert.equal(stand(await connect.payouts.get(me, id, {})), "CANCELLED 99999");
  assert.deepEqual(no(await connect.payouts.cancel(me, id, {})), [402, "400210"]);
  assert.deepEqual(no(await connect.payouts.approve(me, id, {}, {})), [402, "410110"]);
});

test("a payout with a date to come waits for it, and can be cancelled meanwhile", async () => {
  for (const [more, datePayout] of [
    [{}, inDays(2)],
    [{ payoutDate: inDays(2) }, undefined],
  ] as const) {
    const id = await create(order(more));
    assert.equal((await connect.payouts.approve(me, id, { datePayout }, {})).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const waits = await connect.payouts.get(me, id, {});
    assert.deepEqual([stand(waits), waits.body.statusOutput.isCancellable], ["PAYOUT_REQUESTED 800", true]);
    assert.deepEqual(no(await connect.payouts.approve(me, id, {}, {})), [402, "410110"]);
    assert.equal((await connect.payouts.cancel(me, id, {})).status, 204);
    assert.equal(stand(await connect.payouts.get(me, id, {})), "CANCELLED 99999");
  }
});

test("every kind of destination is credited: the places of old, a British account, a card, a saved card", async () => {
  const bban = { accountHolderName: "W. Coyote", accountNumber: "31926819", bankCode: "60-16-13" };
  const old = { amountOfMoney: amount(), references: { merchantReference: "of old" } };
  const ways: Record<string, any> = {
    "an IBAN at the top level": { ...old, bankAccountIban: iban, payoutText: "of old", swiftCode: "swift" },
    "a British account at the top level": { ...old, bankAccountBban: bban },
    "a British account": { [bank]: { bankAccountBban: bban }, payoutDetails: { amountOfMoney: amount(999, "GBP") } },
    "a card": toCard({ card: visa, paymentProductId: 1 }),
    "a saved card of Frisbii's": toCard({ token: server.demo.frisbii.card }),
  };
  const ids = await Promise.all(Object.values(ways).map((body) => create(body)));
  await Promise.all(ids.map((id) => connect.payouts.approve(me, id, {}, {})));
  for (const id of ids) await becomes(id, "ACCOUNT_CREDITED");
  assert.equal((await connect.payouts.find(me, { merchantReference: "of%20old" })).body.totalCount, 2);
});

test("what the bank decides later is told: refused for good, for now, or paid and returned", async () => {
  const [hard, soft, back, byCard] = await Promise.all([
    create(order({ payoutText: "sandbox:async-declined=300" })),
    create(order({ payoutText: "sandbox:declined-soft" })),
    create(order({ payoutText: "sandbox:returned=300" })),
    create({ ...toCard({ card: visa }), payoutText: "sandbox:declined" }),
  ]);
  for (const id of [hard, soft, back, byCard]) await connect.payouts.approve(me, id, {}, {});
  const told = async (id: string) => {
    const { statusOutput } = await becomes(id, "REJECTED_CREDIT");
    const { errors, isRetriable, statusCategory, statusCode, isCancellable } = statusOutput;
    assert.deepEqual([statusCategory, isCancellable, errors.length], ["UNSUCCESSFUL", false, 1]);
    return [statusCode, isRetriable, errors[0].code, errors[0].httpStatusCode];
  };
  assert.deepEqual(await told(hard), [2110, false, "430285", 402]);
  assert.deepEqual(await told(soft), [2110, true, "430360", 402]);
  assert.deepEqual(await told(byCard), [2120, false, "430285", 402]);
  const { statusOutput } = await becomes(back, "REVERSED");
  assert.deepEqual([statusOutput.statusCategory, statusOutput.statusCode], ["REVERSED", 2220]);
});

test("an idempotence key makes one payout, whatever the later bodies say", async () => {
  const first = once("key-1");
  const id = await create(order({}, amount(100), { merchantReference: "once" }), first);
  assert.equal(first.idempotence.requestTimestamp, undefined);
  for (const body of [order({}, amount(100), { merchantReference: "once" }), order({}, amount(999))]) {
    const repeat = once("key-1");
    const again = await connect.payouts.create(me, body, repeat);
    assert.deepEqual([again.status, again.body.id, again.body.payoutOutput.amountOfMoney.amount], [201, id, 100]);
    const at = Number(repeat.idempotence.requestTimestamp);
    assert.ok(Math.abs(Date.now() - at) < 60_000, String(at));
  }
  assert.equal((await connect.payouts.find(me, { merchantReference: "once" })).body.totalCount, 1);
  assert.notEqual(await create(order(), once("key-2")), id);
  assert.deepEqual(no(await connect.payouts.create(me, order(), once("x".repeat(41)))), [
    400,
    "21000999 X-GCS-Idempotence-Key",
  ]);
});

test("what happened to a payout since it was created does not change how a repeat is answered", async () => {
  const body = order({ payoutText: "sandbox:declined" });
  const id = await create(body, once("declined later"));
  await connect.payouts.approve(me, id, {}, {});
  await becomes(id, "REJECTED_CREDIT");
  const again = await connect.payouts.create(me, body, once("declined later"));
  assert.deepEqual([again.status, again.body.id, again.body.status], [201, id, "REJECTED_CREDIT"]);
});

test("without approval, what the bank refuses at once is 402, what it refuses later stays 201, and so do their repeats", async () => {
  const quick = await merchantWith("one-step", { approval: { frisbii: false, worldline: false } });
  await fund(quick.id, "start", "EUR", 1_000_000);
  const pay = (payoutText: string, more: object = {}) =>
    quick.connect.payouts.create(quick.key.merchant_id, order({ payoutText, ...more }), once(payoutText));
  const [now, later] = ["sandbox:declined", "sandbox:async-declined=100"] as const;
  const { body: wait } = await pay("sandbox:returned=1", { payoutDate: inDays(2) });
  assert.equal(stand({ body: wait }), "PAYOUT_REQUESTED 800");
  const [refused, accepted] = [await pay(now), await pay(later)];
  assert.deepEqual(
    [no(refused), stand({ body: refused.body.payoutResult })],
    [[402, "430285"], "REJECTED_CREDIT 2110"],
  );
  assert.deepEqual([accepted.status, stand(accepted)], [201, "PAYOUT_REQUESTED 900"]);
  assert.deepEqual((await pay(now)).body.payoutResult, refused.body.payoutResult);
  let again = accepted;
  for (let tries = 0; tries < 200 && again.body.status === "PAYOUT_REQUESTED"; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    again = await pay(later);
  }
  assert.deepEqual([again.status, again.body.id, stand(again)], [201, accepted.body.id, "REJECTED_CREDIT 2110"]);
});

test("repeats at the same moment make one payout too; one that is too early is told so", async () => {
  const references = { merchantReference: "at once" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => connect.payouts.create(me, order({}, amount(), references), once("at once"))),
  );
  const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
  const others = answers.filter(({ status }) => status !== 201).map(no);
  assert.equal(ids.size, 1);
  for (const other of others) assert.deepEqual(other, [409, "1409"]);
  assert.equal((await connect.payouts.find(me, { merchantReference: "at%20once" })).body.totalCount, 1);
});

test("a refused request does not use its key up", async () => {
  const bad = await connect.payouts.create(me, order({}, amount(0)), once("mended"));
  assert.equal(bad.status, 400);
  const mended = once("mended");
  assert.ok(await create(order(), mended));
  assert.equal(mended.idempotence.requestTimestamp, undefined);
});

test("approving under a key is done once, and says when that was", async () => {
  const id = await create();
  const before = Date.now();
  const first = await connect.payouts.approve(me, id, {}, once("approve"));
  assert.equal(first.status, 200);
  await becomes(id, "ACCOUNT_CREDITED");
  const repeat = once("approve");
  const again = await connect.payouts.approve(me, id, {}, repeat);
  assert.deepEqual([again.status, stand(again)], [200, "ACCOUNT_CREDITED 2000"]);
  assert.ok(Math.abs(Number(repeat.idempotence.requestTimestamp) - before) < 60_000);
  assert.deepEqual(no(await connect.payouts.approve(me, id, {}, once("approve anew"))), [402, "410110"]);
});

test("a repeat says when the first request was carried out, whatever happened since", async () => {
  const id = await create();
  /** Carries out a call, and says between which instants. */
  const during = async (call: () => Promise<any>) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const from = Date.now();
    assert.equal((await call()).isSuccess, true);
    return [from, Date.now()] as const;
  };
  const first = [
    await during(() => connect.payouts.approve(me, id, { datePayout: inDays(2) }, once("then"))),
    await during(() => connect.payouts.cancelapproval(me, id, once("back"))),
  ];
  await during(() => connect.payouts.cancel(me, id, {}));
  const again = [once("then"), once("back")];
  assert.equal((await connect.payouts.approve(me, id, {}, again[0])).body.status, "CANCELLED");
  assert.equal((await connect.payouts.cancelapproval(me, id, again[1])).status, 204);
  for (const [index, [from, to]] of first.entries()) {
    const at = Number(again[index].idempotence.requestTimestamp);
    assert.ok(from - 5 <= at && at <= to + 5, `${at} is not from ${from} to ${to}`); // by the database's clock
  }
});

test("a key belongs to one call: others that use it at the same moment are carried out", async () => {
  const ids = await Promise.all([create(), create(), create()]);
  const answers = await Promise.all([
    ...ids.map((id) => connect.payouts.approve(me, id, {}, once("shared"))),
    connect.payouts.create(me, order(), once("shared")),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 201],
  );
});

test("without approval and without money, a create is refused with the payout that was recorded, and again when repeated", async () => {
  const poor = await merchantWith("one-step-poor", { approval: { frisbii: false, worldline: false } });
  const [first, repeat] = [once("poor"), once("poor")];
  const refused = await poor.connect.payouts.create(poor.key.merchant_id, order(), first);
  const again = await poor.connect.payouts.create(poor.key.merchant_id, order(), repeat);
  assert.deepEqual(no(refused), [402, "99000001"]);
  const { payoutResult } = refused.body;
  assert.equal(stand({ body: payoutResult }), "REJECTED 100");
  assert.deepEqual(
    payoutResult.statusOutput.errors.map(({ code }: any) => code),
    ["99000001"],
  );
  assert.deepEqual([no(again), again.body.payoutResult], [[402, "99000001"], payoutResult]);
  assert.equal(first.idempotence.requestTimestamp, undefined);
  assert.match(repeat.idempotence.requestTimestamp, /^\d{13}$/);
  await fund(poor.id, "late", "EUR", 1_000_000);
  const later = await poor.connect.payouts.create(poor.key.merchant_id, order(), once("poor"));
  assert.deepEqual([no(later), later.body.payoutResult.id], [[402, "99000001"], payoutResult.id]);
  const rich = await poor.connect.payouts.create(poor.key.merchant_id, order(), once("rich"));
  assert.deepEqual([rich.status, rich.body.status], [201, "PAYOUT_REQUESTED"]);
});

test("an approval without the money changes nothing, and goes through once the money is there", async () => {
  const poor = await merchantWith("two-step-poor");
  const mine = poor.key.merchant_id;
  const { body } = await poor.connect.payouts.create(mine, order(), {});
  assert.equal(body.status, "PENDING_APPROVAL");
  assert.deepEqual(no(await poor.connect.payouts.approve(mine, body.id, {}, once("a"))), [402, "99000001"]);
  assert.deepEqual((await poor.connect.payouts.get(mine, body.id, {})).body, body);
  await fund(poor.id, "late", "EUR", 2_345);
  const approved = await poor.connect.payouts.approve(mine, body.id, { datePayout: inDays(1) }, once("a"));
  assert.deepEqual([approved.status, stand(approved)], [200, "PAYOUT_REQUESTED 800"]);
  const { body: told } = await server.admin("GET", `/admin/merchants/${poor.id}/balances`);
  const [{ available_minor, held_minor }] = told.balances;
  assert.deepEqual([available_minor, held_minor], [0, 2_345]);
});

test("everything that is missing is told at once, with the path that today's clients use", async () => {
  const money = ["amount", "currencyCode"].map((name) => `20000000 payoutDetails.amountOfMoney.${name}`);
  const account = ["accountHolderName", "iban"].map((name) => `20000000 ${bank}.bankAccountIban.${name}`);
  for (const empty of [{}, { iban: null, accountHolderName: null }])
    assert.deepEqual(no(await post({ [bank]: { bankAccountIban: empty } })), [400, ...money, ...account]);
  assert.deepEqual(no(await post({})), [400, ...money, `20000000 ${bank}`]);
  const half = { [bank]: { bankAccountIban: { accountHolderName: "W. Coyote" } }, payoutDetails: {} };
  assert.deepEqual(no(await connect.payouts.create(me, half, {})), [400, ...money, account[1]]);
  const nothing = { ...toCard({ card: { cvv: "123" } }) };
  const details = ["cardNumber", "expiryDate"].map((name) => `20000000 ${card}.card.${name}`);
  assert.deepEqual(no(await connect.payouts.create(me, nothing, {})), [400, ...details]);
});

test("each field that cannot be right is refused by its path, and its value is not repeated", async () => {
  const path = `payoutDetails.amountOfMoney.amount`;
  const luhn = { ...visa, cardNumber: "4111111111111112" };
  const cases: readonly [body: unknown, ...expected: string[]][] = [
    [toCard({ card: luhn }), `21000020 ${card}.card.cardNumber`],
    [toCard({ card: { ...visa, expiryDate: "0120" } }), `21000120 ${card}.card.expiryDate`],
    [toCard({ card: { ...visa, expiryDate: "1339" } }), `21000120 ${card}.card.expiryDate`],
    [toCard({ card: visa, paymentProductId: 3 }), `21000999 ${card}.paymentProductId`],
    [toCard({ token: `ca_${"0".repeat(32)}` }), `21000999 ${card}.token`],
    [
      order({ bankAccountIban: { ...iban, iban: "IT61X0542811101000000123456" } }),
      `21000999 ${bank}.bankAccountIban.iban`,
    ],
    [{ ...order(), ...toCard({ card: visa }) }, `21000999 ${bank}`],
    [order({ bankAccountBban: { accountNumber: "1" } }), `21000999 ${bank}.bankAccountBban`],
    [order({ payoutDate: "20260230" }), `21000999 ${bank}.payoutDate`],
    [order({}, amount(12345, "JPY")), `21000999 ${path}`],
    [order({}, amount(100, "eur")), `21000999 payoutDetails.amountOfMoney.currencyCode`],
    [order({}, amount(100, "XXX1")), `21000999 payoutDetails.amountOfMoney.currencyCode`],
    ...[0, -1, 1.5, 1e12, "0", "1e3", true, {}, []].map((wrong): [unknown, string] => [
      order({}, amount(wrong)),
      `21000050 ${path}`,
    ]),
    [order({}, amount(), { merchantReference: "x".repeat(31) }), "21000999 payoutDetails.references.merchantReference"],
    [order({}, amount(), { merchantReference: "a\u202eb" }), "21000999 payoutDetails.references.merchantReference"],
    [order({}, amount(), { merchantOrderId: 1e15 }), "21000050 payoutDetails.references.merchantOrderId"],
  ];
  for (const [body, ...expected] of cases) {
    const answer = await post(body);
    assert.deepEqual(no(answer), [400, ...expected], JSON.stringify(body));
    assert.ok(!/4111111111111112|0542811101/.test(answer.text), answer.text);
    assert.equal(answer.body.payoutResult, undefined);
  }
  const text = order({}, amount("100"), { merchantOrderId: "12" });
  const { status, body } = await post({ ...text, unheardOf: { of: [] }, omnichannel: null });
  assert.deepEqual([status, body.payoutOutput.amountOfMoney.amount], [201, 100]);
});

test("yen have no hundredths and dinars have thousandths: both are paid in hundredths", async () => {
  await fund(server.demo.merchant.id, "yen", "JPY", 10_000);
  await fund(server.demo.merchant.id, "dinars", "KWD", 10_000_000_000);
  for (const [money, minor] of [
    [amount(10_000, "JPY"), 100],
    [amount(150, "KWD"), 1_500],
  ] as const) {
    const id = await create(order({}, money));
    await connect.payouts.approve(me, id, {}, {});
    const { payoutOutput } = await becomes(id, "ACCOUNT_CREDITED");
    assert.deepEqual(payoutOutput.amountOfMoney, money);
    const { body } = await server.admin("GET", `/admin/merchants/${server.demo.merchant.id}/payouts/${id}`);
    assert.equal(body.amount_minor, minor, JSON.stringify(body));
  }
});

test("a payout that is unknown or somebody else's is not found, by any call", async () => {
  const other = await merchantWith("a-neighbour");
  const { body } = await other.connect.payouts.create(other.key.merchant_id, order(), {});
  const strange = [payoutId(me, 1), body.id, "123", "nonsense%20", "0".repeat(30), "9".repeat(30), "%F0%9F%92%A9"];
  for (const id of strange) {
    for (const call of ["get", "cancel", "cancelapproval"])
      assert.deepEqual(no(await connect.payouts[call](me, id, {})), [404, "1002 payoutId"], `${call} ${id}`);
    assert.deepEqual(no(await connect.payouts.approve(me, id, {}, {})), [404, "1002 payoutId"], id);
  }
  assert.equal((await other.connect.payouts.get(other.key.merchant_id, body.id, {})).status, 200);
  assert.equal((await other.connect.payouts.find(other.key.merchant_id, {})).body.totalCount, 1);
});

test("whoever is not let in learns why, and nothing else", async () => {
  const other = await merchantWith("another-neighbour");
  const id = await create();
  const get = (key: Omit<ConnectKey, "merchant_id">, merchant = me) =>
    connectTo(server.demo.url, key).payouts.get(merchant, id, {});
  const mine = server.demo.worldline;
  assert.deepEqual(no(await get(other.key)), [403, "9007"]);
  assert.deepEqual(no(await get({ ...mine, secret: `${mine.secret}x` })), [403, "9002"]);
  assert.deepEqual(no(await get({ ...mine, key_id: "0123456789abcdef" })), [403, "9002"]);
  assert.deepEqual(no(await get(mine, "1")), [403, "9007"]);
  const target = `/v1/${me}/payouts/${id}`;
  const at = (ms: number) => ({ date: new Date(Date.now() + ms).toUTCString() });
  assert.equal((await ask("GET", target, undefined, at(-14 * 60_000))).status, 200);
  for (const date of [at(-16 * 60_000), at(16 * 60_000), { date: "yesterday" }, { date: "" }])
    assert.deepEqual(no(await ask("GET", target, undefined, date)), [403, "9002"], date.date);
  for (const authorization of [undefined, "Basic eDp5", "GCS v1HMAC:a:b"]) {
    const answer = await send(server.demo.url, "GET", target, authorization === undefined ? {} : { authorization });
    assert.deepEqual(no({ status: answer.status, body: JSON.parse(answer.text) }), [403, "9002"], authorization);
  }
});

test("a revoked key opens nothing", async () => {
  const path = `/admin/merchants/${server.demo.merchant.id}/keys`;
  const { body } = await server.admin("POST", path, { kind: "worldline" });
  const client = connectTo(server.demo.url, body.worldline);
  assert.equal((await client.services.testconnection(me, {})).body.result, "OK");
  assert.equal((await server.admin("DELETE", `${path}/${body.id}`)).status, 200);
  const deadline = performance.now() + 5_000;
  let answer: any;
  do answer = await client.services.testconnection(me, {});
  while (answer.status === 200 && performance.now() < deadline);
  assert.deepEqual(no(answer), [403, "9002"]);
  assert.equal((await connect.services.testconnection(me, {})).body.result, "OK", "the merchant's other key");
});

test("a base URL that ends in a slash does no harm, whichever way the path was signed", async () => {
  const path = `/v1/${me}/payouts`;
  for (const signed of [path, `/${path}`]) {
    const headers = signedHeaders(server.demo.worldline, "POST", signed);
    const { status, headers: told } = await send(server.demo.url, "POST", `/${path}`, headers, JSON.stringify(order()));
    assert.equal(status, 201, signed);
    assert.match(String(told["location"]), new RegExp(`^${server.demo.url}${path}/\\d{20}000-100001$`));
  }
});

test("who has no key is told what calls there are, and nothing of merchants and payouts", async () => {
  const id = await create();
  const bare = async (method: string, target: string) => (await send(server.demo.url, method, target, {})).status;
  for (const [method, path, status] of [
    ["GET", "/payouts", 403],
    ["POST", "/payouts/:id/cancel", 403],
    ["GET", "/payouts/:id", 403],
    ["DELETE", "/payouts/:id", 405],
    ["GET", "/nothing", 404],
  ] as const) {
    const known = await bare(method, `/v1/${me}${path.replace(":id", id)}`);
    const unknown = await bare(method, `/v1/1${path.replace(":id", payoutId("1", 1))}`);
    assert.deepEqual([known, unknown], [status, status], `${method} ${path}`);
  }
});

test("what is no request of this API is refused in its words, as JSON", async () => {
  const id = await create();
  assert.deepEqual(no(await ask("DELETE", `/v1/${me}/payouts/${id}`)), [405, "99000007"]);
  const put = await ask("PUT", `/v1/${me}/payouts`, "{}");
  assert.deepEqual([no(put), put.headers["allow"]], [[405, "99000007"], "GET, HEAD, POST"]);
  for (const path of ["/nothing", "", "/payouts/", `/payouts/${id}/nothing`, "/payouts/a%"])
    assert.equal((await ask("GET", `/v1/${me}${path}`)).status, 404, path);
  for (const text of ["{", "{}{}", '{"a":1,"a":2}', "\ufeff{}", '"\\ud800"', "[".repeat(50), "1e400"])
    assert.deepEqual(no(await ask("POST", `/v1/${me}/payouts`, text)), [400, "21000999"], text);
  assert.deepEqual(no(await ask("POST", `/v1/${me}/payouts`, `"${"x".repeat(300_000)}"`)), [413, "99000010"]);
  assert.deepEqual(no(await ask("POST", `/v1/${me}/payouts/${id}/approve`, '{"datePayout":')), [400, "21000999"]);
  assert.equal((await connect.payouts.get(me, id, {})).body.status, "PENDING_APPROVAL");
});

test("a query that says nothing or too much is refused, and pages do not overlap", async () => {
  for (const [query, property] of Object.entries({
    "limit=101": "limit",
    "limit=0": "limit",
    "limit=undefined": "limit",
    "offset=-1": "offset",
    "merchantOrderId=x": "merchantOrderId",
    "limit=": "limit",
  })) {
    const [status, error] = no(await ask("GET", `/v1/${me}/payouts?${query}`));
    assert.equal(status, 400, query);
    assert.match(String(error), new RegExp(` ${property}$`), query);
  }
  const references = { merchantReference: "pages" };
  for (let count = 0; count < 5; count += 1) await create(order({}, amount(), references));
  const page = async (offset: number) =>
    (await connect.payouts.find(me, { ...references, limit: 2, offset })).body.payouts.map(({ id }: any) => id);
  const ids = [...(await page(0)), ...(await page(2)), ...(await page(4))];
  assert.deepEqual([ids.length, new Set(ids).size, await page(6)], [5, 5, []]);
});

test("a payout that was created is where the Location header says", async () => {
  const { status, headers, body } = await post(order());
  assert.equal(status, 201);
  assert.equal(headers["location"], `${server.demo.url}/v1/${me}/payouts/${body.id}`);
  assert.equal((await ask("GET", new URL(headers["location"]).pathname)).body.id, body.id);
});

test("a payout of this API is seen in the other one, as far as that one has words for it", async () => {
  const seen = async (id: string) => (await server.call("GET", `/v1/payout/${id}`)).body;
  const id = await create(order({ payoutText: "seen" }, amount(2345)));
  const waiting = await seen(id);
  assert.deepEqual(
    [waiting.handle, waiting.state, waiting.amount, waiting.currency, waiting.transactions],
    [id, "created", 2345, "EUR", []],
  );
  await connect.payouts.approve(me, id, { datePayout: inDays(1) }, {});
  assert.equal((await seen(id)).state, "processing");
  await connect.payouts.cancelapproval(me, id, {});
  await connect.payouts.approve(me, id, {}, {});
  await becomes(id, "ACCOUNT_CREDITED");
  const paid = await seen(id);
  assert.deepEqual([paid.state, paid.transactions.length, paid.transactions[0].state], ["paid", 1, "paid"]);

  const [cancelled, refused] = [await create(), await create(order({ payoutText: "sandbox:declined" }))];
  await connect.payouts.cancel(me, cancelled, {});
  await connect.payouts.approve(me, refused, {}, {});
  await becomes(refused, "REJECTED_CREDIT");
  const failed = async (id: string) => {
    const { state, transactions } = await seen(id);
    return [state, transactions[0].error, transactions[0].error_state];
  };
  assert.deepEqual(await failed(cancelled), ["failed", "cancelled", "hard_declined"]);
  assert.deepEqual(await failed(refused), ["failed", "declined_by_acquirer", "hard_declined"]);

  await fund(server.demo.merchant.id, "much", "EUR", 100_000_000_000);
  for (const money of [amount(2 ** 31), amount(999_999_999_999, "KWD")]) {
    const large = await create(order({}, money));
    assert.equal((await server.call("GET", `/v1/payout/${large}`)).body.code, 137);
  }
});

test("a payout of the other API is found in this one, under an id of its own", async () => {
  const destination = server.demo.frisbii.card;
  const pay = (handle: string, more: object = {}) =>
    server.call("POST", "/v1/payout", { handle, destination, amount: 1_234, currency: "EUR", ...more });
  assert.equal((await pay("from-frisbii")).body.state, "paid");
  const { body } = await connect.payouts.find(me, { limit: 1 });
  const [found] = body.payouts;
  assert.match(found.id, new RegExp(`^${me.padStart(10, "0")}\\d{20}$`));
  assert.equal(stand({ body: found }), "ACCOUNT_CREDITED 2000");
  assert.deepEqual(found.payoutOutput.amountOfMoney, amount(1_234));
  assert.deepEqual((await connect.payouts.get(me, found.id, {})).body, found);
  assert.deepEqual(no(await connect.payouts.approve(me, found.id, {}, {})), [402, "410110"]);
  assert.deepEqual(no(await connect.payouts.cancel(me, found.id, {})), [402, "400210"]);
  assert.deepEqual(no(await connect.payouts.get(me, "from-frisbii", {})), [404, "1002 payoutId"]);
  const before = body.totalCount;
  assert.equal((await pay("a-third-decimal", { currency: "KWD", amount: 1_001 })).body.state, "paid");
  assert.equal((await connect.payouts.find(me, {})).body.totalCount, before, "two decimals cannot tell it");
  await pay("two-decimals-tell-it", { currency: "KWD", amount: 1_010 });
  assert.equal((await connect.payouts.find(me, {})).body.totalCount, before + 1);
  assert.equal((await connect.payouts.find(me, { limit: 1, offset: before })).body.payouts.length, 1);
  assert.equal((await connect.payouts.find(me, { offset: before + 1 })).body.payouts.length, 0);
});

test("after all of that the books are right", async () => {
  const { code, out } = await server.command("check");
  assert.equal(code, 0, out);
});

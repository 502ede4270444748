import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { codes, type Code } from "./dialects/worldline/codes.ts";
import { convert } from "./dialects/worldline/convert-amount.ts";
import { Turns } from "./dialects/worldline/turns.ts";
import { connectTo } from "./testing/connect.ts";
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

/** What an answer refuses: its status, and each error as `code property`. */
const no = ({ status, body }: any) => [
  status,
  ...body.errors.map((error: any) => [error.code, error.propertyName].filter(Boolean).join(" ")),
];
const operator = (method: string, path: string, body?: object) =>
  server.admin(method, `/admin/merchants/${server.demo.merchant.id}${path}`, body);
async function another(handle: string): Promise<{ me: string; connect: any }> {
  const { body } = await server.admin("POST", "/admin/merchants", { handle, currency: "EUR" });
  return { me: body.worldline.merchant_id, connect: connectTo(server.demo.url, body.worldline) };
}

test("amounts are converted by the merchant's own rates, each direction on its own", async () => {
  const converted = async (source: string, target: string, amount: number | string) => {
    const told = await connect.services.convertAmount(me, { source, target, amount });
    return told.isSuccess ? told.body : no(told);
  };
  assert.deepEqual(await converted("EUR", "USD", 100), { convertedAmount: 108 });
  assert.deepEqual(await converted("EUR", "USD", 10_000), { convertedAmount: 10_823 });
  assert.deepEqual(await converted("JPY", "JPY", 1_001), { convertedAmount: 1_001 });
  assert.deepEqual(await converted("EUR", "USD", 0), { convertedAmount: 0 });
  assert.deepEqual(await converted("USD", "EUR", 100), [400, "21000999 target"]);
  assert.deepEqual(await converted("EUR", "XXY", 100), [400, "21000999 target"]);
  assert.deepEqual(await converted("EUR", "USD", -1), [400, "21000050 amount"]);
  assert.deepEqual(await converted("EUR", "USD", "1.5"), [400, "21000050 amount"]);
  assert.deepEqual(no(await connect.services.convertAmount(me, {})), [
    400,
    "20000000 source",
    "20000000 target",
    "20000000 amount",
  ]);
  const other = await another("no-rates");
  const rateless = await other.connect.services.convertAmount(other.me, { source: "EUR", target: "USD", amount: 1 });
  assert.deepEqual(no(rateless), [400, "21000999 target"]);
});

test("the operator sets, lists and removes rates", async () => {
  const shown = async () =>
    (await operator("GET", "/rates")).body.rates.map(({ source, target, rate }: any) => `${source} ${target} ${rate}`);
  assert.deepEqual(await shown(), ["EUR USD 1.0823"]);
  const set = await operator("PUT", "/rates", { source: "EUR", target: "JPY", rate: "161.50" });
  assert.deepEqual([set.status, set.body.rate], [200, "161.50"]);
  await operator("PUT", "/rates", { source: "EUR", target: "JPY", rate: "0.000000000001" });
  const small = await connect.services.convertAmount(me, { source: "EUR", target: "JPY", amount: 999_999_999_999 });
  assert.equal(small.body.convertedAmount, 1);
  await operator("PUT", "/rates", { source: "EUR", target: "JPY", rate: "999999999999" });
  const large = await connect.services.convertAmount(me, { source: "EUR", target: "JPY", amount: 999_999_999_999 });
  assert.deepEqual(no(large), [400, "21000999 amount"]);
  assert.deepEqual(await shown(), ["EUR JPY 999999999999", "EUR USD 1.0823"]);
  const pair = { source: "EUR", target: "JPY" };
  assert.equal((await operator("DELETE", "/rates", pair)).status, 200);
  const gone = await operator("DELETE", "/rates", pair);
  assert.deepEqual([gone.status, gone.body.error.code], [404, "unknown_rate"]);
  for (const rate of ["0", "0.00", "1e3", "-1", "1,5", ".5", "01", 1.5, "1.0000000000001", "1000000000000", null]) {
    const { status, body } = await operator("PUT", "/rates", { ...pair, rate });
    assert.deepEqual([status, body.error.field], [400, "rate"], String(rate));
  }
  const same = await operator("PUT", "/rates", { source: "EUR", target: "EUR", rate: "1" });
  assert.deepEqual([same.status, same.body.error.field], [400, "target"]);
});

test("converting is exact, and rounds half up", () => {
  assert.equal(convert(1, "0.5"), 1);
  assert.equal(convert(1, "0.499999999999"), 0);
  assert.equal(convert(3, "1.5"), 5);
  assert.equal(convert(333, "1.005"), 335); // 334.665
  assert.equal(convert(100, "1.005"), 101); // 100.5, which a float would make 100.49999
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.nat(999_999), fc.nat(6), (amount, digits, places) => {
      const text = String(digits).padStart(places + 1, "0");
      const rate = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
      const converted = BigInt(convert(amount, rate)!);
      const off = 2n * (BigInt(amount) * BigInt(digits) - converted * 10n ** BigInt(places));
      assert.ok(-(10n ** BigInt(places)) <= off && off < 10n ** BigInt(places), `${amount} at ${rate}: ${converted}`);
    }),
  );
});

test("an account is told in both forms, and of a card's first digits its product", async () => {
  const both = {
    bankAccountBban: { bankCode: "37040044", accountNumber: "0532013000", countryCode: "DE" },
    bankAccountIban: { iban: "DE89370400440532013000" },
  };
  const { bankAccountBban, bankAccountIban } = both;
  for (const given of [both, { bankAccountBban }, { bankAccountIban }]) {
    const told = await connect.services.bankaccount(me, given);
    assert.deepEqual([told.status, told.body], [200, both]);
  }
  assert.deepEqual(no(await connect.services.bankaccount(me, {})), [400, "20000000 bankAccountIban"]);
  const turkish = { bankAccountIban: { iban: "TR330006100519786457841326" } };
  assert.deepEqual(no(await connect.services.bankaccount(me, turkish)), [404, "99000004 bankAccountIban.iban"]);

  const details = await connect.services.getIINdetails(me, { bin: "424242" });
  assert.deepEqual([details.status, details.body], [200, { paymentProductId: 1, countryCode: "99" }]);
  assert.deepEqual(no(await connect.services.getIINdetails(me, { bin: "000000" })), [404, "99000005 bin"]);
  assert.deepEqual(no(await connect.services.getIINdetails(me, { bin: "4242" })), [400, "21000050 bin"]);
});

const cardOf = (cardNumber: string, expiryDate = "1239", more: object = {}): any => ({
  paymentProductId: 1,
  card: { data: { cardWithoutCvv: { cardNumber, expiryDate, ...more } } },
});
const tokenOf = async (cardNumber: string): Promise<string> => {
  const { status, body } = await connect.tokens.create(me, cardOf(cardNumber));
  assert.equal(status, 201, JSON.stringify(body));
  return body.token;
};
const payTo = (token: string, by = connect, from = me): Promise<any> =>
  by.payouts.create(from, {
    cardPayoutMethodSpecificInput: { token },
    payoutDetails: { amountOfMoney: { amount: 1_250, currencyCode: "EUR" } },
  });
async function credited(token: string): Promise<any> {
  const { status, body } = await payTo(token);
  assert.equal(status, 201, JSON.stringify(body));
  await connect.payouts.approve(me, body.id, {});
  for (let tries = 0; tries < 200; tries += 1) {
    const { body: told } = await connect.payouts.get(me, body.id);
    if (told.status === "ACCOUNT_CREDITED") return told;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail(`${body.id} is not credited`);
}

test("a card becomes a token, the same card the same token, and the token shows no more than four digits", async () => {
  const created = await connect.tokens.create(me, cardOf("4111 1111 1111 1111", "1239", { cardholderName: "Ann" }));
  assert.deepEqual([created.status, created.body.isNewToken], [201, true]);
  const { token } = created.body;
  assert.match(token, /^ca_[0-9a-f]{32}$/);
  const again = await connect.tokens.create(me, cardOf("4111111111111111", "1140"));
  assert.deepEqual([again.status, again.body], [200, { token, isNewToken: false }]);
  const told = await connect.tokens.get(me, token);
  const cardNumber = "************1111";
  const kept = { cardNumber, expiryDate: "1239" }; // as it was: the second request changed nothing
  assert.deepEqual(told.body, {
    id: token,
    paymentProductId: 1,
    card: { alias: cardNumber, data: { cardWithoutCvv: kept } },
  });
  const other = await another("other-tokens");
  assert.deepEqual(no(await other.connect.tokens.get(other.me, token)), [404, "99000003 tokenId"]);
  const theirs = await other.connect.tokens.create(other.me, cardOf("4111111111111111"));
  assert.equal(theirs.status, 201);
  assert.notEqual(theirs.body.token, token);
  assert.deepEqual(no(await payTo(token, other.connect, other.me)), [
    400,
    "21000999 cardPayoutMethodSpecificInput.token",
  ]);
});

test("many requests for one new card at once get one token", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => connect.tokens.create(me, cardOf("4000000000000002"))),
  );
  assert.equal(new Set(answers.map(({ body }) => body.token)).size, 1);
  assert.deepEqual(
    answers.map(({ status }) => status).filter((status) => status === 201),
    [201],
  );
});

test("turns go on after one that failed, and other names do not wait", async () => {
  const turns = new Turns();
  const order: string[] = [];
  const slow = turns.take("a", async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("first");
    throw new Error("first");
  });
  const next = turns.take("a", async () => void order.push("second"));
  await turns.take("b", async () => void order.push("other"));
  await assert.rejects(slow, /first/);
  await next;
  assert.deepEqual(order, ["other", "first", "second"]);
});

test("what is wrong with a token's card is told by its place, and only cards are kept", async () => {
  const place = "card.data.cardWithoutCvv";
  const refused = async (body: any) => no(await connect.tokens.create(me, body));
  assert.deepEqual(await refused({ paymentProductId: 1 }), [400, `20000000 ${place}`]);
  assert.deepEqual(await refused(cardOf("4111111111111112", "0120")), [
    400,
    `21000020 ${place}.cardNumber`,
    `21000120 ${place}.expiryDate`,
  ]);
  assert.deepEqual(await refused(cardOf("5500000000000004")), [400, "21000999 paymentProductId"]);
  assert.deepEqual(await refused({ paymentProductId: 1, encryptedCustomerInput: "abc" }), [
    400,
    "21000999 encryptedCustomerInput",
  ]);
  const iban = { iban: "DE89370400440532013000" };
  for (const [group, content] of [
    ["eWallet", { alias: "a" }],
    ["nonSepaDirectDebit", { mandate: { paymentProduct705SpecificData: { authorisationId: "1" } } }],
    ["sepaDirectDebit", { mandate: { bankAccountIban: iban } }],
  ] as const) {
    assert.deepEqual(await refused({ paymentProductId: 770, [group]: content }), [400, `21000999 ${group}`]);
  }
  assert.deepEqual(no(await connect.tokens.approvesepadirectdebit(me, "ca_x", { mandateSigned: true })), [
    404,
    "99000006",
  ]);
});

test("a renewed token has its new date, is paid on, and the payouts made before stay with it", async () => {
  const token = await tokenOf("4012888888881881");
  const before = await credited(token);
  const expiry = async () => (await connect.tokens.get(me, token)).body.card.data.cardWithoutCvv.expiryDate;
  const renewed = await connect.tokens.update(me, token, cardOf("4012 8888 8888 1881", "0841"));
  assert.deepEqual([renewed.status, renewed.body], [204, null]);
  assert.equal(await expiry(), "0841");
  assert.equal((await connect.tokens.update(me, token, cardOf("4012888888881881", "0841"))).status, 204);
  const place = "card.data.cardWithoutCvv";
  const other = await connect.tokens.update(me, token, cardOf("4111111111111111", "0841"));
  assert.deepEqual(no(other), [400, `21000999 ${place}.cardNumber`]);
  const past = await connect.tokens.update(me, token, cardOf("4012888888881881", "0120"));
  assert.deepEqual(no(past), [400, `21000120 ${place}.expiryDate`]);
  assert.equal(await expiry(), "0841");
  await credited(token);
  assert.equal((await connect.payouts.get(me, before.id)).body.status, "ACCOUNT_CREDITED");
  const { code, out } = await server.command("check");
  assert.equal(code, 0, out);
});

test("a deleted token is gone for good, and its card can be kept anew", async () => {
  const token = await tokenOf("4242424242424242");
  const wrong = await connect.tokens.remove(me, token, { mandateCancelDate: "20260230" });
  assert.deepEqual(no(wrong), [400, "21000999 mandateCancelDate"]);
  const removed = await connect.tokens.remove(me, token, { mandateCancelDate: "20260228" });
  assert.deepEqual([removed.status, removed.body], [204, null]);
  const unknown = [404, "99000003 tokenId"];
  assert.deepEqual(no(await connect.tokens.get(me, token)), unknown);
  assert.deepEqual(no(await connect.tokens.remove(me, token)), unknown);
  assert.deepEqual(no(await connect.tokens.update(me, token, cardOf("4242424242424242"))), unknown);
  assert.deepEqual(no(await connect.tokens.get(me, "123")), unknown);
  assert.deepEqual(no(await payTo(token)), [400, "21000999 cardPayoutMethodSpecificInput.token"]);
  assert.notEqual(await tokenOf("4242424242424242"), token);
});

test("both APIs see the same saved cards", async () => {
  const token = await tokenOf("4000056655665556");
  const path = `/v1/payment_method/${token}`;
  const { status, body } = await server.call("GET", path);
  assert.deepEqual([status, body.id, body.state, body.card.exp_date], [200, token, "active", "12-39"]);
  assert.match(body.customer, /^cst_[0-9a-f]{32}$/);
  const listed = await server.call("GET", `/v1/list/payment_method?customer=${body.customer}`);
  assert.deepEqual(
    listed.body.content.map(({ id }: any) => id),
    [token],
  );
  assert.deepEqual((await server.call("GET", `/v1/customer/${body.customer}`)).status, 404);

  const payout = await credited(token);
  const found = await server.call("GET", `/v1/payout/${payout.id}`);
  assert.deepEqual([found.body.customer, found.body.transactions[0].card.id], [body.customer, token]);
  const pay = { handle: "to-a-token", destination: token, amount: 100, currency: "EUR" };
  const refused = await server.call("POST", "/v1/payout", pay);
  assert.deepEqual([refused.status, refused.body.code], [404, 9]);

  await server.call("POST", `${path}/inactivate`);
  assert.deepEqual(no(await payTo(token)), [400, "21000999 cardPayoutMethodSpecificInput.token"]);
  assert.equal((await connect.tokens.create(me, cardOf("4000056655665556"))).status, 201, "it cannot be paid");

  const saved = server.demo.frisbii.card;
  const told = await connect.tokens.get(me, saved);
  assert.deepEqual([told.body.id, told.body.card.alias], [saved, "************1111"]);
  await credited(saved);
  assert.equal((await connect.tokens.update(me, saved, cardOf("4111111111111111", "0142"))).status, 204);
  assert.equal((await server.call("GET", `/v1/payment_method/${saved}`)).body.card.exp_date, "01-42");
  assert.equal((await server.command("check")).code, 0);
});

test("docs/dialects.md has every code with its id and status, or, of a decline, with its message", () => {
  const text = readFileSync(new URL("../docs/dialects.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row]) => row!.split("|").map((cell) => cell.trim()));
  for (const { code, http, id, message = id } of Object.values<Code>(codes)) {
    const told = rows.some(
      ([first, second, third]) =>
        (first === `\`${code}\`` && second === `\`${id}\`` && third === String(http)) ||
        (second?.startsWith(`\`${code}\``) === true && third === `\`${message}\``),
    );
    assert.ok(told, `${http} ${code} ${id}`);
  }
});

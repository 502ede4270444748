import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Started } from "./testing/started.ts";

let server: Started;
before(async () => {
  server = await Started.open();
});
after(() => server.remove());

const no = async (method: string, path: string, body?: object): Promise<string> => {
  const { status, body: told } = await server.call(method, path, body);
  return `${status}/${told?.code}`;
};
const cardToken = async (number = "4111111111111111", cvv = "123"): Promise<string> =>
  (await server.call("POST", "/sandbox/card-tokens", { number, cvv, exp_month: 12, exp_year: 2039 })).body.id;
const saveCard = async (customer: string, number?: string): Promise<string> =>
  (await server.call("POST", "/v1/payment_method", { source: await cardToken(number), customer_handle: customer })).body
    .id;
const newCustomer = (handle: string, more: object = {}) => server.call("POST", "/v1/customer", { handle, ...more });
const pay = (handle: string, destination: string, more: object = {}) =>
  server.call("POST", "/v1/payout", { handle, destination, amount: 500, currency: "EUR", ...more });

test("a customer is changed: what is absent stays, an empty text goes, the rest is fixed", async () => {
  await newCustomer("change", { first_name: "Per", email: "per@example.com", metadata: { a: 1 } });
  const { status, body } = await server.call("PUT", "/v1/customer/change", {
    last_name: "Ø",
    email: "",
    phone: null,
    handle: "another",
    metadata: { b: 2 },
  });
  assert.deepEqual(
    [status, body.handle, body.first_name, body.last_name, body.email],
    [200, "change", "Per", "Ø", undefined],
  );
  assert.deepEqual((await server.call("GET", "/v1/customer/change/metadata")).body, { a: 1 });
  assert.equal(await no("PUT", "/v1/customer/nobody", {}), "404/9");
  assert.equal(await no("PUT", "/v1/customer/change", { email: "no address" }), "422/1");
  assert.equal(await no("PUT", "/v1/customer/change", { first_name: "\u202eevil" }), "422/1");
  assert.equal(await no("PUT", "/v1/customer/change", { first_name: "x".repeat(256) }), "422/1");
  assert.equal(await no("PUT", "/v1/customer/change", { debtor_id: "7" }), "422/1");
});

test("a debtor id belongs to one customer for good, and to nobody once that one is deleted", async () => {
  await newCustomer("debtor-1", { debtor_id: 4711 });
  await newCustomer("debtor-2");
  assert.equal((await newCustomer("debtor-3", { debtor_id: 4711 })).body.code, 161);
  assert.equal(await no("GET", "/v1/customer/debtor-3"), "404/9", "nothing of it is left");
  assert.equal(await no("PUT", "/v1/customer/debtor-2", { debtor_id: 4711 }), "400/161");
  assert.equal(await no("PUT", "/v1/customer/debtor-1", { debtor_id: 4712 }), "400/162");
  assert.equal((await server.call("PUT", "/v1/customer/debtor-1", { debtor_id: 4711 })).status, 200);
  assert.equal((await server.call("PUT", "/v1/customer/debtor-2", { debtor_id: 4712 })).body.debtor_id, 4712);
  assert.equal((await server.call("GET", "/v1/list/customer?debtor_id=4712")).body.content[0].handle, "debtor-2");
  await server.call("DELETE", "/v1/customer/debtor-1");
  assert.equal((await newCustomer("debtor-3", { debtor_id: 4711 })).status, 200);
});

test("ten who ask for one debtor id at once: one gets it", async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => newCustomer(`crowd-${at}`, { debtor_id: 99 })),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ body }) => body.code === 161).length, 9);
});

test("metadata is the merchant's own map, whole or not at all", async () => {
  await newCustomer("meta");
  assert.deepEqual((await server.call("GET", "/v1/customer/meta/metadata")).body, {});
  const map = { "a b": [1, null, { c: "ø" }], d: true };
  assert.deepEqual((await server.call("PUT", "/v1/customer/meta/metadata", map)).body, map);
  assert.deepEqual((await server.call("GET", "/v1/customer/meta/metadata")).body, map);
  assert.deepEqual(await server.call("DELETE", "/v1/customer/meta/metadata"), {
    status: 200,
    body: undefined,
    text: "",
  });
  assert.deepEqual((await server.call("GET", "/v1/customer/meta/metadata")).body, {});
  assert.equal(await no("PUT", "/v1/customer/meta/metadata", [1]), "422/1");
  assert.equal(await no("PUT", "/v1/customer/meta/metadata"), "422/1");
  assert.equal(await no("GET", "/v1/customer/nobody/metadata"), "404/9");
  assert.equal(await no("PUT", "/v1/customer/nobody/metadata", {}), "404/9");
});

test("a deleted customer has lost all but its handle, which nobody gets again", async () => {
  const details = { first_name: "Gone", email: "gone@example.com", metadata: { secret: 1 }, debtor_id: 5 };
  await newCustomer("gone", details);
  const card = await saveCard("gone");
  const { status, body } = await server.call("DELETE", "/v1/customer/gone");
  assert.deepEqual([status, body.handle, body.email, body.debtor_id], [200, "gone", undefined, undefined]);
  assert.ok(body.deleted);
  assert.deepEqual((await server.call("GET", "/v1/customer/gone")).body, body);
  assert.equal((await server.call("GET", `/v1/payment_method/${card}`)).body.state, "deleted");
  assert.equal(await no("DELETE", "/v1/customer/gone"), "400/71");
  assert.equal(await no("PUT", "/v1/customer/gone", {}), "400/71");
  assert.equal(await no("GET", "/v1/customer/gone/metadata"), "400/71");
  assert.equal(await no("POST", "/v1/customer", { handle: "gone" }), "400/11");
  assert.equal((await pay("to-gone", card)).body.code, 71);
  assert.equal((await pay("to-gone", await cardToken(), { customer_handle: "gone" })).body.code, 71);
  assert.equal((await server.call("GET", "/v1/list/customer?handle=gone")).body.count, 0);
  assert.equal(await no("DELETE", "/v1/customer/nobody"), "404/9");
});

test("a customer whose payout is under way is not deleted; when it is over, it is", async () => {
  await newCustomer("busy");
  const at = `/admin/merchants/${server.demo.merchant.id}`;
  await server.admin("PATCH", at, { approval: { frisbii: true, worldline: true } });
  assert.equal((await pay("busy-1", await saveCard("busy"))).body.state, "processing", "it waits for approval");
  await server.admin("PATCH", at, { approval: { frisbii: false, worldline: true } });
  const refused = await server.call("DELETE", "/v1/customer/busy");
  assert.deepEqual([refused.status, refused.body.code], [400, 74]);
  assert.match(refused.body.message, /payouts that are not over/);
  assert.equal((await server.admin("POST", `${at}/payouts/busy-1/cancel`)).status, 200);
  assert.equal((await server.call("DELETE", "/v1/customer/busy")).status, 200);
});

test("a failed payout of a deleted customer is not tried again", async () => {
  await newCustomer("failed");
  const { body } = await pay("failed-1", await saveCard("failed"), { text: "sandbox:declined" });
  assert.equal(body.state, "failed");
  await server.call("DELETE", "/v1/customer/failed");
  assert.equal((await pay("failed-1", await cardToken(), { text: "again" })).body.code, 71);
});

test("payouts and a deletion at the same moment: no payout is under way for a customer that is gone", async () => {
  await newCustomer("race");
  const card = await saveCard("race");
  const asked = Array.from({ length: 20 }, (_, at) => pay(`race-${at}`, card, { text: "sandbox:declined" }));
  const deleted = server.call("DELETE", "/v1/customer/race");
  const answers = await Promise.all(asked);
  const over = (await deleted).status === 200;
  for (const { status, body } of answers) assert.ok(status === 200 || [71, 40].includes(body.code), body.code);
  if (over) assert.equal((await pay("race-after", card)).body.code, 71);
  const { code, out } = await server.command("check");
  assert.equal(code, 0, out);
});

test("customers are listed by everything that is kept of them", async () => {
  await newCustomer("list@1", {
    first_name: "Søren",
    last_name: "Kierke",
    email: "Soren@Example.com",
    company: "Or",
    vat: "DK1",
    address: "Nytorv 1",
    address2: "2. th",
    postal_code: "1450",
    city: "København",
    country: "DK",
    phone: "+45",
    debtor_id: 812,
  });
  await newCustomer("list@2", { first_name: "Regine", email: "regine@example.com" });
  const count = async (query: string): Promise<string> =>
    (await server.call("GET", `/v1/list/customer?${query}`)).body.content
      .map(({ handle }: any) => handle)
      .filter((handle: string) => handle.startsWith("list@"))
      .sort()
      .join(" ");
  for (const query of [
    "handle=list@1",
    "handle_contains=t@1",
    "name=ren%20kier",
    "email=soren@example.com",
    "email_prefix=SOREN",
    "first_name=s%C3%B8ren",
    "last_name=Kierke",
    "address=Nytorv%201",
    "address2=2.%20th",
    "postal_code=1450",
    "city=k%C3%B8benhavn",
    "country=DK",
    "phone=%2B45",
    "company=or",
    "vat=DK1",
    "debtor_id=812",
  ])
    assert.equal(await count(query), "list@1", query);
  assert.equal(await count("handle_prefix=list@"), "list@1 list@2");
  assert.equal(await count("first_name=%27%20or%201=1"), "");
  assert.equal(await no("GET", "/v1/list/customer?debtor_id=x"), "422/1");
  assert.equal(await no("GET", "/v1/list/customer?size=5"), "422/1");
  assert.equal(await no("GET", "/v1/list/customer?email=%E2%80%AE"), "422/1");

  await Promise.all(Array.from({ length: 12 }, (_, at) => newCustomer(`page.${"x".repeat(240)}@${at}`)));
  const first = (await server.call("GET", "/v1/list/customer?size=10&handle_prefix=page.")).body;
  assert.equal(first.count, 10);
  const token = encodeURIComponent(first.next_page_token);
  const second = (await server.call("GET", `/v1/list/customer?size=10&handle_prefix=page.&next_page_token=${token}`))
    .body;
  assert.equal(new Set([...first.content, ...second.content].map(({ handle }) => handle)).size, 12);
});

test("the list of old clients counts pages, searches and sorts", async () => {
  for (const [handle, name] of [
    ["old-1", "Bea Old"],
    ["old-2", "Abel Old"],
  ])
    await newCustomer(handle!, { first_name: name! });
  const { body } = await server.call("GET", "/v1/customer?search=OLD&sort=first_name&size=1&page=2");
  assert.deepEqual(
    [body.page, body.size, body.count, body.search, body.sort, body.total_elements, body.total_pages],
    [2, 1, 1, "OLD", "first_name", 2, 2],
  );
  assert.equal(body.content[0].handle, "old-1");
  assert.equal((await server.call("GET", "/v1/customer")).body.size, 20);
  for (const query of ["page=0", "size=101", "sort=details", "sort=created;drop", "page=1e3"])
    assert.equal(await no("GET", `/v1/customer?${query}`), "422/1", query);
});

test("a card is verified by its state and the agreements", async () => {
  await newCustomer("verify");
  const card = await saveCard("verify");
  const verify = (body: object = {}) => server.call("POST", `/v1/payment_method/${card}/card/verify`, body);
  const { body } = await verify({ currency: "EUR" });
  assert.deepEqual([body.customer, body.state, body.provider, body.error], ["verify", "accepted", "test", undefined]);
  assert.match(body.id, /^[0-9a-f]{32}$/);
  await server.call("POST", `/sandbox/payment-methods/${card}/state`, { state: "failed" });
  assert.equal((await verify()).body.state, "hard_declined");
  assert.equal(await no("POST", `/v1/payment_method/${card}/card/verify`, { currency: "nope" }), "422/1");
  assert.equal(await no("POST", `/v1/payment_method/ca_${"0".repeat(32)}/card/verify`), "404/40");

  const { id } = server.demo.merchant;
  const sandbox = { id: "sandbox", rail: "sandbox", brands: [], currencies: [], payout: true };
  assert.equal(
    (
      await server.admin("PUT", `/admin/merchants/${id}/agreements`, {
        agreements: [{ ...sandbox, currencies: ["EUR"] }],
      })
    ).status,
    200,
  );
  assert.equal(
    await no("POST", `/v1/payment_method/${server.demo.frisbii.card}/card_copy`, { currency: "DKK" }),
    "400/139",
  );
  await server.admin("PUT", `/admin/merchants/${id}/agreements`, { agreements: [sandbox] });
});

test("a failed card is reactivated, and only a failed one", async () => {
  await newCustomer("again");
  const card = await saveCard("again");
  assert.equal(await no("POST", `/v1/payment_method/${card}/card_reactivate`), "400/1");
  await server.call("POST", `/sandbox/payment-methods/${card}/state`, { state: "failed" });
  assert.ok((await server.call("GET", `/v1/payment_method/${card}`)).body.failed);
  const listed = (query: string) => server.call("GET", `/v1/list/payment_method?customer=again&${query}`);
  assert.equal((await listed(`failed=${encodeURIComponent("[2020-01-01;)")}`)).body.count, 1);
  assert.equal((await listed(`failed=${encodeURIComponent("[;2020-01-01]")}`)).body.count, 0);
  const { body } = await server.call("POST", `/v1/payment_method/${card}/card_reactivate`);
  assert.deepEqual([body.state, body.failed], ["active", undefined]);
});

test("a card is copied to another customer, known or new, and moves nowhere", async () => {
  await newCustomer("copy-from");
  await newCustomer("copy-to");
  const card = await saveCard("copy-from");
  const path = `/v1/payment_method/${card}`;
  const copied = (await server.call("POST", `${path}/card_copy`, { customer_handle: "copy-to", reference: "r" })).body;
  assert.deepEqual([copied.customer, copied.state, copied.reference], ["copy-to", "active", "r"]);
  assert.notEqual(copied.id, card);
  const twin = (await server.call("POST", `${path}/card_copy`, { customer: { handle: "copy-new" } })).body;
  assert.equal(twin.customer, "copy-new");
  assert.equal(twin.card.fingerprint, copied.card.fingerprint);
  assert.equal((await server.call("POST", `${path}/card_copy`)).body.customer, "copy-from");
  assert.equal(await no("POST", `${path}/card_copy`, { customer_handle: "nobody" }), "404/9");
  assert.equal(await no("POST", `${path}/card_copy`, { customer: { handle: "copy-new" } }), "400/11");
  assert.equal((await pay("to-copy", copied.id)).body.state, "paid");
  assert.equal((await server.call("POST", `${path}/card_move`, { agreement: "sandbox" })).body.id, card);
  assert.equal(await no("POST", `${path}/card_move`, { agreement: "other" }), "404/55");
  await server.call("POST", `${path}/inactivate`);
  assert.equal(await no("POST", `${path}/card_copy`), "400/42");
  assert.equal(await no("POST", `${path}/card_move`), "400/42");
});

test("of a card and of a token is told what is known, and nothing is guessed", async () => {
  await newCustomer("facts");
  const token = await cardToken("5019100000000006");
  const path = `/v1/payment_method/card_token/${token}/details`;
  const expected = {
    card_type: "dankort",
    transaction_card_type: "dankort",
    payment_type: "card",
    exp_month: 12,
    exp_year: 39,
    masked_card_number: "501910XXXXXX0006",
  };
  const { fingerprint, ...told } = (await server.call("GET", path)).body;
  assert.deepEqual(told, expected);
  assert.match(fingerprint, /^cst_/);
  assert.equal(await no("GET", `/v1/payment_method/card_token/ct_${"0".repeat(32)}/details`), "400/34");
  assert.equal(await no("GET", "/v1/payment_method/card_token/x%27y/details"), "400/34");
  const card = await saveCard("facts", "5019100000000006");
  assert.deepEqual((await server.call("GET", `/v1/payment_method/${card}/card_bin_info`)).body, { brand: "dankort" });
  const details = (await server.call("GET", `/v1/payment_method/${card}/details`)).body;
  assert.deepEqual([details.masked_card, details.agreements], ["501910XXXXXX0006", ["sandbox"]]);
});

test("clients until 2022 find cards below their customer", async () => {
  await newCustomer("old-card");
  const at = "/v1/customer/old-card/payment_method";
  assert.deepEqual((await server.call("GET", at)).body, { cards: [], mps_subscriptions: [] });
  const added = (await server.call("POST", `${at}/card`, { card_token: await cardToken() })).body;
  assert.deepEqual([added.state, added.customer, added.masked_card], ["active", "old-card", "411111XXXXXX1111"]);
  assert.deepEqual((await server.call("GET", `${at}/card/${added.id}`)).body, added);
  assert.equal((await server.call("GET", `${at}/card/${added.id}/details`)).body.brand, "visa");
  assert.equal(await no("GET", `/v1/customer/change/payment_method/card/${added.id}`), "404/19");
  assert.equal(await no("POST", `/v1/customer/change/payment_method/${added.id}/inactivate`), "404/40");
  assert.equal((await server.call("POST", `${at}/${added.id}/inactivate`)).body.cards[0].state, "inactivated");
  assert.equal((await server.call("GET", `${at}?only_active=true`)).body.cards.length, 0);
  assert.equal((await server.call("GET", at)).body.cards.length, 1);
  assert.equal((await server.call("POST", `${at}/${added.id}/activate`)).body.cards[0].state, "active");
  await server.call("POST", `/sandbox/payment-methods/${added.id}/state`, { state: "failed" });
  assert.equal((await server.call("POST", `${at}/${added.id}/card_reactivate`)).body.state, "active");
  assert.equal(await no("GET", "/v1/customer/nobody/payment_method"), "404/9");
  assert.equal(await no("POST", "/v1/customer/nobody/payment_method/card", { card_token: await cardToken() }), "404/9");
  assert.equal(await no("POST", `${at}/card`, { card_token: "x" }), "400/34");
});

test("a test card's CVV says what adding it comes to, and is not kept", async () => {
  await newCustomer("cvv");
  for (const [cvv, expected, error] of [
    ["001", "400/77", "credit_card_expired"],
    ["002", "400/77", "declined_by_acquirer"],
    ["003", "400/77", "insufficient_funds"],
    ["004", "500/78", "acquirer_error"],
    ["005", "500/78", "acquirer_communication_error"],
    ["006", "500/78", "acquirer_communication_error"],
  ]) {
    const source = await cardToken(undefined, cvv);
    for (const again of [1, 2]) {
      const { status, body } = await server.call("POST", "/v1/payment_method", { source, customer_handle: "cvv" });
      assert.deepEqual([`${status}/${body.code}`, body.transaction_error], [expected, error], `${cvv} ${again}`);
    }
  }
  assert.equal((await server.call("GET", "/v1/customer/cvv/payment_method")).body.cards.length, 0);
});

test("keys are made, told masked, and expired; one cannot expire itself", async () => {
  const before = (await server.call("GET", "/v1/account/privkey")).body.length;
  const made = (await server.call("POST", "/v1/account/privkey", { label: "second" })).body;
  assert.match(made.key, /^priv_[0-9a-f]{32}$/);
  const account = (key: string) =>
    fetch(`${server.demo.url}/v1/account`, { headers: { authorization: `Basic ${btoa(`${key}:`)}` } });
  assert.equal((await account(made.key)).status, 200);
  for (const path of ["privkey", "privkey_masked"]) {
    const { text, body } = await server.call("GET", `/v1/account/${path}`);
    assert.equal(body.length, before + 1);
    assert.ok(!text.includes(made.key) && !text.includes(server.demo.frisbii.private_key));
  }
  assert.equal(await no("POST", `/v1/account/privkey/${server.demo.frisbii.private_key}/expire`), "400/1");
  assert.equal(await no("POST", `/v1/account/privkey/priv_${"0".repeat(32)}/expire`), "404/51");
  assert.equal(await no("POST", "/v1/account/privkey", { groups: ["read"] }), "422/1");
  assert.equal((await server.call("POST", `/v1/account/privkey/${made.key}/expire`)).body.id, made.id);
  assert.equal(await no("POST", `/v1/account/privkey/${made.key}/expire`), "404/51");
  for (let tries = 0; (await account(made.key)).status !== 401; tries += 1) {
    assert.ok(tries < 40, "a revoked key is refused within a second or so");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const open = (await server.call("POST", "/v1/account/pubkey", {})).body;
  assert.match(open.key, /^pub_[0-9a-f]{32}$/);
  assert.deepEqual((await server.call("GET", "/v1/account/pubkey")).body, [open]);
  const refused = await account(open.key);
  assert.deepEqual([refused.status, ((await refused.json()) as any).code], [401, 6]);
  assert.equal((await server.call("POST", `/v1/account/pubkey/${open.key}/expire`)).body.key, open.key);
  assert.deepEqual((await server.call("GET", "/v1/account/pubkey")).body, []);
});

test("another merchant's customers, cards, tokens and keys are as unknown as what nobody has", async () => {
  const { body } = await server.admin("POST", "/admin/merchants", { handle: "other", currency: "EUR" });
  const authorization = `Basic ${btoa(`${body.frisbii.private_key}:`)}`;
  const asOther = async (method: string, path: string, payload?: object) => {
    const answer = await fetch(server.demo.url + path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    });
    const { path: _path, timestamp: _at, request_id: _id, ...told } = (await answer.json()) as any;
    return told;
  };
  await newCustomer("mine");
  const [card, token] = [await saveCard("mine"), await cardToken()];
  const key = (await server.call("POST", "/v1/account/privkey", {})).body;
  const nothing = "0".repeat(32);
  const asks: [
    method: string,
    path: (customer: string, card: string, token: string, key: string) => string,
    object?,
  ][] = [
    ["PUT", (c) => `/v1/customer/${c}`, {}],
    ["DELETE", (c) => `/v1/customer/${c}`],
    ["GET", (c) => `/v1/customer/${c}/metadata`],
    ["PUT", (c) => `/v1/customer/${c}/metadata`, {}],
    ["DELETE", (c) => `/v1/customer/${c}/metadata`],
    ["GET", (c) => `/v1/customer/${c}/payment_method`],
    ["GET", (c, m) => `/v1/customer/${c}/payment_method/card/${m}`],
    ["POST", (c, m) => `/v1/customer/${c}/payment_method/${m}/inactivate`],
    ["POST", (_, m) => `/v1/payment_method/${m}/card/verify`],
    ["POST", (_, m) => `/v1/payment_method/${m}/card_copy`],
    ["POST", (_, m) => `/v1/payment_method/${m}/card_move`],
    ["POST", (_, m) => `/v1/payment_method/${m}/card_reactivate`],
    ["GET", (_, m) => `/v1/payment_method/${m}/details`],
    ["GET", (_, m) => `/v1/payment_method/${m}/card_bin_info`],
    ["GET", (_c, _m, t) => `/v1/payment_method/card_token/${t}/details`],
    ["POST", (_c, _m, _t, k) => `/v1/account/privkey/${k}/expire`],
  ];
  for (const [method, path, payload] of asks) {
    const foreign = await asOther(method, path("mine", card, token, key.key), payload);
    const unknown = await asOther(method, path("nobody", `ca_${nothing}`, `ct_${nothing}`, `priv_${nothing}`), payload);
    assert.ok(foreign.code > 0, method + String(path));
    assert.deepEqual(foreign, unknown, String(path));
  }
  assert.equal((await asOther("POST", "/v1/session/recurring", { customer: "mine" })).code, 9);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { Started } from "./testing/started.ts";

let server: Started;
let db: pg.Client;
before(async () => {
  server = await Started.open();
  db = new pg.Client(JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")));
  await db.connect();
});
after(async () => {
  await db?.end();
  await server.remove();
});

const number = "5500000000000004";
const tokenOf = async (): Promise<string> =>
  (await server.call("POST", "/sandbox/card-tokens", { number, cvv: "123", exp_month: 12, exp_year: 2039 })).body.id;
async function person(handle: string): Promise<string> {
  const customer = {
    handle,
    first_name: `Only${handle}`,
    email: `only${handle}@example.com`,
    metadata: { note: `note of Only${handle}` },
    debtor_id: Number(handle.replace(/\D/g, "")) + 1000,
  };
  await server.call("POST", "/v1/customer", customer);
  const { body } = await server.call("POST", "/v1/payment_method", {
    source: await tokenOf(),
    customer_handle: handle,
  });
  for (const [payout, text] of [
    ["paid", "For"],
    ["declined", "sandbox:declined"],
  ])
    await server.call("POST", "/v1/payout", {
      handle: `${handle}-${payout}`,
      destination: payout === "paid" ? body.id : await tokenOf(),
      customer_handle: handle,
      amount: 777,
      currency: "EUR",
      text: payout === "paid" ? `${text} Only${handle}` : text,
      text_on_statement: `To Only${handle}`,
    });
  return body.id;
}
const merchant = async (): Promise<string> =>
  (await server.admin("GET", "/admin/merchants")).body.merchants.find(({ id }: any) => id === server.demo.merchant.id)
    .handle;
/** Every row of every table of the merchant's in which a text stands. */
async function rowsWith(text: string): Promise<string[]> {
  const { rows } = await db.query(
    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname",
  );
  const found: string[] = [];
  for (const { relname } of rows) {
    const { rowCount } = await db.query(`select from ${relname} t where t::text like '%' || $1 || '%'`, [text]);
    if (rowCount !== 0) found.push(relname);
  }
  return found;
}

test("an export holds everything about a person, masked, beside a running server", async () => {
  const card = await person("p1");
  const { code, out } = await server.command("customer", "export", await merchant(), "p1");
  assert.equal(code, 0, out);
  const told = JSON.parse(out);
  assert.equal(told.customer.details.email, "onlyp1@example.com");
  assert.deepEqual(told.customer.metadata, { note: "note of Onlyp1" });
  assert.deepEqual([told.payment_methods[0].id, told.payment_methods[0].masked], [card, "550000XXXXXX0004"]);
  assert.deepEqual(
    told.payouts.map(({ handle, state, attempts, events }: any) => [
      handle,
      state,
      attempts[0].statement_text,
      events[0].kind,
    ]),
    [
      ["p1-paid", "paid", "To Onlyp1", "created"],
      ["p1-declined", "failed", "To Onlyp1", "created"],
    ],
  );
  assert.deepEqual(
    told.events.map(({ kind }: any) => kind),
    ["customer_created", "method_added"],
  );
  assert.ok(!out.includes(number));
  const missing = await server.command("customer", "export", await merchant(), "nobody");
  assert.deepEqual([missing.code, missing.out.trim()], [1, "there is no such customer"]);
});

test("an erased person is nowhere any more; payouts, ledger and the reason are", async () => {
  const card = await person("p2");
  const copied = (
    await server.call("POST", `/v1/payment_method/${card}/card_copy`, { customer: { handle: "p2-twin" } })
  ).body.id;
  const own = (
    await server.call("POST", "/v1/payment_method", {
      source: await tokenOf(),
      customer_handle: "p2",
      reference: "own",
    })
  ).body.id;
  assert.deepEqual(await rowsWith("Onlyp2"), ["attempts", "customers", "payouts"]);
  const handle = await merchant();
  const without = await server.command("customer", "erase", handle, "p2");
  assert.equal(without.code, 1, "a reason is required");
  const { code, out } = await server.command(
    "customer",
    "erase",
    handle,
    "p2",
    "--reason",
    "asked for it",
    "--by",
    "Jo",
  );
  assert.equal(code, 0, out);
  assert.match(out, /p2 is erased: 2 cards destroyed, the texts of 2 payouts taken away/);
  assert.deepEqual(await rowsWith("Onlyp2"), []);
  assert.deepEqual(await rowsWith("onlyp2@"), []);

  const { rows } = await db.query(
    "select m.id, v.sealed, v.masked, v.fingerprint from payment_methods m join vault v using (merchant_id) where v.id = m.vault_id and m.id = any($1)",
    [[own, copied]],
  );
  const [destroyed, kept] = [own, copied].map((id) => rows.find((row) => row.id === id));
  assert.deepEqual([destroyed.sealed, destroyed.masked], ["", ""]);
  assert.equal(kept.masked, "550000XXXXXX0004", "the twin's card is still there");
  assert.equal(
    (await server.call("POST", "/v1/payout", { handle: "to-twin", destination: copied, amount: 1, currency: "EUR" }))
      .body.state,
    "paid",
  );
  const paid = (await server.call("GET", "/v1/payout/p2-paid")).body;
  assert.deepEqual([paid.state, paid.amount, paid.text, paid.customer], ["paid", 777, undefined, "p2"]);
  assert.equal((await server.call("GET", `/v1/payment_method/${own}`)).body.card.masked_card, undefined);

  const again = await server.command("customer", "erase", handle, "p2", "--reason", "again", "--json");
  assert.deepEqual(JSON.parse(again.out), { customer: "p2", erased_cards: 0, cleared_payouts: 0 });
  const told = JSON.parse((await server.command("customer", "export", handle, "p2")).out);
  assert.deepEqual(
    told.erasures.map(({ by, reason }: any) => [by, reason]),
    [
      ["Jo", "asked for it"],
      ["operator", "again"],
    ],
  );
  const check = await server.command("check");
  assert.equal(check.code, 0, check.out);
});

test("when the last who has a card is erased, so is the card", async () => {
  const { out } = await server.command("customer", "erase", await merchant(), "p2-twin", "--reason", "x", "--json");
  assert.equal(JSON.parse(out).erased_cards, 1);
  assert.equal((await server.command("check")).code, 0);
});

test("nobody is erased while a payout to them is under way", async () => {
  const card = await person("p3");
  const at = `/admin/merchants/${server.demo.merchant.id}`;
  await server.admin("PATCH", at, { approval: { frisbii: true, worldline: true } });
  await server.call("POST", "/v1/payout", {
    handle: "p3-slow",
    destination: card,
    amount: 100,
    currency: "EUR",
  });
  const { code, out } = await server.command("customer", "erase", await merchant(), "p3", "--reason", "x");
  assert.deepEqual([code, out.trim()], [1, "the customer has payouts that are not over"]);
  assert.ok((await rowsWith("Onlyp3")).includes("customers"), "and nothing was done");
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type pg from "pg";
import { entryAccounts } from "../core/ledger.ts";
import { fillGallery } from "../testing/gallery.ts";
import { World } from "../testing/world.ts";
import { checkBooks, findViolations, invariants } from "./check.ts";
import { openClient } from "./db.ts";

let world: World;
let client: pg.Client;
before(async () => {
  world = await World.open();
  for (const merchant of [await world.merchant(), await world.merchant()]) await fillGallery(world, merchant);
  client = await openClient(world.url);
});
after(async () => {
  await client.end();
  await world.close();
});

test("books in which everything has happened that may happen are in order", async () => {
  const { rows } = await world.db.query("select distinct state from payouts order by state");
  assert.equal(rows.length, 9, "the gallery has a payout in every state");
  assert.deepEqual(await checkBooks(world.url), []);
});

/** The first merchant's payout of that handle, as SQL. */
const of = (handle: string): string =>
  `(merchant_id, id) = (select merchant_id, id from payouts where handle = '${handle}' order by id limit 1)`;
const child = (handle: string): string => of(handle).replace("(merchant_id, id) =", "(merchant_id, payout_id) =");
const entry = (handle: string): string => of(handle).replace("(merchant_id, id) =", "(merchant_id, subject_id) =");
const first = "merchant_id = (select min(id) from merchants)";
const eur = `currency = 'EUR' and ${first}`;

/** A transfer that the bank is said to have made for an attempt of that payout. */
const forgotten = (handle: string, status: string, attempt = ""): string =>
  `insert into forgotten_transfers (merchant_id, reference, rail, status, amount_minor, currency, booked_at)
   select a.merchant_id, a.reference, a.rail, ${status}, 'EUR', now() from attempts a where ${child(handle)} ${attempt}`;

/** What has to be broken first, for what the schema does not even let happen. */
const without = (table: string, constraint: string): string => `alter table ${table} drop constraint ${constraint}`;

/** For each invariant, violations to plant, each on its own; what else they break is not asked. */
const plants: Record<string, string[][]> = {
  balances_sum_to_zero: [
    [without("accounts", "balanced"), `update accounts set funding_minor = funding_minor + 1 where ${eur}`],
  ],
  balances_above_floor: [
    [without("accounts", "above_floor"), `update accounts set floor_minor = available_minor + 1 where ${eur}`],
    [
      without("accounts", "accounts_held_minor_check"),
      `update accounts set available_minor = available_minor + held_minor + 1, held_minor = -1 where ${eur}`,
    ],
  ],
  balances_equal_entries: [
    [`update accounts set available_minor = available_minor - 1, paid_out_minor = paid_out_minor + 1 where ${eur}`],
    [`update accounts set funding_minor = funding_minor - 1, available_minor = available_minor + 1 where ${eur}`],
    [`update accounts set held_minor = held_minor + 1, available_minor = available_minor - 1 where ${eur}`],
    [`delete from entries where kind = 'fund' and ${first}`],
    [`delete from accounts where ${eur}`],
  ],
  held_equals_payouts: [
    [`update payouts set amount_minor = amount_minor + 1 where ${of("sent")}`],
    [`update accounts set held_minor = held_minor + 1, available_minor = available_minor - 1 where ${eur}`],
  ],
  settled_exactly_when_paid: [
    [`delete from entries where kind = 'settle' and ${entry("found_paid")}`],
    [`delete from entries where kind = 'settle' and ${entry("paid")}`],
    [`update entries set kind = 'settle' where kind = 'release' and ${entry("declined")}`],
    [`update entries set hold = 9 where kind = 'settle' and ${entry("paid")}`],
  ],
  given_back_exactly_when_returned: [
    [`delete from entries where kind = 'give_back' and ${entry("returned")}`],
    [`delete from entries where kind = 'give_back' and ${entry("found_unpaid")}`],
    [
      `insert into entries select merchant_id, subject_id, hold, 'give_back', currency, amount_minor, created_at
        from entries where kind = 'settle' and ${entry("paid")}`,
    ],
  ],
  holds_end_once: [
    [
      "drop index entries_hold_end",
      `insert into entries select merchant_id, subject_id, hold, 'release', currency, amount_minor, created_at
        from entries where kind = 'settle' and ${entry("paid")}`,
    ],
    [`delete from entries where kind = 'release' and ${entry("declined")}`],
    [`delete from entries where kind = 'release' and hold = 1 and ${entry("approved_twice")}`],
    [
      `insert into entries select merchant_id, subject_id, hold, 'release', currency, amount_minor, created_at
        from entries where kind = 'hold' and ${entry("in_doubt")}`,
    ],
    [`delete from entries where kind = 'hold' and ${entry("paid")}`],
    [`delete from entries where kind = 'hold' and hold = 2 and ${entry("found_paid")}`],
  ],
  holds_numbered: [
    [`update entries set hold = 3 where hold = 2 and ${entry("approved_twice")}`],
    [`update payouts set hold = hold + 1 where ${of("paid")}`],
  ],
  entries_match_attempts: [
    [`update entries set currency = 'DKK' where ${entry("paid")}`],
    [`update entries set amount_minor = 2500 where hold = 1 and ${entry("retried")}`],
    [`update entries set amount_minor = 9999 where hold = 2 and ${entry("found_paid")}`],
    [`update attempts set amount_minor = 9999 where attempt = 1 and ${child("retried")}`],
  ],
  "payout_amount_is_its_attempt's": [[`update payouts set amount_minor = 10000 where ${of("retried")}`]],
  fundings_have_their_entry: [
    [`delete from fundings where ${first} and reference = 'less'`],
    [`delete from entries where ${first} and kind = 'withdraw'`],
    [`update fundings set amount_minor = -amount_minor where ${first} and reference = 'less'`],
    [`update fundings set currency = 'DKK' where ${first} and reference = 'more'`],
  ],
  currencies_are_known: [
    [`insert into accounts values ((select min(id) from merchants), 'XXX', 0, 0, 0, 0, 0)`],
    [`update merchants set currency = 'XXX' where handle = (select min(handle) from merchants)`],
    [`update payouts set currency = 'eur' where ${of("paid")}`],
  ],
  open_payouts_are_looked_at: [
    [without("payouts", "looked_at"), `update payouts set next_at = null where ${of("in_doubt")}`],
    [without("payouts", "looked_at"), `update payouts set next_at = now() where ${of("paid")}`],
    [without("payouts", "looked_at"), `update payouts set frozen = false where ${of("nobody_to_ask")}`],
  ],
  nothing_is_overdue: [[`update payouts set next_at = now() - interval '16 minutes' where ${of("accepted")}`]],
  events_numbered: [
    [`delete from events where version = 2 and ${child("paid_late")}`],
    [`delete from events where version = 1 and ${child("paid")}`],
    [`update payouts set version = version + 1 where ${of("paid")}`],
    [`update events set version = 0 where version = 1 and ${child("awaiting")}`],
  ],
  last_event_is_the_state: [
    [`update payouts set state = 'accepted' where ${of("in_doubt")}`],
    [`update events set attempt = 2 where ${child("sent")}`],
  ],
  transitions_are_lawful: [
    [`update events set state = 'failed' where kind = 'sent' and ${child("paid")}`],
    [`update events set kind = 'declined' where kind = 'paid' and ${child("paid")}`],
    [`update events set kind = 'approved' where kind = 'created' and ${child("paid")}`],
    [`update events set attempt = 1 where kind = 'retried' and ${child("retried")}`],
    [`update events set state = 'failed' where kind = 'contradicted' and ${child("resolved")}`],
    [`update events set kind = 'paid' where kind = 'found_paid' and ${child("found_paid")}`],
  ],
  instants_fit_the_state: [
    [`update payouts set paid_at = null where ${of("returned")}`],
    [`update payouts set failed_at = now() where ${of("cancelled_queued")}`],
  ],
  cancelled_never_left: [
    [`update payouts set send = 1 where ${of("cancelled_queued")}`],
    [
      `insert into sends select merchant_id, id, attempt, 1, 'x', now(), now() from payouts where ${of("cancelled_awaiting")}`,
    ],
  ],
  frozen_while_an_incident_is_open: [
    [`update payouts set frozen = false where ${of("contradicted")}`],
    [`update payouts set frozen = true where ${of("paid")}`],
    [`update incidents set resolved_at = now(), reason = 'x' where ${child("contradicted")}`],
    [`update incidents set resolved_at = now(), reason = 'x' where ${child("stuck")}`],
  ],
  failed_on_evidence: [
    [`update answers set closes = false where ${child("declined")}`],
    [`update answers set verdict = 'unanswered' where closes and ${child("never_received")}`],
    [`update answers set source = 'callback' where closes and ${child("declined")}`],
    [`delete from answers where attempt = 1 and ${child("retried")}`],
    [`delete from answers where source = 'own' and ${child("too_dear")}`],
  ],
  paid_on_evidence: [
    [`update answers set closes = false where ${child("paid")}`],
    [`update answers set source = 'callback' where closes and ${child("paid")}`],
    [`update answers set verdict = 'accepted' where closes and ${child("returned")}`],
    [`delete from answers where source = 'operator' and ${child("silent_paid")}`],
    [`delete from answers where source = 'operator' and ${child("found_paid")}`],
  ],
  open_attempts_are_not_closed: [[`update answers set closes = true where ${child("accepted")}`]],
  attempts_numbered: [
    [`delete from attempts where attempt = 1 and ${child("retried")}`],
    [`update payouts set attempt = 2 where ${of("paid")}`],
  ],
  sends_numbered: [
    [`delete from sends where send = 1 and ${child("sent_twice")}`],
    [`update payouts set send = 1 where ${of("sent_twice")}`],
  ],
  sent_again_on_evidence: [
    [`update answers set verdict = 'unanswered' where verdict = 'never_received' and ${child("sent_twice")}`],
    [`delete from answers where verdict = 'unsent' and ${child("unsent_once")}`],
  ],
  sends_have_their_event: [
    [`delete from sends where ${child("sent")}`],
    [
      `insert into sends select merchant_id, payout_id, attempt, 2, body_hash, deadline_at, created_at from sends where ${child("paid")}`,
    ],
  ],
  one_reference_one_instruction: [[`update sends set body_hash = 'other' where send = 2 and ${child("sent_twice")}`]],
  references_lead_to_their_merchant: [
    [`update attempts set reference = 'ZZZZZZAAAAAAAAAAAAAA' where ${child("sent")}`],
  ],
  answers_numbered: [
    [`delete from answers where answer = 1 and ${child("paid_late")}`],
    [`update payouts set answers = 0 where ${of("in_doubt")}`],
  ],
  payouts_have_their_name: [
    [`delete from names where kind = 'payout' and ${of("paid")}`],
    [`update names set id = 1 where kind = 'payout' and ${of("paid")}`],
  ],
  payouts_are_counted: [
    [`update payout_counts set payouts = payouts + 1 where ${eur}`],
    [`delete from payout_counts where ${eur}`],
    [`insert into payout_counts values ((select min(id) from merchants), 'XTS', 1)`],
  ],
  names_stand_for_something: [
    [`insert into names values ((select min(id) from merchants), 'payout', 'ghost', 1)`],
    [`insert into names values ((select min(id) from merchants), 'idempotence', 'ghost', 1)`],
    [`insert into names select merchant_id, 'payout', 'second-name', id from payouts where ${of("paid")}`],
    [`insert into names values ((select min(id) from merchants), 'funding', 'ghost', 1)`],
    [`insert into names values ((select min(id) from merchants), 'customer', 'ghost', 1)`],
  ],
  fundings_and_customers_have_their_name: [
    [`delete from names where kind = 'funding' and ${first}`],
    [`delete from names where kind = 'customer' and ${first}`],
  ],
  rows_belong_to_a_payout: [
    ...["attempts", "sends", "answers", "events", "incidents"].map((table) => [
      `update ${table} set merchant_id = (select max(id) from merchants) where ${child("contradicted")}`,
    ]),
    [`update entries set merchant_id = (select max(id) from merchants) where ${entry("paid")}`],
  ],
  evidence_belongs_to_an_attempt: [
    [`update sends set attempt = 7 where ${child("sent")}`],
    [`update answers set attempt = 7 where ${child("in_doubt")}`],
  ],
  "rail_is_the_latest_attempt's": [[`update payouts set rail = 'bank' where ${of("in_doubt")}`]],
  destinations_are_the_merchants_own: [
    [`update attempts set vault_id = (select max(id) from vault) where ${child("paid")}`],
    [`update attempts set method_id = (select max(id) from payment_methods where not ${first}) where ${child("paid")}`],
    [
      `insert into vault select merchant_id, id + 1, kind, sealed, 'cst_other', masked, brand, exp_month, exp_year, amount_table, created_at
         from vault where (merchant_id, id) in (select merchant_id, vault_id from payment_methods where ${first})`,
      `update payment_methods set vault_id = vault_id + 1 where ${first}`,
    ],
  ],
  customers_are_the_merchants_own: [[`update payouts set customer = 'nobody' where ${of("paid")}`]],
  frozen_as_its_log_says: [
    [`update dispatch set frozen_at = now(), frozen_because = 'x', since = now()`],
    [`insert into dispatch_log (event, by_whom, reason, forced, facts) values ('frozen', 'x', 'x', false, '{}')`],
  ],
  forgotten_transfers_are_not_failed: [
    [forgotten("declined", "'paid', a.amount_minor")],
    [forgotten("retried", "'paid', 10000", "and a.attempt = 1")],
    [forgotten("paid", "'paid', a.amount_minor + 1")],
  ],
};

test("every invariant has a violation planted against it", () => {
  assert.deepEqual(
    Object.keys(plants),
    invariants.map(({ name }) => name),
  );
});

for (const [name, ways] of Object.entries(plants)) {
  test(`a violation is found: ${invariants.find((invariant) => invariant.name === name)?.says ?? name}`, async () => {
    for (const way of ways) {
      await client.query("begin isolation level repeatable read");
      try {
        let planted = 0;
        for (const statement of way) planted = (await client.query(statement)).rowCount ?? 0;
        assert.ok(planted > 0, `nothing was planted: ${way.at(-1)}`);
        await client.query("set local role disburse_checker");
        const finding = (await findViolations(client)).find(({ invariant }) => invariant === name);
        assert.ok(finding !== undefined && finding.count > 0, `not found: ${way.at(-1)}`);
        assert.ok(finding.rows.length > 0 && Object.keys(finding.rows[0]!).length > 1, "it is shown with figures");
      } finally {
        await client.query("rollback");
      }
    }
  });
}

test("while dispatch is frozen queued payouts wait, and nothing else does", async () => {
  await client.query(
    `begin; update dispatch set frozen_at = now(), frozen_because = 'x', since = now();
     insert into dispatch_log (event, by_whom, reason, forced, facts) values ('frozen', 'x', 'x', false, '{}');
     update payouts set next_at = now() - interval '1 day' where ${of("queued")}`,
  );
  try {
    assert.deepEqual(await findViolations(client), []);
    await client.query(`update payouts set next_at = now() - interval '1 day' where ${of("in_doubt")}`);
    assert.equal((await findViolations(client))[0]?.count, 1);
  } finally {
    await client.query("rollback");
  }
});

test("what only a running server keeps up is not asked of one that stands still", async () => {
  await client.query(`begin; update payouts set next_at = now() - interval '1 day' where ${of("sent")}`);
  try {
    assert.deepEqual(
      (await findViolations(client)).map(({ invariant }) => invariant),
      ["nothing_is_overdue"],
    );
    assert.deepEqual(await findViolations(client, false), []);
  } finally {
    await client.query("rollback");
  }
});

test("the bookkeepers' view moves money between the same accounts as the core", async () => {
  const kinds = Object.keys(entryAccounts) as (keyof typeof entryAccounts)[];
  const { rows } = await client.query(
    `select kind, min(account) filter (where amount_minor < 0) as from, min(account) filter (where amount_minor > 0) as to
       from ledger_lines group by kind`,
  );
  assert.deepEqual(Object.fromEntries(rows.map(({ kind, ...accounts }) => [kind, accounts])), entryAccounts);
  assert.equal(rows.length, kinds.length);
});

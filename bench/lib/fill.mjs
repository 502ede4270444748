const chunk = 50_000;

/** In which order the rows of one kind follow from what is filled. `f` is a payout that is to be there. */
const inserts = {
  names: `names (merchant_id, kind, name, id) select merchant_id, 'payout', handle, id from filled`,
  payouts: `payouts (merchant_id, id, handle, door, customer, state, amount_minor, currency, rail, attempt, send, first_sent_at,
      send_deadline_at, hold, error_retries, asks, tries, answers, frozen, version, created_at, changed_at, due_at, next_at, paid_at)
    select merchant_id, id, handle, 'frisbii', customer, state, 1, 'EUR', 'sandbox', 1, sends, case when sends > 0 then at end,
      case when sends > 0 then at + interval '10 s' end, 1, 0, 0, (state = 'sent')::int, (state = 'paid')::int, false, versions, at, at, at,
      case when state <> 'paid' then at end, case when state = 'paid' then at end from filled`,
  attempts: `attempts (merchant_id, payout_id, attempt, reference, rail, vault_id, method_id, amount_minor, created_at)
    select merchant_id, id, 1, reference, 'sandbox', vault_id, method_id, 1, at from filled`,
  sends: `sends (merchant_id, payout_id, attempt, send, body_hash, deadline_at, created_at)
    select merchant_id, id, 1, 1, body_hash, at + interval '10 s', at from filled where sends > 0`,
  events: `events (merchant_id, payout_id, version, kind, state, attempt, created_at, place)
    select merchant_id, id, v.version, v.kind, v.state, 1, at, (d.era::bigint << 48) | pg_current_xact_id()::text::bigint
      from filled cross join dispatch d
      join (values (1, 'created', 'queued'), (2, 'sent', 'sent'), (3, 'paid', 'paid')) as v(version, kind, state) on v.version <= versions`,
  entries: `entries (merchant_id, subject_id, hold, kind, currency, amount_minor, created_at)
    select merchant_id, id, 1, v.kind, 'EUR', 1, at from filled
      join (values (1, 'hold'), (3, 'settle')) as v(version, kind) on v.version <= versions`,
  answers: `answers (merchant_id, payout_id, answer, attempt, source, verdict, bank_id, raw, closes, created_at)
    select merchant_id, id, 1, 1, 'reply', 'paid', 'SB0000000001', '{"http_status":200,"reference":"' || reference ||
      '","status":"paid","bank_id":"SB0000000001","amount_minor":1,"currency":"EUR","booked_at":"2026-11-21T10:21:56.297Z"}', true, at from filled where state = 'paid'`,
};

const moveMoney = `update accounts a set available_minor = available_minor - f.n, held_minor = held_minor + f.held, paid_out_minor = paid_out_minor + f.n - f.held
    from (select merchant_id, count(*) as n, count(*) filter (where state <> 'paid') as held from filled group by merchant_id) f
   where a.merchant_id = f.merchant_id and a.currency = 'EUR'`;

/** Whose payouts: every other one the first merchant's, the rest in turn. */
const who = `create temp table who as
  select row_number() over (order by m.id) - 1 as k, m.id as merchant_id, m.reference_prefix, p.id as method_id, p.vault_id, p.customer
    from merchants m join payment_methods p on p.merchant_id = m.id`;

/** `state`: SQL of the state of payout n. `at`: SQL of when it was. */
const filled = (state, at) => `create temp table filled as
  select p.*, case state when 'queued' then 0 else 1 end as sends, case state when 'queued' then 1 when 'sent' then 2 else 3 end as versions,
         rtrim(translate(encode(sha256(convert_to(format('["%s","1","EUR","sandbox","%s",null,null,"%s"]', reference, vault_id, handle),
           'UTF8')), 'base64'), '+/', '-_'), '=') as body_hash
    from (select w.*, n, ${state} as state, ${at} as at,
                 (((extract(epoch from ${at}) * 1000)::bigint - 1735689600000) << 22) | (n & 1023) as id, -- ids of 2025 on (src/ids.ts)
                 'stored-' || $3::text || n as handle,
                 reference_prefix || translate(upper(left(md5($3::text || n), 14)), '0189', 'GHIJ') as reference
            from generate_series($1::bigint, $2::bigint) as n
            join who w on w.k = case when n % 2 = 0 then 0 else (n / 2) % (select count(*) from who) end) p`;

/**
 * Stores payouts by SQL, with all that belongs to them, so that the books hold. `kind`: "paid", over the last ten months; or
 * "in flight": half of them queued, half sent, and due to be looked at.
 */
export async function fill(bench, site, count, kind = "paid") {
  const state = kind === "paid" ? "'paid'::text" : "case when n % 4 < 2 then 'queued' else 'sent' end";
  const at =
    kind === "paid"
      ? `(now() - interval '2 minutes' - (${count}::bigint - n) * (interval '300 days' / ${count}))`
      : "(now() - interval '1 minute' - n * interval '1 millisecond')";
  const name = `${kind === "paid" ? "p" : "f"}-`;
  await site.ask(who);
  for (let from = 1; from <= count; from += chunk) {
    bench.progress(`${from - 1} of ${count} payouts stored`);
    const to = Math.min(count, from + chunk - 1);
    await site.ask("begin");
    await site.ask(`set local synchronous_commit = off`);
    await site.ask(
      filled(state, at).replaceAll("$1", String(from)).replaceAll("$2", String(to)).replaceAll("$3", `'${name}'`),
    );
    for (const insert of Object.values(inserts)) await site.ask(`insert into ${insert}`);
    await site.ask(moveMoney);
    await site.ask("drop table filled");
    await site.ask("commit");
  }
  await countPayouts(site);
  await site.ask("drop table who");
  await site.ask("vacuum analyze");
  await bench.postgres.checkpoint();
}

/** What the server counts as it writes, counted afterwards: for what was written past the server. */
export async function countPayouts(site) {
  await site.ask("truncate payout_counts");
  await site.ask(
    "insert into payout_counts select merchant_id, currency, count(*) from payouts group by merchant_id, currency",
  );
}

/** Holds the books against every invariant. Tells what does not hold, and how long it took. */
export async function checkBooks(bench, site) {
  const { checkBooks: check } = await import("../../dist/store/check.js");
  const startedAt = performance.now();
  const findings = await check(bench.postgres.urlOf(site.database), false);
  return { findings, seconds: (performance.now() - startedAt) / 1_000 };
}

export const tellBooks = ({ findings, seconds }) =>
  findings.length === 0
    ? `The books hold against every invariant (${seconds.toFixed(1)} s).`
    : `The books do not hold: ${findings.map(({ invariant, count }) => `${invariant} (${count})`).join(", ")}`;

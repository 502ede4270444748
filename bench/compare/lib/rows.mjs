// What a payout writes, in the product's own tables: the same rows and columns as ../../sql, with the payout's own values.

/** The statements of a step, each prepared once on every connection, one after another. */
const step = (name, texts) =>
  texts.map(([takes, text], at) => ({ name: `${name}_${at}`, text, takes: takes.split(" ") }));

const accept = step("accept", [
  ["merchant handle id", "insert into names (merchant_id, kind, name, id) values ($1, 'payout', $2, $3)"],
  [
    "merchant id handle customer amount currency",
    `insert into payouts (merchant_id, id, handle, door, customer, state, amount_minor, currency, rail, attempt, send, first_sent_at,
       send_deadline_at, hold, error_retries, asks, tries, answers, frozen, version, created_at, changed_at, due_at, next_at)
     values ($1, $2, $3, 'frisbii', $4, 'sent', $5, $6, 'sandbox', 1, 1, now(),
       now() + interval '10 s', 1, 0, 0, 1, 0, false, 2, now(), now(), now(), now() + interval '25 s')`,
  ],
  [
    "merchant id reference vault method amount",
    `insert into attempts (merchant_id, payout_id, attempt, reference, rail, vault_id, method_id, amount_minor, created_at)
     values ($1, $2, 1, $3, 'sandbox', $4, $5, $6, now())`,
  ],
  [
    "merchant id bodyHash",
    `insert into sends (merchant_id, payout_id, attempt, send, body_hash, deadline_at, created_at)
     values ($1, $2, 1, 1, $3, now() + interval '10 s', now())`,
  ],
  [
    "merchant id",
    `insert into events (merchant_id, payout_id, version, kind, state, attempt, created_at, place)
     select $1::bigint, $2::bigint, v.version, v.kind, v.state, 1, now(), (d.era::bigint << 48) | pg_current_xact_id()::text::bigint
       from dispatch d, (values (1, 'created', 'queued'), (2, 'sent', 'sent')) as v(version, kind, state)`,
  ],
  [
    "merchant id currency amount",
    `insert into entries (merchant_id, subject_id, hold, kind, currency, amount_minor, created_at)
     values ($1, $2, 1, 'hold', $3, $4, now())`,
  ],
]);

const [hold] = step("hold", [
  [
    "merchant currency amount",
    `update accounts set available_minor = available_minor - $3::bigint, held_minor = held_minor + $3::bigint
      where merchant_id = $1 and currency = $2 and (floor_minor is null or available_minor - $3::bigint >= floor_minor)`,
  ],
]);

const [toPaid, ...answer] = step("answer", [
  [
    "merchant id",
    `update payouts set state = 'paid', tries = 0, answers = 1, version = 3, changed_at = now(), next_at = null, paid_at = now()
      where merchant_id = $1 and id = $2 and state = 'sent'`,
  ],
  [
    "merchant id bankId raw",
    `insert into answers (merchant_id, payout_id, answer, attempt, source, verdict, bank_id, raw, closes, created_at)
     values ($1, $2, 1, 1, 'reply', 'paid', $3, $4, true, now())`,
  ],
  [
    "merchant id",
    `insert into events (merchant_id, payout_id, version, kind, state, attempt, created_at, place)
     select $1::bigint, $2::bigint, 3, 'paid', 'paid', 1, now(), (d.era::bigint << 48) | pg_current_xact_id()::text::bigint
       from dispatch d`,
  ],
  [
    "merchant id currency amount",
    `insert into entries (merchant_id, subject_id, hold, kind, currency, amount_minor, created_at)
     values ($1, $2, 1, 'settle', $3, $4, now())`,
  ],
  [
    "merchant currency amount",
    `update accounts set held_minor = held_minor - $3::bigint, paid_out_minor = paid_out_minor + $3::bigint
      where merchant_id = $1 and currency = $2`,
  ],
]);

const run = (client, { takes, ...query }, payout) =>
  client.query({ ...query, values: takes.map((take) => payout[take]) });

/**
 * Takes a payout on: its rows, then `enqueue`, then the balance, whose lock is held for the shortest time that way. All in one
 * transaction, if `enqueue` writes by the client that it is given. Resolves with false when there is not enough money.
 */
export const acceptPayout = (pool, payout, enqueue) =>
  inTransaction(pool, async (client) => {
    for (const statement of accept) await run(client, statement, payout);
    await enqueue(client);
    return (await run(client, hold, payout)).rowCount === 1;
  });

/** Writes what the bank answered, once: a job that is done again finds the payout paid already. */
export const settlePayout = (pool, payout, { bankId, raw }) =>
  inTransaction(pool, async (client) => {
    if ((await run(client, toPaid, payout)).rowCount === 0) return false;
    for (const statement of answer) await run(client, statement, { ...payout, bankId, raw });
    return true;
  });

/** Commits when `work` resolves with true; rolls back when it resolves with false or rejects. */
async function inTransaction(pool, work) {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query("begin");
    const done = await work(client);
    await client.query(done ? "commit" : "rollback");
    return done;
  } catch (error) {
    await client.query("rollback").catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}

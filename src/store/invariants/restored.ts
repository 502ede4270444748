import type { Invariant } from "./invariant.ts";

/** What is true of a database that was restored, or was not. */
export const restored: readonly Invariant[] = [
  {
    name: "frozen_as_its_log_says",
    says: "nothing is sent exactly since the log says so, until the log says who armed it and why",
    sql: `select d.frozen_at, d.frozen_because, l.event as last_event, l.created_at as last_at
            from dispatch d
            left join lateral (select event, created_at from dispatch_log where event <> 'bound' order by id desc limit 1) l on true
           where (d.frozen_at is not null) <> coalesce(l.event = 'frozen', false)`,
  },
  {
    name: "forgotten_transfers_are_not_failed",
    says: "a payout that stands for a transfer which a bank has paid is for the same amount, and has not failed",
    sql: `select f.merchant_id, p.id, f.reference, f.status, f.amount_minor as bank_minor, a.amount_minor, a.attempt, p.attempt as latest, p.state
            from forgotten_transfers f
            join attempts a on a.merchant_id = f.merchant_id and a.reference = f.reference
            join payouts p on p.merchant_id = a.merchant_id and p.id = a.payout_id
           where f.status in ('paid', 'returned')
             and (a.amount_minor <> f.amount_minor or p.currency <> f.currency or a.attempt < p.attempt or p.state in ('failed', 'cancelled'))`,
  },
];

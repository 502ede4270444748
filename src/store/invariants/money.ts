import { minorDigits } from "../../core/currency.ts";
import { holding, type Invariant } from "./invariant.ts";

/** What is true of balances and entries. */
export const money: readonly Invariant[] = [
  {
    name: "balances_sum_to_zero",
    says: "a merchant's four balances in a currency sum to zero, and so does each currency",
    sql: `select merchant_id, currency, available_minor, held_minor, paid_out_minor, funding_minor from accounts
           where available_minor::numeric + held_minor + paid_out_minor + funding_minor <> 0`,
  },
  {
    name: "balances_above_floor",
    says: "no available balance is below its floor, and nothing negative is held or paid out",
    sql: `select merchant_id, currency, available_minor, floor_minor, held_minor, paid_out_minor from accounts
           where available_minor < floor_minor or held_minor < 0 or paid_out_minor < 0`,
  },
  {
    name: "balances_equal_entries",
    says: "each cached balance is the sum of its entries",
    sql: `with posted as (select merchant_id, currency, account, sum(amount_minor) as entries_minor
                            from ledger_lines group by merchant_id, currency, account),
               cached as (select a.merchant_id, a.currency, b.account, b.balance_minor
                            from accounts a, lateral (values ('available', available_minor), ('held', held_minor),
                                                             ('paid_out', paid_out_minor), ('funding', funding_minor))
                                               as b(account, balance_minor))
          select merchant_id, currency, account, balance_minor, entries_minor
            from cached full join posted using (merchant_id, currency, account)
           where balance_minor is null or balance_minor <> coalesce(entries_minor, 0)`,
  },
  {
    name: "held_equals_payouts",
    says: "what is held is the sum of the payouts under way",
    sql: `with open as (select merchant_id, currency, sum(amount_minor) as payouts_minor
                          from payouts where state in ${holding} group by merchant_id, currency)
          select merchant_id, currency, held_minor, payouts_minor
            from accounts full join open using (merchant_id, currency)
           where coalesce(held_minor, 0) <> coalesce(payouts_minor, 0)`,
  },
  {
    name: "settled_exactly_when_paid",
    says: "a payout has one settle entry if it is paid or was returned, and none otherwise",
    sql: `select p.merchant_id, p.id, p.state, count(e.kind) as settles
            from payouts p left join entries e on e.merchant_id = p.merchant_id and e.subject_id = p.id and e.kind = 'settle'
           group by p.merchant_id, p.id
          having count(e.kind) <> (p.state in ('paid', 'returned'))::int or max(e.hold) <> p.hold`,
  },
  {
    name: "given_back_exactly_when_returned",
    says: "a payout has one give_back entry if it was returned, and none otherwise",
    sql: `select p.merchant_id, p.id, p.state, count(e.kind) as gifts
            from payouts p
            left join entries e on e.merchant_id = p.merchant_id and e.subject_id = p.id and e.kind = 'give_back'
           group by p.merchant_id, p.id
          having count(e.kind) <> (p.state = 'returned')::int or max(e.hold) <> p.hold`,
  },
  {
    name: "holds_end_once",
    says: "every hold ended once, released or settled, but the latest one of a payout under way, which has not ended",
    sql: `with h as (select merchant_id, subject_id as id, hold, count(*) filter (where kind = 'hold') as begun,
                            count(*) filter (where kind in ('release', 'settle')) as ended
                       from entries where kind not in ('fund', 'withdraw') group by merchant_id, subject_id, hold)
          select merchant_id, id, p.state, h.hold, begun, ended from h join payouts p using (merchant_id, id)
           where begun <> 1 or ended <> (p.state not in ${holding} or h.hold <> p.hold)::int`,
  },
  {
    name: "holds_numbered",
    says: "a payout's holds are numbered from one, without gaps",
    sql: `select p.merchant_id, p.id, p.hold, count(e.hold) as entries, max(e.hold) as latest
            from payouts p left join entries e on e.merchant_id = p.merchant_id and e.subject_id = p.id and e.kind = 'hold'
           group by p.merchant_id, p.id
          having count(e.hold) <> p.hold or coalesce(max(e.hold), 0) <> p.hold`,
  },
  {
    name: "entries_match_attempts",
    says: "a payout's entries are in its currency, and of the amount of the attempt that they were made for",
    sql: `with seen as (select *, lag(state) over (partition by merchant_id, payout_id order by version) as before from events),
               begun as (select merchant_id, payout_id, attempt,
                                row_number() over (partition by merchant_id, payout_id order by version) as hold
                           from seen where (before is null or before not in ${holding})
                                       and (state in ${holding} or kind = 'found_paid'))
          select p.merchant_id, p.id, e.hold, e.kind, e.currency, p.currency as payout_currency, e.amount_minor,
                 a.attempt, a.amount_minor as attempt_minor
            from entries e
            join payouts p on p.merchant_id = e.merchant_id and p.id = e.subject_id
            left join begun b on b.merchant_id = p.merchant_id and b.payout_id = p.id and b.hold = e.hold
            left join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = b.attempt
           where e.currency <> p.currency or a.amount_minor is distinct from e.amount_minor`,
  },
  {
    name: "payout_amount_is_its_attempt's",
    says: "a payout's amount is that of its latest attempt",
    sql: `select p.merchant_id, p.id, p.amount_minor, a.attempt, a.amount_minor as attempt_minor
            from payouts p
            left join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt
           where a.amount_minor is distinct from p.amount_minor`,
  },
  {
    name: "fundings_have_their_entry",
    says: "every funding has its one entry, and every such entry its funding",
    sql: `select coalesce(f.merchant_id, e.merchant_id) as merchant_id, f.id, f.reference, f.amount_minor as funding_minor,
                 e.subject_id, e.kind, e.amount_minor
            from fundings f
            full join (select * from entries where kind in ('fund', 'withdraw')) e
                   on e.merchant_id = f.merchant_id and e.subject_id = f.id
           where f.id is null or e.subject_id is null or e.hold <> 0 or e.currency <> f.currency
              or e.kind <> case when f.amount_minor > 0 then 'fund' else 'withdraw' end
              or e.amount_minor <> abs(f.amount_minor)`,
  },
  {
    name: "currencies_are_known",
    says: "every currency is one whose smallest unit is known",
    sql: `select 'accounts' as place, currency from accounts where currency <> all ($1::text[])
          union select 'payouts', currency from payouts where currency <> all ($1::text[])
          union select 'entries', currency from entries where currency <> all ($1::text[])
          union select 'fundings', currency from fundings where currency <> all ($1::text[])
          union select 'merchants', currency from merchants where currency <> all ($1::text[])`,
    values: [Object.keys(minorDigits)],
  },
];

import type { Invariant } from "./invariant.ts";

const children = ["attempts", "sends", "answers", "events", "incidents"];

/** What belongs together: there are no foreign keys between these tables, because they would make every insert wait. */
export const belonging: readonly Invariant[] = [
  {
    name: "payouts_have_their_name",
    says: "every payout's handle stands for it",
    sql: `select p.merchant_id, p.id, p.handle, n.id as name_stands_for
            from payouts p
            left join names n on n.merchant_id = p.merchant_id and n.kind = 'payout' and n.name = p.handle
           where n.id is distinct from p.id`,
  },
  {
    name: "payouts_are_counted",
    says: "every merchant has as many payouts of each currency as its count says",
    sql: `select merchant_id, currency, c.payouts as counted, coalesce(p.payouts, 0) as payouts
            from payout_counts c
            full join (select merchant_id, currency, count(*) as payouts from payouts group by merchant_id, currency) p
                 using (merchant_id, currency)
           where c.payouts is distinct from coalesce(p.payouts, 0)`,
  },
  {
    name: "names_stand_for_something",
    says: "every name stands for what is there, and that has this name",
    sql: `select n.merchant_id, n.kind, n.name, n.id
            from names n
            left join payouts p on n.kind in ('payout', 'idempotence') and p.merchant_id = n.merchant_id and p.id = n.id
            left join fundings f on n.kind = 'funding' and f.merchant_id = n.merchant_id and f.id = n.id
            left join customers c on n.kind = 'customer' and c.merchant_id = n.merchant_id and c.handle = n.name
            left join customers d on n.kind = 'debtor' and d.merchant_id = n.merchant_id and d.debtor_id::text = n.name
           where case n.kind when 'payout' then p.handle is distinct from n.name
                             when 'idempotence' then p.id is null
                             when 'funding' then f.reference is distinct from n.name
                             when 'debtor' then d.handle is null
                             else c.handle is null end`,
  },
  {
    name: "fundings_and_customers_have_their_name",
    says: "every funding's reference stands for it, and every customer's handle and debtor id are taken",
    sql: `select f.merchant_id, 'funding' as kind, f.reference as name
            from fundings f
            left join names n on n.merchant_id = f.merchant_id and n.kind = 'funding' and n.name = f.reference
           where n.id is distinct from f.id
          union all
          select c.merchant_id, 'customer', c.handle
            from customers c
            left join names n on n.merchant_id = c.merchant_id and n.kind = 'customer' and n.name = c.handle
           where n.id is null
          union all
          select c.merchant_id, 'debtor', c.debtor_id::text
            from customers c
            left join names n on n.merchant_id = c.merchant_id and n.kind = 'debtor' and n.name = c.debtor_id::text
           where c.debtor_id is not null and n.id is null`,
  },
  {
    name: "rows_belong_to_a_payout",
    says: "whatever is recorded about a payout belongs to a payout of the same merchant",
    sql: [
      ...children.map(
        (table) => `select '${table}' as place, t.merchant_id, t.payout_id as id from ${table} t
                     where not exists (select from payouts p where p.merchant_id = t.merchant_id and p.id = t.payout_id)`,
      ),
      `select 'entries', e.merchant_id, e.subject_id from entries e
        where e.kind not in ('fund', 'withdraw')
          and not exists (select from payouts p where p.merchant_id = e.merchant_id and p.id = e.subject_id)`,
    ].join(" union all "),
  },
  {
    name: "evidence_belongs_to_an_attempt",
    says: "sends and answers belong to an attempt that was made",
    sql: ["sends", "answers"]
      .map(
        (table) => `select '${table}' as place, t.merchant_id, t.payout_id as id, t.attempt from ${table} t
                     where not exists (select from attempts a where a.merchant_id = t.merchant_id
                                          and a.payout_id = t.payout_id and a.attempt = t.attempt)`,
      )
      .join(" union all "),
  },
  {
    name: "rail_is_the_latest_attempt's",
    says: "a payout is looked after with the rail that its latest attempt goes over",
    sql: `select p.merchant_id, p.id, p.rail, a.attempt, a.rail as attempt_rail
            from payouts p
            join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt
           where p.rail <> a.rail`,
  },
  {
    name: "destinations_are_the_merchants_own",
    says: "a payout goes to a card or account of its own merchant, and, where it was reached through a saved method, to the number behind that one",
    sql: `select a.merchant_id, a.payout_id as id, a.attempt, a.vault_id, a.method_id, m.vault_id as method_vault_id
            from attempts a
            left join vault v on v.merchant_id = a.merchant_id and v.id = a.vault_id
            left join payment_methods m on m.merchant_id = a.merchant_id and m.id = a.method_id
            left join vault now on now.merchant_id = m.merchant_id and now.id = m.vault_id -- another place, if it was renewed
           where v.id is null
              or (a.method_id is not null and now.fingerprint is distinct from v.fingerprint
                  and v.erased_at is null and now.erased_at is null)`,
  },
  {
    name: "customers_are_the_merchants_own",
    says: "a payout's customer is a customer of its merchant, or, of one that is known by its number, nobody or the card that was kept for its own sake",
    sql: `select p.merchant_id, p.id, p.customer from payouts p
           where not (p.door = 'worldline' and p.customer = p.handle)
             and not (p.door = 'worldline' and exists (
                   select from attempts a join vault v on v.merchant_id = a.merchant_id and v.id = a.vault_id
                    where a.merchant_id = p.merchant_id and a.payout_id = p.id and a.method_id is not null
                      and v.fingerprint = p.customer))
             and not exists (select from customers c where c.merchant_id = p.merchant_id and c.handle = p.customer)`,
  },
];

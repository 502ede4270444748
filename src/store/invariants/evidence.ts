import { holding, type Invariant } from "./invariant.ts";

/** What is true of attempts, of what was sent, and of what banks said. */
export const evidence: readonly Invariant[] = [
  {
    name: "failed_on_evidence",
    says: "an attempt that failed was declined, or never received: silence and age are no proof, and a callback is only a hint",
    sql: `select p.merchant_id, p.id, a.attempt, p.state, n.verdict, n.source,
                 (select count(*) from sends s where s.merchant_id = a.merchant_id and s.payout_id = a.payout_id
                                                 and s.attempt = a.attempt) as sends
            from attempts a
            join payouts p on p.merchant_id = a.merchant_id and p.id = a.payout_id
            left join answers n on n.merchant_id = a.merchant_id and n.payout_id = a.payout_id
                               and n.attempt = a.attempt and n.closes
           where (a.attempt < p.attempt or p.state = 'failed')
             and (n.verdict is null or n.verdict not in ('declined', 'never_received') or n.source = 'callback')`,
  },
  {
    name: "paid_on_evidence",
    says: "a payout is paid because its bank said so when it was asked or answered, or an operator did: a callback is only a hint",
    sql: `select p.merchant_id, p.id, p.attempt, p.state, n.verdict, n.source
            from payouts p
            left join answers n on n.merchant_id = p.merchant_id and n.payout_id = p.id and n.attempt = p.attempt and n.closes
           where p.state in ('paid', 'returned')
             and (n.verdict is null or n.verdict not in ('paid', 'returned') or n.source in ('callback', 'own'))
             and not exists (select from answers o where o.merchant_id = p.merchant_id and o.payout_id = p.id
                                and o.attempt = p.attempt and o.source = 'operator' and o.verdict = 'paid')`,
  },
  {
    name: "open_attempts_are_not_closed",
    says: "no answer has closed the attempt of a payout that goes on",
    sql: `select p.merchant_id, p.id, p.attempt, p.state, n.verdict, n.source
            from payouts p
            join answers n on n.merchant_id = p.merchant_id and n.payout_id = p.id and n.attempt = p.attempt and n.closes
           where p.state in ${holding} or p.state = 'awaiting_approval'`,
  },
  {
    name: "attempts_numbered",
    says: "a payout's attempts are numbered from one up to the one it is at, without gaps",
    sql: `select p.merchant_id, p.id, p.attempt, count(a.attempt) as attempts, max(a.attempt) as last
            from payouts p left join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id
           group by p.merchant_id, p.id
          having count(a.attempt) <> p.attempt or max(a.attempt) <> p.attempt or min(a.attempt) <> 1`,
  },
  {
    name: "sends_numbered",
    says: "an attempt's sends are numbered from one, without gaps, and the payout knows the last",
    sql: `select p.merchant_id, p.id, a.attempt, p.send, count(s.send) as sends, max(s.send) as last
            from payouts p
            join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id
            left join sends s on s.merchant_id = a.merchant_id and s.payout_id = a.payout_id and s.attempt = a.attempt
           group by p.merchant_id, p.id, a.attempt
          having count(s.send) <> coalesce(max(s.send), 0) or (a.attempt = p.attempt and count(s.send) <> p.send)`,
  },
  {
    name: "sent_again_on_evidence",
    says: "an attempt is sent again only when the send before certainly did not leave, or was never received",
    sql: `with said as (select merchant_id, payout_id, attempt, count(*) as answers from answers
                         where verdict in ('never_received', 'unsent') group by merchant_id, payout_id, attempt)
          select s.merchant_id, s.payout_id as id, s.attempt, count(*) as sends, coalesce(max(d.answers), 0) as answers
            from sends s left join said d using (merchant_id, payout_id, attempt)
           group by s.merchant_id, s.payout_id, s.attempt
          having count(*) > 1 + coalesce(max(d.answers), 0)`,
  },
  {
    name: "sends_have_their_event",
    says: "every send was decided: it has its event, and every such event its send",
    sql: `with sent as (select merchant_id, payout_id, attempt, count(*) as sends from sends
                         group by merchant_id, payout_id, attempt),
               told as (select merchant_id, payout_id, attempt, count(*) as events from events where kind = 'sent'
                         group by merchant_id, payout_id, attempt)
          select merchant_id, payout_id as id, attempt, sends, events
            from sent full join told using (merchant_id, payout_id, attempt)
           where sends is distinct from events`,
  },
  {
    name: "one_reference_one_instruction",
    says: "every send of one wire reference carries the same instruction",
    sql: `select merchant_id, payout_id as id, attempt, count(*) as sends, count(distinct body_hash) as instructions
            from sends group by merchant_id, payout_id, attempt
          having count(distinct body_hash) > 1`,
  },
  {
    name: "references_lead_to_their_merchant",
    says: "a wire reference begins with its merchant's prefix, by which a bank's word finds it",
    sql: `select a.merchant_id, a.payout_id as id, a.attempt, a.reference, m.reference_prefix
            from attempts a join merchants m on m.id = a.merchant_id
           where left(a.reference, 6) <> m.reference_prefix`,
  },
  {
    name: "answers_numbered",
    says: "a payout's answers are numbered from one, without gaps, and it knows the last",
    sql: `select p.merchant_id, p.id, p.answers, count(n.answer) as rows, max(n.answer) as last
            from payouts p left join answers n on n.merchant_id = p.merchant_id and n.payout_id = p.id
           group by p.merchant_id, p.id
          having count(n.answer) <> p.answers or coalesce(max(n.answer), 0) <> p.answers`,
  },
];

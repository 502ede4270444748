import { leadsTo, payoutStates, type PayoutEventKind } from "../../core/payout.ts";
import { holding, type Invariant } from "./invariant.ts";

/** Every kind of event: the compiler asks for one that is missing. */
const kinds: Record<PayoutEventKind, true> = {
  approved: true,
  approval_withdrawn: true,
  cancelled: true,
  retried: true,
  retry_asked: true,
  found_paid: true,
  contradicted: true,
  parked: true,
  unfrozen: true,
  refused: true,
  sent: true,
  unsent: true,
  accepted: true,
  paid: true,
  returned: true,
  declined: true,
  unanswered: true,
  never_received: true,
};

/** The table of core/payout.ts as rows. */
const lawful = payoutStates.flatMap((before) =>
  (Object.keys(kinds) as PayoutEventKind[]).flatMap((kind) => {
    const after = leadsTo(before, kind);
    return after === undefined ? [] : [{ before, kind, after }];
  }),
);

/** What is true of the states of payouts, and of the events that led there. */
export const life: readonly Invariant[] = [
  {
    name: "open_payouts_are_looked_at",
    says: "a payout under way has a next look, or waits for an operator; any other has none",
    sql: `select merchant_id, id, state, next_at, frozen from payouts
           where case when state in ${holding} then next_at is null and not frozen else next_at is not null end`,
  },
  {
    name: "nothing_is_overdue",
    says: "no payout under way waits for its next look for more than 15 minutes, but to be sent while dispatch is frozen",
    sql: `select merchant_id, id, state, next_at, now() - next_at as overdue from payouts
           where next_at < now() - interval '15 minutes'
             and not (state = 'queued' and (frozen or exists (select from dispatch where frozen_at is not null)))`,
    live: true,
  },
  {
    name: "events_numbered",
    says: "a payout's events are numbered from one up to its version, without gaps",
    sql: `select p.merchant_id, p.id, p.version, count(e.version) as events, min(e.version) as first, max(e.version) as last
            from payouts p left join events e on e.merchant_id = p.merchant_id and e.payout_id = p.id
           group by p.merchant_id, p.id
          having count(e.version) <> p.version or min(e.version) <> 1 or max(e.version) <> p.version`,
  },
  {
    name: "last_event_is_the_state",
    says: "a payout is in the state, and at the attempt, that its last event says",
    sql: `select p.merchant_id, p.id, p.version, p.state, p.attempt, e.kind, e.state as event_state, e.attempt as event_attempt
            from payouts p
            join events e on e.merchant_id = p.merchant_id and e.payout_id = p.id and e.version = p.version
           where e.state <> p.state or e.attempt <> p.attempt`,
  },
  {
    name: "transitions_are_lawful",
    says: "every change of state stands in the table of transitions, and only retries begin a new attempt",
    sql: `with seen as (select *, lag(state) over w as before, lag(attempt) over w as attempt_before from events
                        window w as (partition by merchant_id, payout_id order by version)),
               lawful as (select * from jsonb_to_recordset($1::jsonb) as l(before text, kind text, after text))
          select s.merchant_id, s.payout_id as id, s.version, s.before, s.kind, s.state, s.attempt
            from seen s left join lawful l on l.before = s.before and l.kind = s.kind and l.after = s.state
           where case when s.before is null
                      then s.kind <> 'created' or s.state not in ('queued', 'awaiting_approval') or s.attempt <> 1
                      else l.kind is null
                        or s.attempt <> s.attempt_before + (s.kind in ('retried', 'retry_asked'))::int end`,
    values: [JSON.stringify(lawful)],
  },
  {
    name: "instants_fit_the_state",
    says: "what is paid or was returned says when, and so does what has failed; nothing else does",
    sql: `select merchant_id, id, state, paid_at, failed_at from payouts
           where (state in ('paid', 'returned')) <> (paid_at is not null) or (state = 'failed') <> (failed_at is not null)`,
  },
  {
    name: "cancelled_never_left",
    says: "a cancelled payout was not sent",
    sql: `select p.merchant_id, p.id, p.attempt, p.send, count(s.send) as sends
            from payouts p
            left join sends s on s.merchant_id = p.merchant_id and s.payout_id = p.id and s.attempt = p.attempt
           where p.state = 'cancelled'
           group by p.merchant_id, p.id
          having p.send <> 0 or count(s.send) <> 0`,
  },
  {
    name: "frozen_while_an_incident_is_open",
    says: "a payout is frozen exactly while it has an incident that nobody resolved",
    sql: `select p.merchant_id, p.id, p.frozen, count(i.version) as open_incidents
            from payouts p
            left join incidents i on i.merchant_id = p.merchant_id and i.payout_id = p.id and i.resolved_at is null
           group by p.merchant_id, p.id
          having p.frozen <> (count(i.version) > 0)`,
  },
];

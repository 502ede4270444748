-- What a payout under way needs for rails that differ in what they promise, and for those that nobody can carry on.
alter table payouts
  -- The rail of its latest attempt, so that each rail's due work is found by itself. There has been one rail so far.
  add column rail text not null default 'sandbox',
  -- When the first send of its latest attempt that may have left was intended: a bank may recognise a reference for some time only.
  add column first_sent_at timestamptz,
  -- Times in a row that it was taken on and nothing came of it.
  add column tries smallint not null default 0,
  -- Marks of the evidence that has contradicted it, separated by spaces.
  add column contradicted_by text;
alter table payouts alter column rail drop default, alter column tries drop default;

-- A payout under way has a next look, or waits for an operator; one that is over, or waits for approval, has none.
alter table payouts drop constraint payouts_check;
alter table payouts add constraint looked_at
  check (case when state in ('queued', 'sent', 'accepted', 'in_doubt') then next_at is not null or frozen else next_at is null end);

alter table answers drop constraint answers_source_check, drop constraint answers_verdict_check;
alter table answers
  add constraint answers_source_check
    check (source in ('own', 'callback', 'reply', 'status_file', 'inquiry', 'statement', 'operator')),
  add constraint answers_verdict_check
    check (verdict in ('paid', 'accepted', 'declined', 'unanswered', 'unsent', 'never_received', 'returned'));
alter table incidents drop constraint incidents_kind_check;
alter table incidents add constraint incidents_kind_check check (kind in ('contradiction', 'silence', 'poison'));

-- What has to be looked at, by rail, and sending apart from asking, so that neither a rail that is down nor work of the other kind
-- stands in front of it. What waits for an operator is in neither.
drop function due_payouts;
drop index payouts_next;
create index payouts_to_send on payouts (rail, next_at, merchant_id, id)
  where state = 'queued' and next_at is not null and not frozen;
create index payouts_to_ask on payouts (rail, next_at, merchant_id, id)
  where state in ('sent', 'accepted', 'in_doubt') and next_at is not null;

-- Across all merchants but some: keys only, so no merchant's data leaves by these doors. The order is total: the same seed makes
-- the same choice.
create function due_to_send(on_rail text, now timestamptz, most integer, without bigint[])
  returns table (merchant_id bigint, id bigint)
  language sql stable security definer set search_path = public, pg_temp
  as $$ select p.merchant_id, p.id from payouts p
         where p.rail = on_rail and p.state = 'queued' and p.next_at <= now and p.next_at is not null and not p.frozen
           and p.merchant_id <> all (without)
         order by p.next_at, p.merchant_id, p.id
         limit most $$;
create function due_to_ask(on_rail text, now timestamptz, most integer, without bigint[])
  returns table (merchant_id bigint, id bigint)
  language sql stable security definer set search_path = public, pg_temp
  as $$ select p.merchant_id, p.id from payouts p
         where p.rail = on_rail and p.state in ('sent', 'accepted', 'in_doubt') and p.next_at <= now and p.next_at is not null
           and p.merchant_id <> all (without)
         order by p.next_at, p.merchant_id, p.id
         limit most $$;
do $$
declare f text;
begin
  foreach f in array array['due_to_send', 'due_to_ask'] loop
    execute format('revoke all on function %I from public', f);
    execute format('grant execute on function %I to disburse_app', f);
    execute format('alter function %I owner to disburse_migrator', f);
  end loop;
end $$;

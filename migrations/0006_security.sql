-- What is true for every merchant's table: the app sees and writes the rows of the merchants its transaction names.
-- The array is fetched once per statement (a subquery), not once per row.
do $$
declare t text;
begin
  foreach t in array array['names', 'counters', 'customers', 'vault', 'card_tokens', 'payment_methods', 'payouts', 'attempts',
                           'sends', 'answers', 'events', 'incidents', 'accounts', 'entries', 'fundings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy app on %I to disburse_app
                      using (merchant_id = any ((select current_merchants())::bigint[]))
                      with check (merchant_id = any ((select current_merchants())::bigint[]))', t);
    execute format('create policy checker on %I for select to disburse_checker using (true)', t);
    execute format('grant select, insert on %I to disburse_app', t);
  end loop;
end $$;

-- Append-only is a matter of grants: what is not listed here is never changed, and only a name that came to nothing is deleted.
grant update on counters, customers, vault, card_tokens, payment_methods, payouts, incidents, accounts to disburse_app;
grant update, delete on names to disburse_app;
grant select, insert, update on installation, merchants, api_keys, rail_cursors to disburse_app;
grant select on all tables in schema public to disburse_checker;

-- What has to be looked at, across all merchants: keys, states and rails only, so no merchant's data leaves by this door.
create function due_payouts(now timestamptz, most integer, due_states text[])
  returns table (merchant_id bigint, id bigint, rail text)
  language sql stable security definer set search_path = public, pg_temp
  as $$ select p.merchant_id, p.id, a.rail
          from payouts p join attempts a on a.merchant_id = p.merchant_id and a.payout_id = p.id and a.attempt = p.attempt
         where p.next_at <= now and p.state = any (due_states) and not (p.frozen and p.state = 'queued')
         order by p.next_at, p.merchant_id, p.id -- a total order: the same seed makes the same choice
         limit most $$;
revoke all on function due_payouts from public;
grant execute on function due_payouts to disburse_app;

-- The migrator owns the tables and that function, so neither belongs to a superuser, and the function can do no more than read
-- payouts. Whoever migrates is a member of it.
grant create, usage on schema public to disburse_migrator;
do $$
declare t text;
begin
  for t in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and relname <> 'migrations' loop
    execute format('alter table %I owner to disburse_migrator', t);
  end loop;
end $$;
alter function due_payouts owner to disburse_migrator;

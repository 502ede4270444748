-- PostgreSQL plans by statistics, and keeps the plans of prepared statements until it has new ones. A database that is minutes old
-- has none: its autovacuum comes by once a minute, and until then a plan that was made for an empty table may read all rows of
-- a merchant for each payout. So the server has tables analyzed that have doubled since they last were: often while they are
-- small, which costs nothing, and hardly ever when they are large.
create function analyze_grown_tables() returns integer
  language plpgsql security definer set search_path = public, pg_temp
  as $$
declare
  grown record;
  done integer := 0;
begin
  for grown in
    select s.relname from pg_stat_user_tables s join pg_class c on c.oid = s.relid
     where s.schemaname = 'public' and pg_has_role(c.relowner, 'member')
       and s.n_mod_since_analyze > 100 and s.n_mod_since_analyze > greatest(c.reltuples, 0)
  loop
    execute format('analyze %I', grown.relname);
    done := done + 1;
  end loop;
  return done;
end $$;
alter function analyze_grown_tables owner to disburse_migrator;
revoke all on function analyze_grown_tables from public;
grant execute on function analyze_grown_tables to disburse_app;

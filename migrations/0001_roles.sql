-- Three roles. The migrator owns the tables; the app sees only the merchants that its transaction names
-- (row-level security); the checker reads everything and writes nothing. None can log in: whoever connects takes a role on
-- (set_config('role', …, true)), so it also works behind a pooler in transaction mode. Roles are shared by all databases
-- of a PostgreSQL, hence the "if not exists", made safe against two databases being set up at once.
do $$
declare role text;
begin
  foreach role in array array['disburse_migrator', 'disburse_app', 'disburse_checker'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I nologin nosuperuser nobypassrls', role);
      end if;
    exception when duplicate_object or unique_violation then null;
    end;
    begin
      -- From PostgreSQL 16 on, who creates a role may administer it, but has to be granted that it may act as it.
      if not pg_has_role(current_user, role, case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end) then
        execute format('grant %I to current_user', role);
      end if;
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;

grant usage on schema public to disburse_app, disburse_checker;

-- The merchants of the running transaction, as an array. A function without a body of its own, so it is inlined.
create function current_merchants() returns bigint[]
  language sql stable parallel safe
  return string_to_array(nullif(current_setting('disburse.merchants', true), ''), ',')::bigint[];

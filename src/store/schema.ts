import type pg from "pg";

/**
 * The schema as the catalog has it, to be read by people and compared by a test: each table with its columns,
 * constraints, indexes, policies and grants, then the views and functions. The same text from PostgreSQL 15 to 18: the
 * order is by name, and what only one version has (named not-null constraints, MAINTAIN) is left out.
 */
export async function describeSchema(db: pg.ClientBase): Promise<string> {
  const texts: string[] = [];
  for (const part of [tables, views, functions]) {
    const { rows } = await db.query<{ text: string }>(part);
    texts.push(...rows.map(({ text }) => `${text}\n`));
  }
  return texts.join("\n");
}

/** Migrations keep account of themselves in a table that is no part of the schema. */
const ours = "c.relnamespace = 'public'::regnamespace and c.relname !~ '^migrations'";

/** What is granted on `c` to others than its owner. */
const grants = `array(
  select format(E'\\n  grant %s to %s', string_agg(lower(g.privilege_type), ', ' order by g.privilege_type collate "C"),
                coalesce(r.rolname, 'public'))
    from aclexplode(c.acl) as g left join pg_roles r on r.oid = g.grantee
   where g.grantee <> c.owner
   group by r.rolname order by r.rolname collate "C")`;

const columns = `array(
  select format(E'\\n  %I %s', a.attname, format_type(a.atttypid, a.atttypmod))
         || case when a.attcollation <> t.typcollation then format(' collate %I', l.collname) else '' end
         || case when a.attnotnull then ' not null' else '' end
         || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid, true), '')
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   order by a.attnum)`;

const constraints = `array(
  select format(E'\\n  constraint %I %s', k.conname, pg_get_constraintdef(k.oid, true))
    from pg_constraint k
   where k.conrelid = c.oid and k.contype <> 'n'
   order by position(k.contype::text in 'pufc'), k.conname collate "C")`;

const indexes = `array(
  select format(E'\\n  %sindex %I %s', case when i.indisunique then 'unique ' else '' end, x.relname,
                regexp_replace(pg_get_indexdef(i.indexrelid, 0, true), '^.* USING ', ''))
    from pg_index i join pg_class x on x.oid = i.indexrelid
   where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
   order by x.relname collate "C")`;

const policies = `array(
  select format(E'\\n  policy %I for %s to %s', policyname, lower(cmd), array_to_string(roles, ', '))
         || coalesce(' using ' || qual, '') || coalesce(' with check ' || with_check, '')
    from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname
   order by policyname collate "C")`;

const parts = [columns, constraints, indexes, policies, grants].map((part) => `array_to_string(${part}, '')`);

const tables = `
  select 'table ' || c.relname || case when c.relrowsecurity then ', row level security' else '' end
         || ${parts.join(" || ")} as text
    from (select *, relacl as acl, relowner as owner from pg_class) c
   where c.relkind = 'r' and ${ours}
   order by c.relname collate "C"`;

const views = `
  select format(E'view %s with (%s)', c.relname, array_to_string(c.reloptions, ', ')) || array_to_string(${grants}, '')
         || E'\\n' || pg_get_viewdef(c.oid, true) as text
    from (select *, relacl as acl, relowner as owner from pg_class) c
   where c.relkind = 'v' and ${ours}
   order by c.relname collate "C"`;

const functions = `
  select format('function %s(%s)', c.proname, pg_get_function_identity_arguments(c.oid)) || array_to_string(${grants}, '')
         || E'\\n' || rtrim(pg_get_functiondef(c.oid), E'\\n') as text
    from (select *, coalesce(proacl, acldefault('f', proowner)) as acl, proowner as owner from pg_proc) c
   where c.pronamespace = 'public'::regnamespace
   order by c.proname collate "C", pg_get_function_identity_arguments(c.oid) collate "C"`;

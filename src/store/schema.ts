import type { Db } from "./db.ts";

/**
 * The schema as the catalog has it, to be read by people and compared by a test: tables with columns and constraints,
 * indexes, views, functions, policies, and what each role may do. The same text from PostgreSQL 15 to 18: the order is by
 * name, and what only one version has (named not-null constraints, MAINTAIN) is left out.
 */
export async function describeSchema(db: Db): Promise<string> {
  const parts = await Promise.all([tables, indexes, views, functions, policies, grants].map((part) => part(db)));
  return parts.map((blocks) => blocks.join("\n")).join("\n");
}

/** Migrations keep account of themselves in a table that is no part of the schema. */
const ours = `n.nspname = 'public' and c.relname not like 'migrations%'`;

async function tables(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string; secured: boolean; lines: string[] }>(`
    select c.relname as name, c.relrowsecurity as secured,
           array(select quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                        || case when a.attcollation <> t.typcollation then ' collate "' || l.collname || '"' else '' end
                        || case when a.attnotnull then ' not null' else '' end
                        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                   from pg_attribute a
                   join pg_type t on t.oid = a.atttypid
                   left join pg_collation l on l.oid = a.attcollation
                   left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                  order by a.attnum)
           || array(select 'constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
                      from pg_constraint k
                     where k.conrelid = c.oid and k.contype <> 'n'
                     order by position(k.contype::text in 'pufc'), k.conname collate "C") as lines
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and ${ours}
     order by c.relname collate "C"`);
  return rows.map(({ name, secured, lines }) => {
    const security = secured ? `alter table ${name} enable row level security;\n` : "";
    return `create table ${name} (\n${lines.map((line) => `  ${line}`).join(",\n")}\n);\n${security}`;
  });
}

async function indexes(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    select pg_get_indexdef(i.indexrelid) as text
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where ${ours} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
     order by c.relname collate "C"`);
  return [...rows.map(({ text }) => `${text.replace(" ON public.", " ON ")};`), ""];
}

async function views(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string; options: string[] | null; text: string }>(`
    select c.relname as name, c.reloptions as options, pg_get_viewdef(c.oid) as text
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'v' and ${ours}
     order by c.relname collate "C"`);
  return rows.map(({ name, options, text }) => {
    const given = options === null ? "" : ` with (${options.join(", ")})`;
    return `create view ${name}${given} as\n${text.replace(/^/gm, " ").trimEnd()}\n`;
  });
}

async function functions(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    select pg_get_functiondef(p.oid) as text
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'public'
     order by p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`);
  return rows.map(({ text }) => `${text.trimEnd()};\n`);
}

async function policies(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    select format('create policy %s on %s for %s to %s', policyname, tablename, lower(cmd), array_to_string(roles, ', '))
           || coalesce(E'\\n  using (' || qual || ')', '') || coalesce(E'\\n  with check (' || with_check || ')', '') as text
      from pg_policies where schemaname = 'public'
     order by tablename collate "C", policyname collate "C"`);
  return [...rows.map(({ text }) => `${text};`), ""];
}

/** What is granted to others than the owner, on tables, views and functions. */
async function grants(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    with granted as (
      select c.relname::text as name, g.privilege_type as privilege, g.grantee
        from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) as g
       where c.relkind in ('r', 'v') and ${ours} and g.grantee <> c.relowner
      union all
      select format('function %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), g.privilege_type, g.grantee
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
             aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as g
       where n.nspname = 'public' and g.grantee <> p.proowner)
    select format('grant %s on %s to %s', string_agg(lower(privilege), ', ' order by privilege collate "C"), name,
                  coalesce(r.rolname, 'public')) as text
      from granted left join pg_roles r on r.oid = grantee
     group by name, r.rolname
     order by name collate "C", r.rolname collate "C"`);
  return rows.map(({ text }) => `${text};`).concat("");
}

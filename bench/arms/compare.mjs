import { join } from "node:path";
import { folder } from "../lib/libraries.mjs";
import { makeMerchants } from "../lib/merchants.mjs";
import { startFile, usualFlags } from "../lib/programs.mjs";
import { openSite } from "../lib/site.mjs";

const card = { number: "4111111111111111", exp_month: 12, exp_year: 2039 };

/** A database with a merchant, money and a saved card as the product makes them, and then one of `compare/` in the server's place. */
export async function openRival(bench, program, node) {
  const site = await openSite(bench, program.replaceAll("-", "_"), { idle: true, node });
  await site.startServer();
  const merchants = await makeMerchants(site, 1);
  await site.stopServers();
  const [payer] = await site.ask(
    `select m.id::text as merchant, m.reference_prefix as prefix, p.id as method, p.vault_id::text as vault, p.customer
       from merchants m join payment_methods p on p.merchant_id = m.id`,
  );
  const databaseUrl = bench.postgres.urlOf(site.database);
  const payers = JSON.stringify({ ...payer, databaseUrl, bankUrl: site.bank.url, card });
  const env = { PAYER: payers, NODE_ENV: "production" };
  site.servers.push(await startFile(join(folder, `${program}.mjs`), [], { env, node, flags: usualFlags }));
  return { site, merchants };
}

/**
 * An arm whose program is paused between its rounds, because its looking for jobs would be in the others' figures. Before each round
 * PostgreSQL looks at its tables, so that what was planned for empty ones is gone.
 */
export const paused = (arm, site) => ({
  ...arm,
  async round() {
    for (const server of site.servers) server.goOn();
    await site.ask("analyze");
    const figures = await arm.round();
    for (const server of site.servers) server.pause();
    return figures;
  },
});

/** Rows that were written into a database since it was made: into the product's tables, and into a library's own. */
export async function writtenRows(site) {
  await site.stopServers(); // what a connection has counted is told at its end
  const [rows] = await site.ask(
    `select sum(n_tup_upd) filter (where schemaname = 'public')::float8 as updated,
            coalesce(sum(n_tup_ins) filter (where schemaname <> 'public'), 0)::float8 as "libraryInserted",
            coalesce(sum(n_tup_upd) filter (where schemaname <> 'public'), 0)::float8 as "libraryUpdated",
            coalesce(sum(n_tup_del) filter (where schemaname <> 'public'), 0)::float8 as "libraryDeleted",
            (select count(*)::float8 from payouts) as payouts
       from pg_stat_user_tables`,
  );
  return rows;
}

/** What the bank has paid, what the tables say that was paid, and what does not hold in the books. */
export async function compareBooks(site, checkBooks) {
  const told = await fetch(`${site.bank.url}/books`);
  const bank = await told.json();
  const [tables] = await site.ask(
    `select count(*)::float8 as payouts, count(*) filter (where state = 'paid')::float8 as paid,
            (select sum(paid_out_minor) from accounts)::float8 as "paidOutMinor" from payouts`,
  );
  const { findings } = await checkBooks();
  const agree =
    bank.paid === tables.paid &&
    bank.transfers === tables.payouts &&
    bank.paid_minor_by_currency.EUR === tables.paidOutMinor;
  return { agree, bankPaid: bank.paid, ...tables, findings };
}

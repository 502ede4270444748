import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cpuOfAll } from "../lib/cpu.mjs";
import { perPayoutMs } from "../lib/load.mjs";
import { findPgbench } from "../lib/postgres.mjs";
import { countRows, rowsPerPayout } from "../lib/rows.mjs";
import { payFromNode } from "./node-payer.mjs";

const clients = 64;
const sql = (name) => readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), "utf8");

/** A database with the product's schema, and merchants numbered from one. No server runs on it. */
export async function openBaseline(bench) {
  const { migrate } = await import("../../dist/store/migrate.js");
  const database = await bench.postgres.createDatabase("baseline");
  const ask = (text, values) => bench.postgres.ask(database, text, values);
  await migrate(bench.postgres.urlOf(database), () => {});
  for (const statement of sql("merchants")
    .split(/;\n/)
    .filter((text) => /\S/.test(text))) {
    await ask(statement, statement.includes("$1") ? [bench.options.merchants] : []);
  }
  const script = (name, ...parts) => {
    const file = join(bench.folder, `${name}.sql`);
    writeFileSync(file, parts.map(sql).join("\n"));
    return file;
  };
  const few = { ...bench, options: { ...bench.options, seconds: 1 } };
  await payFromNode(few, { database }, [sql("accept"), sql("answer")], bench.options.merchants, clients);
  return {
    database,
    ask,
    payout: script("payout", "next", "accept", "answer"),
    accept: script("accept", "next", "accept"),
  };
}

/** One transaction for each step of a payout, one after another on each of 64 connections; `hot`: all on one account. */
export function baselineArm(bench, baseline, { by, hot, acceptOnly = false }) {
  const name = `${by}, ${acceptOnly ? "accepting only, " : ""}${hot ? "one account" : "random accounts"}`;
  const merchants = hot ? 1 : bench.options.merchants;
  const pay =
    by === "pgbench"
      ? () => pgbench(bench, baseline, acceptOnly ? baseline.accept : baseline.payout, merchants)
      : () =>
          payFromNode(
            bench,
            baseline,
            acceptOnly ? [sql("accept")] : [sql("accept"), sql("answer")],
            merchants,
            clients,
          );
  return {
    name,
    async round() {
      const { postgres } = bench;
      await baseline.ask("analyze"); // plans of tables that were empty would be no match
      const [before, lsn, cpu] = [await countRows(baseline.ask), await postgres.wal(), cpuOfAll({ postgres })];
      const { perSecond, p50, p99, load } = await pay();
      const now = cpuOfAll({ postgres });
      const written = await postgres.wal(lsn);
      const rows = rowsPerPayout(before, await countRows(baseline.ask));
      const used = { postgres: now.postgres - cpu.postgres, ...(load !== undefined && { load }) };
      return { perSecond, p50, p99, rows, walBytes: written / rows.payouts, cpuMs: perPayoutMs(used, rows.payouts) };
    },
  };
}

async function pgbench(bench, { database }, script, merchants) {
  const url = new URL(bench.postgres.urlOf(database));
  const base = Date.now() - Date.UTC(2025, 0, 1); // so that ids grow with time, as the product's do
  const words = ["-n", "-M", "prepared", "-c", clients, "-j", 2, "-T", Math.ceil(bench.options.seconds), "-f", script];
  const variables = ["-D", "n=0", "-D", `base=${base}`, "-D", `merchants=${merchants}`];
  const place = ["-h", url.hostname, "-p", url.port, "-U", url.username, database];
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(url.password) };
  const run = promisify(execFile)(findPgbench(), [...words, ...variables, ...place].map(String), { env });
  const { stdout } = await run;
  return {
    perSecond: Number(/tps = ([\d.]+)/.exec(stdout)[1]),
    p50: null,
    p99: null,
    mean: Number(/latency average = ([\d.]+)/.exec(stdout)[1]),
  };
}

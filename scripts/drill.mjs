// Restores a database to a time before payouts were paid, in each of the ways in which that happens, and tells whether anything was
// paid twice: with real processes, a real PostgreSQL, and a sandbox bank with books of its own. Ends with 1 when something is wrong.
//
//   npm run drill [-- --each 20]
import { parseArgs } from "node:util";
import { buildIfStale } from "../bin/build.mjs";

const { values } = parseArgs({ options: { each: { type: "string", default: "20" } } });
const each = Number(values.each);
await buildIfStale();
const { Drill } = await import("../dist/testing/drill.js");
const { table } = await import("../dist/cli/terminal.js");

/** The last one shows that the drill can fail: the restored database is let go on, and nobody is asked. */
const runs = [
  { bank: "remembers", restored: "copy", guarded: true, patient: true },
  { bank: "forgets", restored: "copy", guarded: true, patient: true },
  { bank: "remembers", restored: "point_in_time", guarded: true, patient: true },
  { bank: "forgets", restored: "failover", guarded: true, patient: true },
  { bank: "forgets", restored: "copy", guarded: false, patient: true },
];
const columns = {
  bank: (run) => run.bank,
  restored: (run) => run.restored.replaceAll("_", " "),
  guarded: (run) => (run.guarded ? "yes" : "no"),
  payouts: (_, { payouts }) => payouts,
  "transfers before": (_, { transfers }) => transfers.before,
  "while frozen": (_, { transfers }) => transfers.whileFrozen,
  after: (_, { transfers }) => transfers.after,
  "paid twice": (_, { paidTwice }) => paidTwice,
  "not accounted for": (_, { wrong }) => wrong.length,
  "on the list": (_, { listed }) => listed,
  "cents apart": (_, { difference }) => difference,
  "armed after s": (_, { seconds }) => seconds.armed,
  "at rest after s": (_, { seconds }) => seconds.atRest,
};
const rows = [Object.keys(columns)];
let good = true;
for (const run of runs) {
  process.stderr.write(`${run.bank}, ${run.restored}, ${run.guarded ? "guarded" : "not guarded"} …\n`);
  const told = await Drill.run({ each, ...run });
  const clean = told.paidTwice + told.wrong.length + told.transfers.whileFrozen === 0 && told.difference === 0;
  good &&= clean === run.guarded;
  rows.push(Object.values(columns).map((show) => `${show(run, told)}`));
}
console.log(table(rows).join("\n"));
console.log(good ? "\nNothing was paid twice where it was guarded, and the drill can tell." : "\nSomething is wrong.");
process.exit(good ? 0 : 1);

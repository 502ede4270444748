// Runs the tests: builds, starts one PostgreSQL for all of them (or takes the one in DISBURSE_TEST_DATABASE_URL), and ends
// with a line "N passed, N failed". Arguments are parts of file names: `npm test -- commit lists` runs what contains one of them.
import { cpus, tmpdir } from "node:os";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { buildIfStale } from "../bin/build.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

await buildIfStale();
const files = readdirSync(join(root, "dist"), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".test.js") && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(root, "dist", name));

const scratch = mkdtempSync(join(tmpdir(), "disburse-test-"));
const stop = await startDatabase();
process.on("SIGINT", () => void stop().then(() => process.exit(130)));

const count = { passed: 0, failed: 0, skipped: 0 };
const stream = run({ files, concurrency: cpus().length, timeout: 120_000 });
stream.on("test:pass", ({ skip, details }) => {
  if (details?.type === "suite") return;
  if (skip === undefined || skip === false) count.passed += 1;
  else count.skipped += 1;
});
stream.on("test:fail", ({ details }) => {
  if (details?.type !== "suite") count.failed += 1;
});
const report = stream.compose(spec);
report.pipe(process.stdout);
await new Promise((resolve) => report.on("end", resolve));
await stop();
if (count.passed + count.failed === 0) count.failed = 1; // a run without a test has not passed
console.log(`\n${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`);
process.exit(count.failed === 0 ? 0 : 1);

/** One PostgreSQL for the whole run; every test file makes databases of its own in it. */
async function startDatabase() {
  if (process.env.DISBURSE_TEST_DATABASE_URL) return async () => rmSync(scratch, { recursive: true, force: true });
  const { openCluster } = await import("../dist/embedded/cluster.js");
  const cluster = await openCluster(scratch, () => {});
  process.env.DISBURSE_TEST_DATABASE_URL = cluster.url;
  return async () => {
    await cluster.stop();
    rmSync(scratch, { recursive: true, force: true });
  };
}

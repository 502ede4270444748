// Runs the tests: builds, starts one PostgreSQL for all of them (or takes the one in DISBURSE_TEST_DATABASE_URL), and ends
// with a line "N passed, N failed". Arguments are parts of file names: `npm test -- commit lists` runs what contains one of them.
// `--weather` runs those that need a minute each instead: what becomes of a server whose database is slow, full or overrun.
import { cpus, tmpdir } from "node:os";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildIfStale } from "../bin/build.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isWeather = process.argv.includes("--weather");
const ending = isWeather ? ".weather.js" : ".test.js";
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

await buildIfStale();
const files = ["dist", "client/dist"]
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
  .filter((name) => name.endsWith(ending) && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .sort()
  .map((name) => join(root, name));

const scratch = mkdtempSync(join(tmpdir(), "disburse-test-"));
const answers = mkdtempSync(join(tmpdir(), "disburse-answers-"));
writeDownAnswers();
const stop = await startDatabase();
process.on("SIGINT", () => void stop().then(() => process.exit(130)));

const count = { passed: 0, failed: 0 };
const skipped = [];
const stream = run({ files, concurrency: cpus().length, timeout: isWeather ? 600_000 : 120_000 });
stream.on("test:pass", ({ name, skip, details }) => {
  if (details?.type === "suite") return;
  if (skip === undefined || skip === false) count.passed += 1;
  else skipped.push(`SKIPPED ${name}: ${skip}`);
});
stream.on("test:fail", ({ details }) => {
  if (details?.type !== "suite") count.failed += 1;
});
const report = stream.compose(spec);
report.pipe(process.stdout);
await new Promise((resolve) => report.on("end", resolve));
await stop();
const wrong = await judgeAnswers();
count.failed += wrong.length;
if (count.passed + count.failed + skipped.length === 0) count.failed = 1; // a run without a test has not passed
if (skipped.length > 0) console.log(`\n${skipped.join("\n")}`);
console.log(
  `\n${count.passed} passed, ${count.failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
);
process.exit(count.failed === 0 ? 0 : 1);

/** Every process of this run writes down what its servers answer. */
function writeDownAnswers() {
  chmodSync(answers, 0o777); // some tests run servers as another user
  const script = pathToFileURL(join(root, "scripts", "answers.mjs"));
  script.searchParams.set("into", answers);
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import ${script.href}`.trim();
}

/** What of it is not as docs/openapi.md and /openapi/*.json say; and, where all tests ran, what was never answered. */
async function judgeAnswers() {
  const { judgeAll } = await import("../dist/testing/answers.js");
  const { count, faults, unseen } = judgeAll(answers);
  rmSync(answers, { recursive: true, force: true });
  const missing = wanted.length > 0 || isWeather ? [] : unseen.map((name) => `${name}: no test has seen it succeed`);
  const wrong = [...faults, ...missing];
  console.log(
    `\n${count} answers held against the descriptions of their APIs: ${wrong.length === 0 ? "all fit" : "WRONG"}`,
  );
  for (const fault of wrong) console.log(`  ${fault}`);
  return wrong;
}

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

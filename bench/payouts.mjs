// Payouts per second end to end: POST /v1/payout → durable → the sandbox bank → durable → answer, one merchant, one card.
// Starts a server of its own on an empty folder, with the bank in a process of its own unless --inside is given.
//
//   node bench/payouts.mjs [--connections 64] [--seconds 10] [--rounds 3] [--inside]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { Pool } from "undici";
import { buildIfStale } from "../bin/build.mjs";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "64" },
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    inside: { type: "boolean", default: false },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "disburse-bench-"));
const secret = "only-for-the-benchmark";
const children = [];

await buildIfStale();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

function start(args, env, ready) {
  const child = spawn(process.execPath, [join(root, "bin/disburse.mjs"), ...args], { env: { ...process.env, ...env } });
  children.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        said += text;
        const found = ready.exec(said);
        if (found !== null) resolve({ child, url: found[1] });
      });
    }
    child.on("exit", (code) => reject(new Error(`${args[0]} ended with ${code}:\n${said}`)));
  });
}

const bank = values.inside
  ? undefined
  : await start(
      ["sandbox-bank", "--port", "0", "--dir", join(folder, "bank"), "--secret", secret],
      {},
      /(http:\/\/127\.0\.0\.1:\d+)/,
    );
const startedAt = performance.now();
const server = await start(
  ["start"],
  {
    DISBURSE_DATA_DIR: join(folder),
    PORT: "0",
    ...(bank && { DISBURSE_SANDBOX_BANK_URL: bank.url, DISBURSE_SANDBOX_SECRET: secret }),
  },
  /(http:\/\/127\.0\.0\.1:\d+)/,
);
const startSeconds = (performance.now() - startedAt) / 1000;
const demo = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));
const facts = JSON.parse(readFileSync(join(folder, "postgres.json"), "utf8"));
const db = new pg.Client(facts);
await db.connect();

const authorization = `Basic ${Buffer.from(`${demo.frisbii.private_key}:`).toString("base64")}`;
const headers = { authorization, "content-type": "application/json" };
const pool = new Pool(demo.url, { connections, pipelining: 1 });
const post = async (path, body) => {
  const answer = await pool.request({ method: "POST", path, headers, body: JSON.stringify(body) });
  return { status: answer.statusCode, body: await answer.body.json() };
};
const token = await post("/sandbox/card-tokens", {
  number: "4111111111111111",
  cvv: "123",
  exp_month: 12,
  exp_year: 2039,
});
const method = await post("/v1/payment_method", { source: token.body.id, customer: { handle: "bench" } });

let serial = 0;
async function round(forSeconds) {
  const latencies = [];
  const until = performance.now() + forSeconds * 1000;
  const client = async () => {
    while (performance.now() < until) {
      const handle = `bench-${(serial += 1)}`;
      const at = performance.now();
      const { status, body } = await post("/v1/payout", {
        handle,
        destination: method.body.id,
        amount: 1,
        currency: "EUR",
      });
      if (status !== 200 || body.state !== "paid") throw new Error(`${status} ${JSON.stringify(body)}`);
      latencies.push(performance.now() - at);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: connections }, client));
  const took = (performance.now() - from) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)];
  return { perSecond: latencies.length / took, p50: at(0.5), p99: at(0.99), payouts: latencies.length };
}

const tables = ["names", "payouts", "attempts", "sends", "answers", "events", "entries"];
const count = async () => {
  const { rows } = await db.query(
    tables.map((name) => `select '${name}' t, count(*)::int n from ${name}`).join(" union all "),
  );
  return Object.fromEntries(rows.map(({ t, n }) => [t, n]));
};
await round(2); // warm
const before = await count();
const lsn = (await db.query("select pg_current_wal_lsn() lsn")).rows[0].lsn;
const rounds = [];
for (let index = 0; index < Number(values.rounds); index += 1) rounds.push(await round(seconds));
const written = (await db.query("select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::float8 bytes", [lsn])).rows[0].bytes;
const after = await count();
const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const payouts = rounds.reduce((sum, { payouts: n }) => sum + n, 0);
console.log(
  `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, PostgreSQL ${(await db.query("show server_version")).rows[0].server_version}`,
);
console.log(
  `${connections} connections, ${values.rounds} rounds of ${seconds} s, one merchant, bank ${values.inside ? "inside the server" : "in its own process"}`,
);
for (const { perSecond, p50, p99 } of rounds) {
  console.log(`  ${perSecond.toFixed(0).padStart(6)} payouts/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms`);
}
console.log(
  `median ${median(rounds.map((r) => r.perSecond)).toFixed(0)} payouts/s, p99 ${median(rounds.map((r) => r.p99)).toFixed(1)} ms`,
);
console.log(`start to listening ${startSeconds.toFixed(2)} s; server's resident memory ${memory.toFixed(0)} MB`);
console.log(
  `WAL ${(written / payouts).toFixed(0)} bytes per payout; rows per payout: ${tables.map((t) => `${t} ${((after[t] - before[t]) / payouts).toFixed(2)}`).join(", ")}`,
);

await pool.close();
await db.end();
children.forEach((child) => child.removeAllListeners("exit"));
server.child.kill("SIGTERM");
await new Promise((resolve) => server.child.once("exit", resolve));
bank?.child.kill("SIGTERM");
rmSync(folder, { recursive: true, force: true });

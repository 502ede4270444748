import pg from "pg";
import { quantile } from "../lib/load/tally.mjs";

/** The statements of a script, each with the names of the values that it takes in turn. */
function statementsOf(script, file) {
  const lines = script.split("\n").filter((line) => !line.startsWith("--"));
  return lines
    .join("\n")
    .split(/;\n/)
    .filter((text) => /\S/.test(text))
    .map((text, at) => {
      const takes = [];
      const numbered = text.replaceAll(/(?<!:):([a-z]+)/g, (_, name) => `$${takes.push(name)}`);
      return { name: `s${file}_${at}`, text: numbered, takes };
    });
}

/** The same statements from Node, by the usual client: prepared, one after another, as a program would be written. */
export async function payFromNode(bench, { database }, scripts, merchants, connections) {
  const statements = scripts.flatMap(statementsOf);
  const pool = new pg.Pool({ connectionString: bench.postgres.urlOf(database), max: connections });
  pool.on("error", () => {});
  const base = Date.now() - Date.UTC(2025, 0, 1);
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
  const latencies = [];
  const usedBefore = process.cpuUsage();
  const from = performance.now();
  const until = from + bench.options.seconds * 1_000;
  const pay = async (client, number) => {
    for (let n = 1; performance.now() < until; n += 1) {
      const values = { m: 1 + Math.floor(Math.random() * merchants), id: (base + n) * 1024 + number };
      const at = performance.now();
      for (const { name, text, takes } of statements) {
        await client.query({ name, text, values: takes.map((take) => values[take]) });
      }
      latencies.push(performance.now() - at);
    }
  };
  try {
    await Promise.all(clients.map(pay));
    const seconds = (performance.now() - from) / 1_000;
    const { user, system } = process.cpuUsage(usedBefore);
    const sorted = Float64Array.from(latencies).toSorted();
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
    return { perSecond: latencies.length / seconds, p50, p99, load: (user + system) / 1e6 };
  } finally {
    for (const client of clients) client.release(true);
    await pool.end();
  }
}

import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startProgram } from "./programs.mjs";

const secret = "only-for-the-benchmark-0123456789";
export const adminToken = secret;
const masterKey = `bench:${randomBytes(32).toString("hex")}`;
let sites = 0;

/**
 * Servers on a database of their own in the run's PostgreSQL, and the sandbox bank in a process of its own, called over HTTP.
 * `flags`: Node's, for the servers. `node`: another Node than this one. `idle`: no server yet.
 */
export async function openSite(bench, name, { servers = 1, flags = [], idle = false, node } = {}) {
  sites += 1;
  const folder = join(bench.folder, `site-${sites}-${name}`);
  mkdirSync(folder, { recursive: true });
  const database = await bench.postgres.createDatabase(name);
  const books = ["--dir", join(folder, "bank")];
  const bank = await startProgram(["sandbox-bank", "--port", "0", ...books, "--secret", secret], { node });
  const site = {
    folder,
    database,
    bank,
    servers: [],
    ask: (text, values) => bench.postgres.ask(database, text, values),
    startServer: (n = site.servers.length) => site.startWith(n, flags),
    /** The same with other flags of Node's. */
    startProfiled: (others) => site.startWith(site.servers.length, others),
    async startWith(n, flags) {
      const env = {
        DATABASE_URL: bench.postgres.urlOf(database),
        DISBURSE_INSTALLATION: "bench",
        DISBURSE_MASTER_KEY: masterKey,
        DISBURSE_ADMIN_TOKEN: adminToken,
        DISBURSE_SANDBOX_BANK_URL: bank.url,
        DISBURSE_SANDBOX_SECRET: secret,
        DISBURSE_DATA_DIR: join(folder, `server-${n + 1}`),
        DISBURSE_DEMO: "no",
        PORT: "0",
      };
      const server = await startProgram(["start"], { env, flags, node });
      site.servers.push(server);
      return server;
    },
    async stopServers() {
      await Promise.all(site.servers.splice(0).map((server) => server.stop()));
    },
    async close() {
      await site.stopServers();
      await bank.stop();
    },
  };
  if (!idle) for (let n = 0; n < servers; n += 1) await site.startServer();
  return site;
}

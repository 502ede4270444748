import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { Database } from "./database.ts";
import { Line } from "./line.ts";
import type { LineName } from "./plan.ts";
import { Program } from "./program.ts";
import { Reaper } from "./reaper.ts";
import type { Tally } from "./tally.ts";
import { BankWatch, CallbackWatch } from "./watch.ts";

export interface SiteOptions {
  readonly folder: string;
  readonly servers: number;
  readonly seed: number;
  /** Whether PostgreSQL flushes to disk. */
  readonly fsync: boolean;
  readonly plant: Plant | undefined;
  /** Whether the bank does only what it is ordered to. */
  readonly calmBank?: boolean;
  /** What servers are told beside what they always are. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/**
 * What can be broken on purpose, to see whether it is found. `lost-commits`: PostgreSQL answers before a commit is on disk.
 * `pay-twice`: the bank pays some transfers twice. `told`: the list of what clients were told is tampered with.
 */
export const plants = ["lost-commits", "pay-twice", "told"] as const;
export type Plant = (typeof plants)[number];

const secret = "only-for-the-crash-test-0123456789";
export const adminToken = secret;
const masterKey = `torture:${createHash("sha256").update(secret).digest("hex")}`;

/** Database, bank and servers, each a process of its own, and the lines between them. */
export interface Site {
  readonly database: Database;
  readonly bank: Program;
  readonly servers: readonly Program[];
  /** One line of each name for each server. */
  readonly lines: Readonly<Record<LineName, readonly Line[]>>;
  readonly watch: BankWatch;
  readonly callbacks: CallbackWatch;
  readonly bankFolder: string;
  /** Where a server listens, past every line. */
  portOf(server: number): number;
  start(): Promise<void>;
  /** Ends everything that was started. */
  close(): Promise<void>;
}

export async function openSite(options: SiteOptions, tally: Tally): Promise<Site> {
  const { folder, servers, seed, fsync, plant, log } = options;
  mkdirSync(folder, { recursive: true });
  const bankFolder = join(folder, "bank");
  const reaper = new Reaper();
  const watch = new BankWatch();
  const callbacks = new CallbackWatch();
  const ports: { database?: number; bank?: number; servers: (number | undefined)[] } = { servers: [] };
  let turn = 0;

  const each = <T>(make: (n: number) => Promise<T>) => Promise.all(Array.from({ length: servers }, (_, n) => make(n)));
  const lines = {
    clients: await each((n) => Line.open(() => ports.servers[n])),
    database: await each(() => Line.open(() => ports.database)),
    bank: await each(() => Line.open(() => ports.bank, watch)),
  };
  const callbackLine = await Line.open(() => ports.servers[(turn += 1) % servers], callbacks);
  const callbackUrl = `http://127.0.0.1:${callbackLine.port}/rails/sandbox/callback`;
  const claimCallbacks = () =>
    request(`http://127.0.0.1:${ports.bank}/callback-url`, {
      method: "POST",
      body: JSON.stringify({ url: callbackUrl }),
    }).then(
      ({ body }) => body.dump(),
      () => {}, // it learns it at its own start
    );

  const database = new Database(join(folder, "database"), fsync ? {} : { fsync: "off" }, reaper, log, (port) => {
    ports.database = port;
  });
  const bank = new Program({
    name: "bank",
    words: (starts) =>
      bankWords(bankFolder, callbackUrl, options.calmBank === true ? {} : moodOf(seed + starts, plant)),
    settings: { DISBURSE_SANDBOX_SECRET: secret },
    log: join(folder, "bank.log"),
    reaper,
    ready: (port) => {
      ports.bank = port;
    },
    fell: (how) => tally.fell.push(`the bank: ${how}`),
  });
  const server = (n: number): Program =>
    new Program({
      name: `server ${n + 1}`,
      words: () => ["start", "--port", "0"],
      settings: {
        ...settings,
        ...options.settings,
        DATABASE_URL: withPort(database.url, lines.database[n]!.port),
        DISBURSE_INSTALLATION: "torture",
        DISBURSE_SANDBOX_BANK_URL: `http://127.0.0.1:${lines.bank[n]!.port}`,
        DISBURSE_DATA_DIR: join(folder, `server-${n + 1}`),
        DISBURSE_UNSAFE_DURABILITY: fsync && plant !== "lost-commits" ? "no" : "yes",
      },
      log: join(folder, `server-${n + 1}.log`),
      reaper,
      ready: (port) => {
        ports.servers[n] = port;
        void claimCallbacks(); // it has told the bank to call back to itself, past our line
      },
      fell: (how) => tally.fell.push(`server ${n + 1}: ${how}`),
    });
  const programs: Program[] = [];
  return {
    database,
    bank,
    servers: programs,
    lines,
    watch,
    callbacks,
    bankFolder,
    portOf: (n) => ports.servers[n]!,
    async start() {
      await database.start();
      if (plant === "lost-commits") await database.ask("alter database disburse set synchronous_commit = off");
      await bank.start();
      for (let n = 0; n < servers; n += 1) programs.push(server(n));
      await Promise.all(programs.map((program) => program.start()));
    },
    async close() {
      await Promise.all([...programs, bank].map((program) => program.close()));
      await database.close();
      await Promise.all([...Object.values(lines).flat(), callbackLine].map((line) => line.close()));
      await reaper.close();
    },
  };
}

const settings = {
  DISBURSE_MASTER_KEY: masterKey,
  DISBURSE_ADMIN_TOKEN: adminToken,
  DISBURSE_SANDBOX_SECRET: secret,
  DISBURSE_DEMO: "no",
};

const bankWords = (folder: string, callbackUrl: string, mood: Readonly<Record<string, string>>): string[] => [
  "sandbox-bank",
  ...Object.entries({ "--port": "0", "--dir": folder, "--callback-url": callbackUrl, ...mood }).flat(),
];

/** How often the bank goes wrong by itself. */
const moodOf = (seed: number, plant: Plant | undefined): Record<string, string> => ({
  "--lose-answers": "0.1",
  "--repeat-callbacks": "0.05",
  "--delay-callbacks": "0.05",
  "--pay-twice": plant === "pay-twice" ? "0.01" : "0",
  "--seed": String(seed),
});

function withPort(text: string, port: number): string {
  const url = new URL(text);
  url.port = String(port);
  return url.href;
}

import { resolve } from "node:path";
import { readEventNames, type FrisbiiEvent } from "./dialects/frisbii/event-types.ts";
import { readRetries, type RetrySchedule } from "./engine/retries.ts";
import { readNetworks } from "./receivers/networks.ts";
import { isLoopback } from "./receivers/special.ts";

/** The settings of a server, read once from the environment; docs/configuration.md says what each is for. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** What the servers of this installation call it; undefined: nothing, and the data folder tells whose database it is. */
  readonly installation: string | undefined;
  readonly masterKey: string | undefined;
  readonly masterKeysOld: string | undefined;
  readonly masterKeyFile: string | undefined;
  readonly kmsCommand: string | undefined;
  /** Undefined: the command only unwraps. */
  readonly kmsKey: string | undefined;
  readonly fingerprintKey: string | undefined;
  readonly adminToken: string | undefined;
  readonly publicUrl: string | undefined;
  readonly limits: "generous" | "vendor";
  /** Networks in which webhooks may be delivered although they are private, in CIDR notation. */
  readonly webhookAllow: readonly string[];
  /** What the operator calls events of the Frisbii API whose names are ours. */
  readonly frisbiiEventNames: Readonly<Partial<Record<FrisbiiEvent, string>>>;
  /** When webhooks are told again that were not taken; undefined: as is usual in their format. */
  readonly webhookRetries: RetrySchedule | undefined;
  readonly webhookKeepDays: number;
  readonly unsafeDurability: boolean;
  readonly worldlineTimezone: string;
  /** For so long before and after its `Date` a signed request is taken. */
  readonly worldlineWindowMs: number;
  readonly demo: boolean;
  readonly sandboxBankUrl: string | undefined;
  readonly sandboxSecret: string | undefined;
  readonly sandboxClass: "deduplicates" | "asks";
}

/** One faulty setting; all of them are told at once. */
export class ConfigFault extends Error {
  override readonly name = "ConfigFault";
  constructor(faults: readonly string[]) {
    super(`the environment holds settings that cannot be used:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What each variable holds, and how it is read. A reader throws with the words "must be …". */
const readers = {
  HOST: (text: string) => text,
  PORT: (text: string) => wholeNumber(text, 0, 65_535),
  DATABASE_URL: (text: string) => databaseUrl(text),
  DISBURSE_DATA_DIR: (text: string) => resolve(text),
  DISBURSE_INSTALLATION: (text: string) => name(text),
  DISBURSE_MASTER_KEY: (text: string) => text,
  DISBURSE_MASTER_KEYS_OLD: (text: string) => text,
  DISBURSE_MASTER_KEY_FILE: (text: string) => resolve(text),
  DISBURSE_KMS_COMMAND: (text: string) => text,
  DISBURSE_KMS_KEY: (text: string) => keyId(text),
  DISBURSE_FINGERPRINT_KEY: (text: string) => text,
  DISBURSE_ADMIN_TOKEN: (text: string) => longEnough(text, 24),
  DISBURSE_PUBLIC_URL: (text: string) => url(text, ["http:", "https:"]),
  DISBURSE_LIMITS: (text: string) => oneOf(text, ["generous", "vendor"] as const),
  DISBURSE_WEBHOOK_ALLOW: (text: string) => networks(text),
  DISBURSE_FRISBII_EVENT_NAMES: (text: string) => readEventNames(text),
  DISBURSE_WEBHOOK_RETRIES: (text: string) => readRetries(text),
  DISBURSE_WEBHOOK_KEEP_DAYS: (text: string) => wholeNumber(text, 1, 3_650),
  DISBURSE_UNSAFE_DURABILITY: (text: string) => oneOf(text, ["yes", "no"] as const) === "yes",
  DISBURSE_WORLDLINE_TIMEZONE: (text: string) => timezone(text),
  DISBURSE_WORLDLINE_WINDOW_MINUTES: (text: string) => wholeNumber(text, 1, 1_440),
  DISBURSE_DEMO: (text: string) => oneOf(text, ["yes", "no"] as const) === "yes",
  DISBURSE_SANDBOX_BANK_URL: (text: string) => url(text, ["http:"]),
  DISBURSE_SANDBOX_SECRET: (text: string) => longEnough(text, 16),
  DISBURSE_SANDBOX_CLASS: (text: string) => oneOf(text, ["deduplicates", "asks"] as const),
} satisfies Record<string, (text: string) => unknown>;
export type Variable = keyof typeof readers;
export const variables = Object.keys(readers) as readonly Variable[];

/** Reads the environment. Throws a {@link ConfigFault} that lists every fault. An empty variable is an absent one. */
export function readConfig(environment: Environment): Config {
  const faults: string[] = [];
  const read = <V extends Variable>(name: V): ReturnType<(typeof readers)[V]> | undefined => {
    const text = environment[name];
    if (text === undefined || text === "") return undefined;
    try {
      return readers[name](text) as ReturnType<(typeof readers)[V]>;
    } catch (error) {
      faults.push(`${name} ${(error as Error).message}`);
      return undefined;
    }
  };
  for (const name of Object.keys(environment)) {
    if (
      name.startsWith("DISBURSE_") &&
      !name.startsWith("DISBURSE_TEST_") &&
      !(variables as readonly string[]).includes(name)
    ) {
      faults.push(`${name} is not a setting of Disburse`);
    }
  }
  const config: Config = {
    host: read("HOST") ?? "127.0.0.1",
    port: read("PORT") ?? 8080,
    dataDir: read("DISBURSE_DATA_DIR") ?? resolve("data"),
    databaseUrl: read("DATABASE_URL"),
    installation: read("DISBURSE_INSTALLATION"),
    masterKey: read("DISBURSE_MASTER_KEY"),
    masterKeysOld: read("DISBURSE_MASTER_KEYS_OLD"),
    masterKeyFile: read("DISBURSE_MASTER_KEY_FILE"),
    kmsCommand: read("DISBURSE_KMS_COMMAND"),
    kmsKey: read("DISBURSE_KMS_KEY"),
    fingerprintKey: read("DISBURSE_FINGERPRINT_KEY"),
    adminToken: read("DISBURSE_ADMIN_TOKEN"),
    publicUrl: read("DISBURSE_PUBLIC_URL"),
    limits: read("DISBURSE_LIMITS") ?? "generous",
    webhookAllow: read("DISBURSE_WEBHOOK_ALLOW") ?? [],
    frisbiiEventNames: read("DISBURSE_FRISBII_EVENT_NAMES") ?? {},
    webhookRetries: read("DISBURSE_WEBHOOK_RETRIES"),
    webhookKeepDays: read("DISBURSE_WEBHOOK_KEEP_DAYS") ?? 30,
    unsafeDurability: read("DISBURSE_UNSAFE_DURABILITY") ?? false,
    worldlineTimezone: read("DISBURSE_WORLDLINE_TIMEZONE") ?? "Europe/Amsterdam",
    worldlineWindowMs: (read("DISBURSE_WORLDLINE_WINDOW_MINUTES") ?? 15) * 60_000,
    demo: read("DISBURSE_DEMO") ?? true,
    sandboxBankUrl: read("DISBURSE_SANDBOX_BANK_URL"),
    sandboxSecret: read("DISBURSE_SANDBOX_SECRET"),
    sandboxClass: read("DISBURSE_SANDBOX_CLASS") ?? "deduplicates",
  };
  const wraps = config.masterKey !== undefined || config.masterKeyFile !== undefined || config.kmsKey !== undefined;
  if (config.databaseUrl !== undefined && !wraps && faults.length === 0) {
    faults.push(
      "DISBURSE_MASTER_KEY must be set beside DATABASE_URL (or DISBURSE_MASTER_KEY_FILE, or DISBURSE_KMS_COMMAND with " +
        "DISBURSE_KMS_KEY): it opens the card numbers in that database (make one with: disburse key)",
    );
  }
  if (config.kmsKey !== undefined && config.kmsCommand === undefined) {
    faults.push("DISBURSE_KMS_COMMAND must be set beside DISBURSE_KMS_KEY: it is what wraps with that key");
  }
  if (config.kmsCommand !== undefined && !wraps && faults.length === 0) {
    faults.push("DISBURSE_KMS_KEY must be set beside DISBURSE_KMS_COMMAND, unless there is a master key that wraps");
  }
  if (config.sandboxBankUrl !== undefined && config.sandboxSecret === undefined) {
    faults.push("DISBURSE_SANDBOX_SECRET must be set beside DISBURSE_SANDBOX_BANK_URL: it signs that bank's callbacks");
  }
  if (faults.length > 0) throw new ConfigFault(faults);
  return config;
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new Error(`must be a whole number from ${least} to ${most}`);
  return value;
}

function url(text: string, protocols: readonly string[]): string {
  const fits = URL.canParse(text) && protocols.includes(new URL(text).protocol);
  if (!fits)
    throw new Error(`must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`);
  return text;
}

function databaseUrl(text: string): string {
  const { searchParams } = new URL(url(text, ["postgres:", "postgresql:"]));
  const prepared = searchParams.get("prepared") ?? "yes";
  if (!["yes", "no"].includes(prepared)) throw new Error("must say ?prepared=yes or ?prepared=no, or nothing about it");
  return text;
}

function oneOf<T extends string>(text: string, allowed: readonly T[]): T {
  if (!(allowed as readonly string[]).includes(text)) throw new Error(`must be ${allowed.join(" or ")}`);
  return text as T;
}

function networks(text: string): readonly string[] {
  const cidrs = text.split(",").map((cidr) => cidr.trim());
  readNetworks(cidrs);
  const own = cidrs.filter((cidr) => isLoopback(cidr.split("/")[0]!));
  if (own.length > 0) throw new Error(`must not open loopback: ${own.join(", ")}`);
  return cidrs;
}

function name(text: string): string {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(text)) throw new Error("must be 1 to 64 of A to Z, a to z, 0 to 9 and _ . -");
  return text;
}

function keyId(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(text)) throw new Error("must be 1 to 32 of A to Z, a to z, 0 to 9 and _ -");
  return text;
}

function timezone(text: string): string {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new Error("must be an IANA time zone such as Europe/Amsterdam");
  }
}

function longEnough(text: string, least: number): string {
  if (text.length < least) throw new Error(`must have ${least} characters or more`);
  return text;
}

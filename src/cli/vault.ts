import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { sleep } from "../clock.ts";
import { fingerprintKeyOf, identify } from "../installation.ts";
import { openMasterKeys, openVault, type MasterKeys } from "../master-keys.ts";
import { openStore } from "../open-store.ts";
import { openPool } from "../store/db.ts";
import { isRenewing, rotate, type Rotated } from "../store/rotate.ts";
import { verifyVault, type Verified } from "../store/verify-vault.ts";
import { explainBooks, openBooks } from "./books.ts";
import { configOf, dataOption, jsonOption } from "./settings.ts";
import { CommandProblem, table, type Terminal } from "./terminal.ts";

interface VaultOptions {
  readonly data?: string;
  readonly json?: true;
}

/** A walk through all rows has statements that take longer than a server's. */
const statementSeconds = 3_600;

/** `vault rotate` and `vault verify` end with 1 when something cannot be opened. */
export function addVault(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const vault = program.command("vault").description("the keys that card numbers are sealed with");
  vault
    .command("rotate")
    .description("bring everything under the newest keys; beside running servers, and again after a kill")
    .option("--data-keys", "give every merchant a new data key, and seal its cards anew")
    .option("--settle <seconds>", "how long servers may still write under keys from before; 0 when none runs", "25")
    .addOption(dataOption)
    .addOption(jsonOption)
    .action(async (options: VaultOptions & { readonly dataKeys?: true; readonly settle: string }) => {
      if (!/^\d{1,4}$/.test(options.settle)) throw new CommandProblem("--settle is a number of seconds.");
      const config = configOf(terminal, options);
      const store = await openStore(config, () => {}, true);
      const pool = openPool(store.url, 2, statementSeconds);
      try {
        const { keeper } = store.masterKeys;
        const sealing = openVault(pool, store.masterKeys);
        await identify(pool, sealing, store.masterKeys, config);
        const settleMs = Number(options.settle) * 1_000;
        const { note } = terminal;
        const tools = { keeper, random: randomBytes, sleep, settleMs, note, progress: seldom(terminal) };
        const ports = { pool, vault: sealing, ...tools };
        const rotated = await rotate(ports, { dataKeys: options.dataKeys === true });
        const unfinished = options.dataKeys !== true && (await isRenewing(pool));
        const said = options.json === true ? [JSON.stringify(rotated)] : rotatedInWords(rotated, keeper.currentId);
        said.forEach(terminal.say);
        if (unfinished) terminal.note("A renewal of data keys was begun and has not ended: go on with --data-keys.");
        end(rotated.shut.length === 0 ? 0 : 1);
      } finally {
        await pool.end();
        await store.close();
      }
    });
  vault
    .command("verify")
    .description("open everything that is sealed, and count which keys it needs; also beside a running server")
    .addOption(dataOption)
    .addOption(jsonOption)
    .action(async (options: VaultOptions) => {
      const config = configOf(terminal, options);
      const books = await openBooks(config, () => {});
      const pool = openPool(books.url, 2, statementSeconds);
      try {
        const keys = openMasterKeys(config);
        const sealing = openVault(pool, keys);
        const fingerprintKey = await fingerprintKeyOf(pool, sealing).catch(explainBooks);
        const ports = { pool, vault: sealing, keeper: keys.keeper, fingerprintKey, progress: seldom(terminal) };
        const verified = await verifyVault(ports).catch(explainBooks);
        const said = options.json === true ? [JSON.stringify(inJson(verified, keys))] : verifiedInWords(verified, keys);
        said.forEach(terminal.say);
        end(verified.shutCount === 0 ? 0 : 1);
      } finally {
        await pool.end();
        await books.close();
      }
    });
}

/** Notes at most one line a second. */
function seldom({ note }: Terminal): (line: string) => void {
  let notedAt = performance.now();
  return (line) => {
    if (performance.now() - notedAt < 1_000) return;
    notedAt = performance.now();
    note(line);
  };
}

const place = ({ place: where, merchantId, rowId, why }: Verified["shut"][number]): string =>
  `  - ${where}, merchant ${merchantId}, row ${rowId}: ${why}`;

function rotatedInWords({ rewrapped, renewed, resealed, shut }: Rotated, masterKeyId: string): string[] {
  const done = `${renewed} new data keys, ${rewrapped} data keys wrapped anew, ${resealed} texts sealed anew.`;
  if (shut.length === 0) return [done, `Everything is under the master key ${masterKeyId} now.`];
  return [done, `${shut.length} texts cannot be opened, and stay as they are:`, ...shut.slice(0, 100).map(place)];
}

/** Master keys other than the newest one that something still needs. */
const stillNeeded = ({ uses }: Verified, { keeper }: MasterKeys): string[] => [
  ...new Set(uses.flatMap(({ masterKeyId: id }) => (id === null || id === keeper.currentId ? [] : [id]))),
];

const inJson = (verified: Verified, keys: MasterKeys) => ({
  ok: verified.shutCount === 0,
  newest: keys.keeper.currentId,
  still_needed: stillNeeded(verified, keys),
  ...verified,
});

function verifiedInWords(verified: Verified, keys: MasterKeys): string[] {
  const { uses, shut, shutCount } = verified;
  const rows = uses.map(({ what, under, masterKeyId, count }) => [what, under, masterKeyId ?? "-", String(count)]);
  const needed = stillNeeded(verified, keys);
  const old = uses.some(({ what, under }) => what !== "data keys" && under !== "current data keys");
  return [
    ...table([["what", "under", "master key", "how many"], ...rows]),
    needed.length > 0
      ? `Still needed beside ${keys.keeper.currentId}: ${needed.join(", ")}. \`disburse vault rotate\` ends that.`
      : `Nothing needs another master key than ${keys.keeper.currentId}.`,
    ...(old ? ["Some texts are under old keys: `disburse vault rotate` seals them anew."] : []),
    ...(shutCount === 0 ? ["Everything can be opened."] : [`${shutCount} cannot be opened, or are not right:`]),
    ...shut.map(place),
  ];
}

import type { KeyObject } from "node:crypto";
import type pg from "pg";
import { unwrapDataKey } from "../vault/data-keys.ts";
import { fingerprint } from "../vault/fingerprint.ts";
import { numberOf } from "../vault/cards.ts";
import type { KeyKeeper } from "../vault/keeper.ts";
import { SealFault } from "../vault/seal.ts";
import type { Vault } from "../vault/vault.ts";
import { toDataKey } from "./data-keys.ts";
import { readAll, run } from "./db.ts";
import type { Row } from "./read.ts";
import type { Shut } from "./reseal.ts";
import { beginning, sealedColumns, walk, type SealedColumn, type SealedRow } from "./sealed-columns.ts";

export interface VerifyPorts {
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly keeper: KeyKeeper;
  /** Undefined: it cannot be opened, and fingerprints are not compared. */
  readonly fingerprintKey: KeyObject | undefined;
  progress(line: string): void;
}

/** How many texts, or data keys, need a master key, and by way of what. */
export interface KeyUse {
  readonly what: string;
  /** `master`: sealed under the master key itself (version 1). `wrapped`: a data key. */
  readonly under: "current data keys" | "retired data keys" | "master key" | "unknown data key";
  readonly masterKeyId: string | null;
  readonly count: number;
}

export interface Verified {
  readonly uses: readonly KeyUse[];
  /** What cannot be opened, or is not what stands beside it: the first ones, and how many in all. */
  readonly shut: readonly Shut[];
  readonly shutCount: number;
}

const batch = 500;
const mostShut = 100;

interface Found extends SealedRow {
  readonly master_key_id: string | null;
  readonly retired: boolean | null;
  readonly fingerprint: string | null;
  readonly masked: string | null;
}

/** Opens every data key and every sealed text, and counts which keys they need. Reads only; nothing that it opens is kept or told. */
export async function verifyVault(ports: VerifyPorts): Promise<Verified> {
  const tally = new Tally();
  await verifyDataKeys(ports, tally);
  for (const column of sealedColumns) {
    let after = beginning;
    for (;;) {
      const rows = await readRows(ports.pool, column, after);
      if (rows.length === 0) break;
      for (const row of rows) {
        tally.count(column.name, underOf(row), row.master_key_id ?? oldMasterKeyOf(row.sealed));
        const why = await faultOf(ports, row);
        if (why !== undefined)
          tally.isShut({ place: column.name, merchantId: row.merchant_id, rowId: row.row_id, why });
      }
      after = rows.at(-1)!;
      ports.progress(`${tally.texts} looked at`);
    }
  }
  return tally.result();
}

async function verifyDataKeys({ pool, keeper, progress }: VerifyPorts, tally: Tally): Promise<void> {
  let after = ["-1", ""];
  for (;;) {
    const text = "select * from data_keys where (merchant_id, id) > ($1, $2) order by merchant_id, id limit $3";
    const { rows } = await readAll(pool, (client) => run<Row>(client, text, [...after, batch]));
    if (rows.length === 0) return;
    for (const row of rows) {
      tally.count("data keys", row.retired_at === null ? "current data keys" : "retired data keys", row.master_key_id);
      const why = await wordsOf(unwrapDataKey(keeper, row.merchant_id, toDataKey(row)));
      if (why !== undefined) tally.isShut({ place: "data keys", merchantId: row.merchant_id, rowId: row.id, why });
    }
    after = [rows.at(-1)!.merchant_id, rows.at(-1)!.id];
    progress(`${tally.texts} looked at`);
  }
}

function readRows(pool: pg.Pool, column: SealedColumn, after: typeof beginning): Promise<Found[]> {
  const beside = column.namesKey ? ", t.fingerprint, t.masked" : ", null as fingerprint, null as masked";
  const told = "s.sealed, s.fingerprint, s.masked, k.master_key_id, k.retired_at is not null as retired";
  const text = walk(column, told, beside);
  return readAll(
    pool,
    async (client) => (await run<Found>(client, text, [after.merchant_id, after.row_id, batch])).rows,
  );
}

/** What is wrong with a text, in words that hold nothing of it. */
async function faultOf({ vault, fingerprintKey }: VerifyPorts, row: Found): Promise<string | undefined> {
  const place = { merchantId: row.merchant_id, rowId: row.row_id, purpose: row.purpose };
  let plain = "";
  const why = await wordsOf(vault.open(place, row.sealed).then((text) => (plain = text)));
  if (why !== undefined || row.fingerprint === null) return why;
  const number = row.purpose === "card" ? plain : numberOf(JSON.parse(plain) as Parameters<typeof numberOf>[0]);
  if (row.masked?.slice(-4) !== number.slice(-4)) return "what it shows of the number is of another one";
  if (fingerprintKey !== undefined && fingerprint(fingerprintKey, number) !== row.fingerprint)
    return "its fingerprint is of another number, or made with another key";
  return undefined;
}

async function wordsOf(opening: Promise<unknown>): Promise<string | undefined> {
  try {
    await opening;
    return undefined;
  } catch (error) {
    if (error instanceof SealFault) return error.message;
    throw error;
  }
}

const oldMasterKeyOf = (sealed: string): string | null => /^v1\.([^.]+)\./.exec(sealed)?.[1] ?? null;

const underOf = ({ sealed, master_key_id, retired }: Found): KeyUse["under"] => {
  if (sealed.startsWith("v1.")) return "master key";
  if (master_key_id === null) return "unknown data key";
  return retired === true ? "retired data keys" : "current data keys";
};

class Tally {
  readonly #uses = new Map<string, KeyUse>();
  readonly #shut: Shut[] = [];
  #shutCount = 0;
  texts = 0;

  count(what: string, under: KeyUse["under"], masterKeyId: string | null): void {
    this.texts += 1;
    const key = JSON.stringify([what, under, masterKeyId]);
    this.#uses.set(key, { what, under, masterKeyId, count: (this.#uses.get(key)?.count ?? 0) + 1 });
  }

  isShut(one: Shut): void {
    this.#shutCount += 1;
    if (this.#shut.length < mostShut) this.#shut.push(one);
  }

  result(): Verified {
    return { uses: [...this.#uses.values()], shut: this.#shut, shutCount: this.#shutCount };
  }
}

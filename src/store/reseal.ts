import type pg from "pg";
import { dataKeyOf, SealFault } from "../vault/seal.ts";
import type { Vault } from "../vault/vault.ts";
import { inOneTrip, readAll, run, writeAs } from "./db.ts";
import { joined } from "./rows.ts";
import { beginning, sealedColumns, walk, type SealedColumn, type SealedRow } from "./sealed-columns.ts";

/** A text that could not be opened, by its place. */
export interface Shut {
  readonly place: string;
  readonly merchantId: string;
  readonly rowId: string;
  /** In words that hold nothing of the text. */
  readonly why: string;
}

export interface Resealed {
  readonly texts: number;
  readonly shut: readonly Shut[];
}

/** Texts looked at at once, and at most sealed anew in one transaction. */
const batch = 200;

/**
 * Seals anew, under its merchant's current data key, every text that is under another key, and leaves alone what cannot be opened.
 * A text that somebody else has sealed anew meanwhile stays as it is, so several may do this at once, beside servers that read.
 */
export async function resealAll(pool: pg.Pool, vault: Vault, progress: (texts: number) => void): Promise<Resealed> {
  const shut: Shut[] = [];
  let texts = 0;
  for (const column of sealedColumns) {
    let after = beginning;
    for (;;) {
      const rows = await readStep(pool, column, after);
      if (rows.length === 0) break;
      const outdated = rows.filter((row): row is SealedRow => row.sealed !== null);
      const opened = await Promise.all(outdated.map((row) => sealAnew(vault, column, row)));
      shut.push(...opened.filter((one) => "why" in one));
      const anew = opened.filter((one) => "anew" in one);
      if (anew.length > 0) texts += await replace(pool, column, anew);
      after = rows.at(-1)!;
      progress(texts);
    }
  }
  return { texts, shut };
}

interface Anew extends SealedRow {
  readonly anew: string;
}

async function sealAnew(vault: Vault, { name }: SealedColumn, row: SealedRow): Promise<Anew | Shut> {
  const place = { merchantId: row.merchant_id, rowId: row.row_id, purpose: row.purpose };
  try {
    return { ...row, anew: await vault.seal(place, await vault.open(place, row.sealed)) };
  } catch (error) {
    if (error instanceof SealFault)
      return { place: name, merchantId: row.merchant_id, rowId: row.row_id, why: error.message };
    throw error;
  }
}

/** The next rows; with their text, when that is outdated. */
type Step = Omit<SealedRow, "sealed"> & { readonly sealed: string | null };

function readStep(pool: pg.Pool, column: SealedColumn, after: typeof beginning): Promise<Step[]> {
  return readAll(pool, async (client) => {
    const text = walk(column, "case when k.id is null or k.retired_at is not null then s.sealed end as sealed");
    return (await run<Step>(client, text, [after.merchant_id, after.row_id, batch])).rows;
  });
}

/** Locked in the order of the rows, so that two who do this never wait for each other in a circle. */
function replace(pool: pg.Pool, of: SealedColumn, rows: readonly Anew[]): Promise<number> {
  const merchants = [...new Set(rows.map((row) => row.merchant_id))];
  const keys = [joined(rows.map((row) => row.merchant_id)), joined(rows.map((row) => row.row_id))];
  const texts = [rows.map((row) => row.sealed), rows.map((row) => row.anew), rows.map((row) => dataKeyOf(row.anew))];
  const itsRow = `${of.merchantId} = r.merchant_id and ${of.rowId} = r.row_id`;
  const lock = `select from ${of.table} t join unnest($1::bigint[], $2::bigint[]) as r(merchant_id, row_id) on ${itsRow}
                 order by r.merchant_id, r.row_id for no key update of t`;
  const update = `update ${of.table} t set ${of.column} = r.anew${of.namesKey ? ", data_key = r.data_key" : ""}
                    from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
                         as r(merchant_id, row_id, sealed, anew, data_key)
                   where ${itsRow} and t.${of.column} = r.sealed`;
  return writeAs(pool, merchants, async (client) => {
    const [, { rowCount }] = await inOneTrip([run(client, lock, keys), run(client, update, [...keys, ...texts])]);
    return rowCount ?? 0;
  });
}

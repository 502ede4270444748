import type pg from "pg";
import type { Command, NameClaim } from "../core/command.ts";
import { run } from "./db.ts";
import type { Row } from "./read.ts";
import { joined } from "./rows.ts";
import { wantedNames } from "./wanted.ts";
import { keyOf } from "./working-copy.ts";

/** What became of the names that a batch claims. */
export interface Names {
  /** Written now, with the id of the first command that claimed it. */
  readonly fresh: readonly (NameClaim & { readonly merchantId: string })[];
  /** Known before, and what they stand for. */
  readonly known: readonly (Omit<NameClaim, "id"> & { readonly merchantId: string; readonly id: string })[];
}

/** The first statement of a batch: inserts all new names, sorted. What does not come back exists, and is read. */
export async function claimNames(client: pg.ClientBase, commands: readonly Command[]): Promise<Names> {
  const sorted = wantedNames(commands);
  if (sorted.length === 0) return { fresh: [], known: [] };
  const values = (list: typeof sorted) => [
    joined(list.map((c) => c.merchantId)),
    list.map((c) => c.kind),
    list.map((c) => c.name),
  ];
  const { rows } = await run<Row>(client, insertNames, [...values(sorted), joined(sorted.map((c) => c.id))]);
  const fresh = new Set(rows.map((row) => keyOf(row.merchant_id, row.kind, row.name)));
  const isFresh = (claim: (typeof sorted)[number]) => fresh.has(keyOf(claim.merchantId, claim.kind, claim.name));
  const rest = sorted.filter((claim) => !isFresh(claim));
  const known = rest.length === 0 ? [] : (await run<Row>(client, readNames, values(rest))).rows;
  return {
    fresh: sorted.filter(isFresh),
    known: known.map((row) => ({ merchantId: row.merchant_id, kind: row.kind, name: row.name, id: row.id })),
  };
}

const insertNames = {
  name: "claim_names",
  text: `insert into names (merchant_id, kind, name, id)
         select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
         on conflict do nothing returning merchant_id, kind, name`,
};
const readNames = {
  name: "read_names",
  text: `select n.* from unnest($1::bigint[], $2::text[], $3::text[]) as k(merchant_id, kind, name)
           join names n using (merchant_id, kind, name)`,
};

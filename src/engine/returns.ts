import type { Rail } from "../rails/rail.ts";

export interface ReturnsPorts {
  /** How far the list of a rail was followed; empty: not at all. */
  readCursor(rail: string): Promise<string>;
  saveCursor(rail: string, cursor: string): Promise<void>;
  /** Asks about the payout of a reference, if it is one of ours. Rejects when it could not be looked at. */
  lookAt(reference: string): Promise<void>;
}

/**
 * Follows a rail's own list of returned transfers, so that a return is learnt of even when nobody calls back. The cursor is
 * saved after everything before it was looked at; what is seen twice changes nothing.
 */
export async function followReturns(rail: Rail, { readCursor, saveCursor, lookAt }: ReturnsPorts): Promise<number> {
  if (rail.list === undefined || rail.rules.class === "neither") return 0; // what is listed has to be asked about
  const from = await readCursor(rail.rules.name);
  const { references, cursor } = await rail.list(from);
  let missed: unknown;
  for (const reference of references) await lookAt(reference).catch((error: unknown) => (missed = error));
  if (missed !== undefined) throw missed; // the next run begins here again; what was looked at twice changes nothing
  if (cursor !== from) await saveCursor(rail.rules.name, cursor);
  return references.length;
}

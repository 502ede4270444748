import type { Rail } from "../rails/rail.ts";

export interface ReturnsPorts {
  /** How far the list of a rail was followed; empty: not at all. */
  readCursor(rail: string): Promise<string>;
  saveCursor(rail: string, cursor: string): Promise<void>;
  /** Asks about the payout of a reference, if it is one of ours. Rejects when it could not be looked at. */
  lookAt(reference: string): Promise<void>;
}

/** So often one run looks at what it missed, as long as the bank answers about anything at all. */
const triesPerRun = 3;
/** Looked at together: a bank that leaves an answer out is waited for, and others need not wait with it. */
const atOnce = 16;

/**
 * Follows a rail's own list of returned transfers, so that a return is learnt of even when nobody calls back. The cursor is
 * saved after everything before it was looked at. What was missed is looked at again, and nothing else of that page: with a bank
 * that leaves one answer in ten out, a long page would never be done. What is seen twice changes nothing.
 */
export function returnsFollower(rail: Rail, { readCursor, saveCursor, lookAt }: ReturnsPorts): () => Promise<number> {
  let page = "";
  const lookedAt = new Set<string>();
  return async () => {
    if (rail.list === undefined || rail.rules.class === "neither") return 0; // what is listed has to be asked about
    const from = await readCursor(rail.rules.name);
    if (from !== page) lookedAt.clear(); // this process, or another one, has gone on
    page = from;
    const { references, cursor } = await rail.list(from);
    let missed: unknown;
    for (let tries = 1, before = -1; tries <= triesPerRun && lookedAt.size > before; tries += 1) {
      missed = undefined;
      before = lookedAt.size;
      const left = references.filter((one) => !lookedAt.has(one));
      const look = (reference: string) =>
        lookAt(reference).then(
          () => lookedAt.add(reference),
          (error: unknown) => (missed = error),
        );
      for (let first = 0; first < left.length; first += atOnce)
        await Promise.all(left.slice(first, first + atOnce).map(look));
    }
    if (missed !== undefined) throw missed; // the next run begins here again
    if (cursor === from) return 0;
    await saveCursor(rail.rules.name, cursor);
    return Math.max(1, references.length); // there may be more pages, with nothing in this one
  };
}

import type { View } from "../core/command.ts";
import type { Payout } from "../core/payout.ts";
import type { Forgotten, Tools } from "./intent.ts";
import type { PayoutRequest } from "./request.ts";

/** Attempts in a row that left no trace at any bank, beyond which no later one is looked for. */
const lookAhead = 20;

/**
 * The reference of a payout's next attempt. The first one comes from what the merchant calls the payout, so that it is the same
 * when a database that was restored is asked for it again; each later one from the one before it. Where a bank is known to
 * have made a transfer that this database has forgotten, that transfer's attempt is the next one, and `forgotten` tells of it.
 */
export function nextReference(
  { merchant }: Pick<View, "merchant">,
  name: string,
  last: string | null,
  tools: Tools,
): { readonly reference: string; readonly forgotten: Forgotten | null } {
  const prefix = merchant.referencePrefix;
  const first = last === null ? tools.reference(prefix, name, 1) : referenceAfter(prefix, last, tools);
  const row = chain(prefix, first, tools);
  const moved = row.findLast(({ forgotten }) => forgotten !== null && forgotten.status !== "declined");
  if (moved !== undefined) return moved;
  const declined = row.findLast(({ forgotten }) => forgotten !== null);
  return {
    reference: declined === undefined ? first : referenceAfter(prefix, declined.reference, tools),
    forgotten: null,
  };
}

/** References of the attempts that may have come after that of `last`, as many as are looked for. */
export const laterReferences = (prefix: string, last: string, tools: Tools): string[] =>
  chain(prefix, referenceAfter(prefix, last, tools), tools).map(({ reference }) => reference);

/** What the merchant calls a payout, for good: its handle; of one that we number, the request's key, or else our own id.
 *  Never the number itself: a restored database gives the same numbers to other payouts. */
export function nameOf(
  { handle, idempotenceKey }: Pick<PayoutRequest, "handle" | "idempotenceKey">,
  payout: Payout,
): string {
  if (typeof handle === "string") return payout.handle;
  return idempotenceKey == null ? `id ${payout.id}` : `key ${idempotenceKey}`; // handles hold no blanks
}

const referenceAfter = (prefix: string, last: string, tools: Tools): string => tools.reference(prefix, last, 2);

/** The attempt of `first` and those after it, as far as banks know of any. */
function chain(prefix: string, first: string, tools: Tools): { reference: string; forgotten: Forgotten | null }[] {
  const known = tools.forgotten ?? new Map<string, Forgotten>();
  if (known.size === 0) return [];
  const row: { reference: string; forgotten: Forgotten | null }[] = [];
  let reference = first;
  for (let blanks = 0; blanks < lookAhead; reference = referenceAfter(prefix, reference, tools)) {
    const forgotten = known.get(reference) ?? null;
    row.push({ reference, forgotten });
    blanks = forgotten === null ? blanks + 1 : 0;
  }
  return row;
}

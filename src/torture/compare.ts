import type { Booking } from "./bank-books.ts";
import type { Ledger, LedgerAccount, LedgerPayout } from "./ledger.ts";
import type { ToldPayout } from "./told.ts";

/** What must not be found, in words for people. */
export const kinds = {
  double: "double payments",
  lost: "acknowledged payouts lost",
  wrong: "wrong final states",
  open: "payouts still open",
  cents: "cents out of balance",
  differing: "transfers that differ from what was asked",
  unordered: "transfers without a committed intent",
  late: "sends after their deadline",
} as const;
export type Kind = keyof typeof kinds;

export interface Books {
  readonly told: readonly ToldPayout[];
  readonly ledger: Ledger;
  readonly bank: readonly Booking[];
  /** What operators were told that they had booked in, by merchant and currency (`id EUR`), in minor units. */
  readonly funded: ReadonlyMap<string, bigint>;
  /** Every send that was seen on its way to the bank, as `reference/number`, and when (milliseconds since 1970). */
  readonly seen: ReadonlyMap<string, number>;
}

export interface Differences {
  readonly counts: Record<Kind, number>;
  /** The first of each kind, in words. */
  readonly examples: readonly string[];
}

/** Examples told of each kind. */
const mostExamples = 10;
/** How much later than its first byte a send may be seen: the one who looks shares the machine with everybody else. */
const seenLateMs = 1_000;

/** Holds what clients were told, our books and the bank's against each other. All that is found is a fault of ours. */
export function compare(books: Books): Differences {
  const counts = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0])) as Record<Kind, number>;
  const examples: string[] = [];
  const found: Found = (kind, says, count = 1) => {
    counts[kind] += count;
    if (examples.filter((text) => text.startsWith(`${kinds[kind]}:`)).length < mostExamples)
      examples.push(`${kinds[kind]}: ${says}`);
  };
  const { told, ledger, bank } = books;
  const names = new Map(ledger.payouts.map((payout) => [keyOf(payout), payout]));
  const owners = new Map(ledger.payouts.flatMap((payout) => payout.references.map((name) => [name, payout] as const)));
  const bookings = new Map<LedgerPayout | undefined, Booking[]>();
  for (const booking of bank) {
    const owner = owners.get(booking.reference);
    const those = bookings.get(owner);
    if (those === undefined) bookings.set(owner, [booking]);
    else those.push(booking);
  }
  const asked = new Map(told.map((payout) => [keyOf(payout), payout]));
  for (const payout of told) compareTold(payout, names.get(keyOf(payout)), found);
  for (const payout of ledger.payouts) {
    const client = asked.get(keyOf(payout));
    if (client === undefined) found("wrong", `${called(payout)} was asked for by nobody`);
    compareBank(payout, client, bookings.get(payout) ?? [], found);
  }
  for (const { reference, bankId } of bookings.get(undefined) ?? [])
    found("unordered", `the bank booked ${reference} (${bankId}), which is in no book of ours`);
  compareSends(books, found);
  for (const account of ledger.accounts) compareAccount(account, books, bookings, found);
  return { counts, examples };
}

type Found = (kind: Kind, says: string, count?: number) => void;
type Named = Pick<ToldPayout, "merchantId" | "name" | "dialect">;

const keyOf = ({ merchantId, dialect, name }: Named): string => `${merchantId} ${dialect} ${name}`;
const called = ({ dialect, name }: Named): string => `${dialect} ${name}`;

/** What clients were told, against our books. */
function compareTold(told: ToldPayout, payout: LedgerPayout | undefined, found: Found): void {
  for (const says of told.contradictions) found("wrong", `${called(told)} ${says}`);
  if (payout === undefined) {
    if (told.acknowledged > 0)
      found("lost", `${called(told)} was acknowledged ${told.acknowledged} times, and is not there`);
    return;
  }
  const { state } = payout;
  const now = state === "awaiting_approval" ? "waiting" : isOpen(state) ? "open" : state;
  const isPaid = now === "paid" || now === "returned";
  if (told.everPaid && !isPaid) found("wrong", `${called(told)} was told paid, and is ${state}`);
  else if ((told.state === "failed" || told.state === "cancelled") && now !== told.state)
    found("wrong", `${called(told)} was told ${told.state}, and is ${state}`);
  else if (told.state === "open" && now === "waiting" && !told.gaveUp)
    found("lost", `${called(told)} was approved, and waits again`);
  if (payout.amountMinor !== told.amountMinor || payout.currency !== told.currency)
    found(
      "differing",
      `${called(told)} is of ${payout.amountMinor} ${payout.currency}, not ${told.amountMinor} ${told.currency}`,
    );
}

/** Our books against the bank's. */
function compareBank(
  payout: LedgerPayout,
  told: ToldPayout | undefined,
  bookings: readonly Booking[],
  found: Found,
): void {
  const paid = bookings.filter(({ everPaid }) => everPaid);
  const name = called(payout);
  if (paid.length > 1)
    found("double", `${name} was paid as ${paid.map(({ bankId }) => bankId).join(" and ")}`, paid.length - 1);
  if (isOpen(payout.state) && !payout.isForLater)
    found("open", `${name} is ${payout.state}${payout.frozen ? ", frozen" : ""}`);
  else {
    const isPaid = payout.state === "paid" || payout.state === "returned";
    if (isPaid && paid.length === 0) found("wrong", `${name} is ${payout.state}, and the bank paid nothing`);
    if (!isPaid && paid.length > 0) found("wrong", `${name} is ${payout.state}, and the bank paid it`);
    const returned = paid.some(({ status }) => status === "returned");
    if (isPaid && paid.length > 0 && (payout.state === "returned") !== returned)
      found("wrong", `${name} is ${payout.state}, and the bank says ${returned ? "returned" : "paid"}`);
  }
  if (payout.frozen && !isOpen(payout.state)) found("wrong", `${name} is frozen: its bank contradicted itself, or us`);
  for (const { bankId, amountMinor, currency, destination } of bookings) {
    const same = amountMinor === payout.amountMinor && currency === payout.currency;
    if (!same || (told !== undefined && destination !== told.destination))
      found("differing", `${name} was booked as ${bankId}: ${amountMinor} ${currency} to ${destination}`);
  }
}

/** What left, against the intents that were committed before. */
function compareSends({ seen, ledger }: Books, found: Found): void {
  for (const [send, at] of seen) {
    const deadline = ledger.sends.get(send);
    if (deadline === undefined) found("unordered", `the send ${send} left without an intent`);
    else if (at > deadline + seenLateMs) found("late", `the send ${send} left ${Math.round(at - deadline)} ms late`);
  }
}

/** Each account against what was funded and what the bank paid; every unit that is off counts. */
function compareAccount(
  account: LedgerAccount,
  { ledger, funded }: Books,
  bookings: ReadonlyMap<LedgerPayout | undefined, readonly Booking[]>,
  found: Found,
): void {
  const { merchantId, currency } = account;
  let held = 0n;
  let paidOut = 0n;
  for (const payout of ledger.payouts) {
    if (payout.merchantId !== merchantId) continue;
    if (payout.currency === currency && isOpen(payout.state)) held += BigInt(payout.amountMinor);
    for (const booking of bookings.get(payout) ?? [])
      if (booking.status === "paid" && booking.currency === currency) paidOut += BigInt(booking.amountMinor);
  }
  const came = funded.get(`${merchantId} ${currency}`) ?? 0n;
  const differ = (what: string, ours: bigint, theirs: bigint) => {
    const off = ours > theirs ? ours - theirs : theirs - ours;
    if (off > 0n) found("cents", `${currency} of merchant ${merchantId}: ${what} ${ours}, not ${theirs}`, Number(off));
  };
  differ("funded", -account.fundingMinor, came);
  differ("held", account.heldMinor, held);
  differ("paid out", account.paidOutMinor, paidOut);
  differ("available", account.availableMinor, came - held - paidOut);
}

const isOpen = (state: string): boolean => ["queued", "sent", "accepted", "in_doubt"].includes(state);

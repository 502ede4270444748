import assert from "node:assert/strict";
import { test } from "node:test";
import type { Booking } from "./bank-books.ts";
import { compare, kinds, type Books, type Kind } from "./compare.ts";
import type { LedgerAccount, LedgerPayout } from "./ledger.ts";
import { tamper } from "./tamper.ts";
import type { ToldPayout } from "./told.ts";

const told = (name: string, state: ToldPayout["state"], changes: Partial<ToldPayout> = {}): ToldPayout => ({
  dialect: "frisbii",
  merchantId: "1",
  name,
  amountMinor: 100,
  currency: "EUR",
  destination: "card",
  acknowledged: 1,
  state,
  everPaid: state === "paid" || state === "returned",
  gaveUp: false,
  outcome: null,
  contradictions: [],
  ...changes,
});

const payout = (name: string, state: string, changes: Partial<LedgerPayout> = {}): LedgerPayout => ({
  merchantId: "1",
  id: name,
  name,
  dialect: "frisbii",
  state,
  amountMinor: 100,
  currency: "EUR",
  frozen: false,
  isForLater: false,
  references: [name.toUpperCase()],
  ...changes,
});

const booking = (name: string, status: Booking["status"], changes: Partial<Booking> = {}): Booking => ({
  bankId: `SB-${name}`,
  reference: name.toUpperCase(),
  amountMinor: 100,
  currency: "EUR",
  destination: "card",
  status,
  everPaid: status === "paid" || status === "returned",
  pending: false,
  ...changes,
});

const account = (changes: Partial<LedgerAccount> = {}): LedgerAccount => ({
  merchantId: "1",
  currency: "EUR",
  availableMinor: 900n,
  heldMinor: 0n,
  paidOutMinor: 100n,
  fundingMinor: -1000n,
  ...changes,
});

/** Three books that agree: one payout paid, one failed, one returned, one that waits, and one that nobody was told of. */
function agreed(): { -readonly [K in keyof Books]: Books[K] } & { ledger: { payouts: LedgerPayout[] } } {
  return {
    told: [
      told("a", "paid"),
      told("b", "failed"),
      told("c", "paid"),
      told("d", "waiting"),
      told("e", null, { acknowledged: 0 }),
    ],
    ledger: {
      payouts: [
        payout("a", "paid"),
        payout("b", "failed"),
        payout("c", "returned"),
        payout("d", "awaiting_approval", { references: [] }),
      ],
      accounts: [account()],
      sends: new Map([
        ["A/1", 10_000],
        ["B/1", 10_000],
        ["C/1", 10_000],
      ]),
    },
    bank: [booking("a", "paid"), booking("b", "declined"), booking("c", "returned")],
    funded: new Map([["1 EUR", 1000n]]),
    seen: new Map([
      ["A/1", 5_000],
      ["B/1", 9_000],
    ]),
  };
}

const found = (books: Books): Partial<Record<Kind, number>> =>
  Object.fromEntries(Object.entries(compare(books).counts).filter(([, count]) => count > 0));

test("books that agree show nothing", () => {
  assert.deepEqual(compare(agreed()), {
    counts: Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0])),
    examples: [],
  });
});

type Change = (books: ReturnType<typeof agreed>) => void;
const swap = <T extends { name?: string; reference?: string }>(list: readonly T[], name: string, by: T[]): T[] =>
  list.flatMap((one) => ((one.name ?? one.reference?.toLowerCase()) === name ? by : [one]));

const cases: [string, Partial<Record<Kind, number>>, Change][] = [
  [
    "a transfer that the bank booked twice",
    { double: 1, cents: 200 },
    (books) => {
      books.bank = [...books.bank, booking("a", "paid", { bankId: "SB-again" })];
    },
  ],
  [
    "two attempts of one payout that were both paid",
    { double: 1, cents: 200 },
    (books) => {
      books.ledger = {
        ...books.ledger,
        payouts: swap(books.ledger.payouts, "a", [payout("a", "paid", { references: ["A", "A2"] })]),
      };
      books.bank = [...books.bank, booking("a2", "paid")];
    },
  ],
  [
    "an acknowledged payout that is not there",
    { lost: 1 },
    (books) => {
      books.told = [...books.told, told("f", "paid")];
    },
  ],
  [
    "an approval that was acknowledged, and is forgotten",
    { lost: 1 },
    (books) => {
      books.told = swap(books.told, "d", [told("d", "open")]);
    },
  ],
  [
    "a payout that was told as paid and failed",
    { wrong: 1 },
    (books) => {
      books.told = swap(books.told, "b", [told("b", "paid")]);
    },
  ],
  [
    "a payout that was told as failed and is paid",
    { wrong: 1 },
    (books) => {
      books.told = swap(books.told, "a", [told("a", "failed")]);
    },
  ],
  [
    "a payout that we have as paid and the bank has not",
    { wrong: 1, cents: 200 },
    (books) => {
      books.bank = swap(books.bank, "a", []);
    },
  ],
  [
    "a payout that we have as failed and the bank has paid",
    { wrong: 1, cents: 200 },
    (books) => {
      books.bank = swap(books.bank, "b", [booking("b", "paid")]);
    },
  ],
  [
    "a return that we never learnt of",
    { wrong: 1, cents: 200 },
    (books) => {
      books.bank = swap(books.bank, "a", [booking("a", "returned")]);
    },
  ],
  [
    "a cancelled payout that the bank has paid",
    { wrong: 1, cents: 200 },
    (books) => {
      books.ledger = { ...books.ledger, payouts: swap(books.ledger.payouts, "d", [payout("d", "cancelled")]) };
      books.bank = [...books.bank, booking("d", "paid")];
    },
  ],
  [
    "a payout that nobody asked for",
    { wrong: 1 },
    (books) => {
      books.ledger = { ...books.ledger, payouts: [...books.ledger.payouts, payout("x", "failed", { references: [] })] };
    },
  ],
  [
    "a payout that is frozen",
    { wrong: 1 },
    (books) => {
      books.ledger = {
        ...books.ledger,
        payouts: swap(books.ledger.payouts, "a", [payout("a", "paid", { frozen: true })]),
      };
    },
  ],
  [
    "what was told and cannot both be true",
    { wrong: 1 },
    (books) => {
      books.told = swap(books.told, "a", [told("a", "paid", { contradictions: ["was told paid, then failed"] })]);
    },
  ],
  [
    "a payout that is still under way",
    { open: 1, cents: 200 },
    (books) => {
      books.ledger = {
        ...books.ledger,
        payouts: swap(books.ledger.payouts, "d", [payout("d", "in_doubt", { references: [] })]),
      };
    },
  ],
  [
    "an account that is one cent short",
    { cents: 1 },
    (books) => {
      books.ledger = { ...books.ledger, accounts: [account({ availableMinor: 899n })] };
    },
  ],
  [
    "funds that were booked twice",
    { cents: 2000 },
    (books) => {
      books.ledger = { ...books.ledger, accounts: [account({ availableMinor: 1900n, fundingMinor: -2000n })] };
    },
  ],
  [
    "a transfer of another amount",
    { differing: 1, cents: 2 },
    (books) => {
      books.bank = swap(books.bank, "a", [booking("a", "paid", { amountMinor: 101 })]);
    },
  ],
  [
    "a transfer to somebody else",
    { differing: 1 },
    (books) => {
      books.bank = swap(books.bank, "a", [booking("a", "paid", { destination: "another card" })]);
    },
  ],
  [
    "a payout of another amount than was asked for",
    { differing: 1 },
    (books) => {
      books.told = swap(books.told, "a", [told("a", "paid", { amountMinor: 99 })]);
    },
  ],
  [
    "a transfer that is in no book of ours",
    { unordered: 1 },
    (books) => {
      books.bank = [...books.bank, booking("nobody", "paid")];
    },
  ],
  [
    "a send without a committed intent",
    { unordered: 1 },
    (books) => {
      books.seen = new Map([...books.seen, ["A/2", 5_000]]);
    },
  ],
  [
    "a send after its deadline",
    { late: 1 },
    (books) => {
      books.seen = new Map([...books.seen, ["C/1", 11_500]]);
    },
  ],
];

for (const [what, expected, change] of cases) {
  test(`${what} is found`, () => {
    const books = agreed();
    change(books);
    assert.deepEqual(found(books), expected);
    const { examples } = compare(books);
    for (const kind of Object.keys(expected) as Kind[])
      assert.ok(examples.some((text) => text.startsWith(kinds[kind])));
  });
}

test("what is for a day to come, and what a client gave up on, is not held against anybody", () => {
  const books = agreed();
  books.told = swap(books.told, "d", [told("d", "open", { gaveUp: true })]);
  const later = payout("f", "queued", { isForLater: true, references: [] });
  books.told = [...books.told, told("f", "open")];
  books.ledger = {
    ...books.ledger,
    payouts: [...books.ledger.payouts, later],
    accounts: [account({ availableMinor: 800n, heldMinor: 100n })],
  };
  assert.deepEqual(found(books), {});
});

test("a list that is tampered with does not agree any more", () => {
  const books = agreed();
  const list = [...books.told];
  tamper(list);
  assert.deepEqual(found({ ...books, told: list }), { lost: 1, wrong: 2, differing: 1 });
});

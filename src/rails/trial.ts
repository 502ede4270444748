import type { Instruction } from "./rail.ts";

// What the tests of this room share.

/** 12.50 EUR to a card, but for what `over` says. */
export const anInstruction = (reference: string, over: Partial<Instruction> = {}): Instruction => ({
  reference,
  send: 1,
  amountMinor: 1_250n,
  currency: "EUR",
  destination: { kind: "card", number: "4111111111111111", expMonth: 12, expYear: 2039 },
  handle: reference,
  statementText: null,
  merchantReference: null,
  text: null,
  amountTable: false,
  ...over,
});

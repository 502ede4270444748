import type { VaultItem } from "../core/parties.ts";
import type { SendOrder } from "../flow/intent.ts";
import type { Destination, Instruction, RailRules } from "../rails/rail.ts";

/** What a committed send tells the bank: the same for every send of one attempt. */
export function instructionOf(
  { payout, attempt, send }: SendOrder,
  { amountTable }: VaultItem,
  destination: Destination,
  { statementTextLength, merchantReferenceLength }: RailRules,
): Instruction {
  return {
    reference: attempt.reference,
    send: send.send,
    amountMinor: attempt.amountMinor,
    currency: payout.currency,
    destination,
    handle: payout.handle,
    statementText: cut(attempt.statementText, statementTextLength),
    merchantReference: cut(attempt.merchantReference, merchantReferenceLength),
    text: payout.text,
    amountTable,
  };
}

const cut = (text: string | null, length: number): string | null => (text === null ? null : text.slice(0, length));

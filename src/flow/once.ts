import type { Command } from "../core/command.ts";
import type { Payout } from "../core/payout.ts";
import { refuse } from "../core/refusal.ts";

/** What a command about a payout came to, or, when the key was known, the payout as it is now. */
export interface Once {
  readonly payout: Payout;
  readonly repeated: boolean;
}

/** Carries out a command about a payout once under `key`: a second time nothing is done. A refusal does not use the key up. */
export function onceUnder(key: string, payoutId: string, command: Command<{ payout: Payout }>): Command<Once> {
  return {
    ...command,
    names: [...(command.names ?? []), { kind: "idempotence", name: key, id: payoutId }],
    decide(view) {
      if (view.named("idempotence", key) === undefined) {
        const decision = command.decide(view);
        return "refused" in decision ? decision : { ...decision, answer: { ...decision.answer, repeated: false } };
      }
      const payout = view.payout(payoutId);
      return payout === undefined ? refuse("unknown_payout") : { answer: { payout, repeated: true }, changes: {} };
    },
  };
}

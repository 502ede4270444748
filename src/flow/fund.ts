import type { Command, Funding } from "../core/command.ts";
import { canSpend, type Account } from "../core/ledger.ts";
import { refuse } from "../core/refusal.ts";

export type FundingRequest = Pick<Funding, "merchantId" | "id" | "reference" | "currency" | "amountMinor">;

/**
 * Puts money in (or, negative, takes it out) once per reference. A reference that is known changes nothing, and `repeated`
 * says so: whether it was the same request, the caller sees in the first one. Refuses `below_floor` when too little would remain.
 */
export function fundMerchant(request: FundingRequest): Command<{ account: Account; repeated: boolean }> {
  const { merchantId, id, reference, currency, amountMinor } = request;
  return {
    kind: "fund",
    merchantId,
    urgent: false,
    names: [{ kind: "funding", name: reference, id }],
    currency,
    decide(view) {
      const account = view.account(currency);
      if (view.named("funding", reference) !== undefined) return { answer: { account, repeated: true }, changes: {} };
      if (amountMinor === 0n) return refuse("bad_amount");
      if (amountMinor < 0n && !canSpend(account, -amountMinor)) return refuse("below_floor", { currency });
      const [kind, size, sign] =
        amountMinor > 0n ? (["fund", amountMinor, 1n] as const) : (["withdraw", -amountMinor, -1n] as const);
      const { available, funding } = account.balances;
      const balances = { ...account.balances, available: available + sign * size, funding: funding - sign * size };
      return {
        answer: { account: { ...account, balances }, repeated: false },
        changes: {
          fundings: [{ ...request, at: view.now }],
          entries: [{ merchantId, subjectId: id, hold: 0, kind, currency, amountMinor: size }],
        },
      };
    },
  };
}

/** Sets how low the available balance of a currency may go; null: no floor. */
export function setFloor(
  merchantId: string,
  currency: string,
  floorMinor: bigint | null,
): Command<{ account: Account }> {
  return {
    kind: "set_floor",
    merchantId,
    urgent: false,
    currency,
    decide(view) {
      const account = { ...view.account(currency), floorMinor };
      if (floorMinor !== null && account.balances.available < floorMinor) return refuse("below_floor", { currency });
      return { answer: { account }, changes: { floors: [{ currency, floorMinor }] } };
    },
  };
}

import type { View } from "../core/command.ts";
import type { Agreement, Method, Token, VaultItem } from "../core/parties.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";

/** Where a payout shall go, in the words of whoever asks. */
export type DestinationRef =
  | { readonly kind: "method" | "token"; readonly id: string }
  /** A card or account that came with the request: it goes into the vault with the payout. */
  | { readonly kind: "inline"; readonly item: Omit<VaultItem, "at"> };

export interface Reached {
  readonly vault: VaultItem;
  readonly method: Method | null;
  readonly token: Token | null;
  readonly rail: string;
}

/** Who owns the destination, where it tells: a saved method belongs to a customer, a one-time token to nobody. */
export const ownerOf = (view: View, to: DestinationRef): string | undefined =>
  to.kind === "method" ? view.method(to.id)?.customer : undefined;

/**
 * The card or account behind a destination, and the rail that an agreement pays it over; or why it cannot be paid.
 * `customer` owns the destination; null: whoever does.
 */
export function reach(view: View, to: DestinationRef, customer: string | null, currency: string): Reached | Refusal {
  const held = heldBy(view, to, customer);
  if (isRefusal(held)) return held;
  const agreement = agreementFor(view, held.vault, currency);
  return isRefusal(agreement) ? agreement : { ...held, rail: agreement.rail };
}

function heldBy(view: View, to: DestinationRef, customer: string | null): Omit<Reached, "rail"> | Refusal {
  if (to.kind === "inline") return { vault: { ...to.item, at: view.now }, method: null, token: null };
  if (to.kind === "token") {
    const token = usableToken(view, to.id);
    return isRefusal(token) ? token : { vault: token.vault, method: null, token };
  }
  const method = usableMethod(view, to.id, customer);
  return isRefusal(method) ? method : { vault: method.vault, method, token: null };
}

function usableMethod(view: View, id: string, customer: string | null): Method | Refusal {
  const method = view.method(id);
  if (method === undefined || method.state === "deleted" || (customer !== null && method.customer !== customer)) {
    return refuse("unknown_method");
  }
  if (method.state === "inactivated") return refuse("method_inactive");
  if (method.state === "pending") return refuse("method_pending");
  if (method.state === "failed") return refuse("method_failed");
  return method;
}

/** A token that can still be used, once. */
export function usableToken(view: View, id: string): Token | Refusal {
  const token = view.token(id);
  if (token === undefined) return refuse("unknown_token");
  if (token.usedAt !== null) return refuse("token_used");
  if (token.expiresAt <= view.now) return refuse("token_expired");
  return token;
}

/** The first agreement that pays out to this brand in this currency. The sandbox is for test merchants only. */
function agreementFor({ merchant }: View, vault: VaultItem, currency: string): Agreement | Refusal {
  const paying = merchant.agreements.filter(
    (agreement) =>
      agreement.payout &&
      (agreement.rail !== "sandbox" || merchant.test) &&
      (agreement.brands.length === 0 || agreement.brands.includes(vault.brand)),
  );
  if (paying.length === 0) return refuse("method_cannot_pay_out", { brand: vault.brand });
  const fitting = paying.find(({ currencies }) => currencies.length === 0 || currencies.includes(currency));
  return fitting ?? refuse("method_lacks_currency", { currency });
}

import { assert } from "../core/assert.ts";
import type { Command, Decision, NameClaim, View } from "../core/command.ts";
import { create } from "../core/payout.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { namesOf, payerOf } from "./customer.ts";
import { ofCustomer } from "./news.ts";
import { reach } from "./destination.ts";
import type { Tools } from "./intent.ts";
import type { Accepted, PayoutRequest } from "./request.ts";
import { retry } from "./retry.ts";
import { take, type EntryState } from "./take.ts";

/**
 * Takes a payout on: the money is held, and, if it is due and nothing stands in its way, its first send is intended, all in
 * one commit. A handle that is known is that payout again, never a second one (see retry.ts); so is an idempotence key.
 */
export function acceptPayout(request: PayoutRequest, tools: Tools): Command<Accepted> {
  const { merchantId, destination, newCustomer, handle, idempotenceKey: key = null } = request;
  const names: NameClaim[] = [];
  if (key !== null) names.push({ kind: "idempotence", name: key, id: request.id });
  if (typeof handle === "string") names.push({ kind: "payout", name: handle, id: request.id });
  if (newCustomer !== null) names.push(...namesOf(newCustomer, request.id));
  return {
    kind: "accept",
    merchantId,
    urgent: false,
    names,
    methods: destination.kind === "method" ? [destination.id] : [],
    tokens: destination.kind === "token" ? [destination.id] : [],
    customers: [request.customer, newCustomer?.handle ?? null].filter((name) => name !== null),
    counters: typeof handle === "string" ? [] : ["order"],
    currency: request.currency,
    decide(view) {
      const first = key === null ? undefined : view.named("idempotence", key);
      if (first !== undefined) return again(view, first);
      if (typeof handle === "function") return acceptNumbered(view, request, handle(view.next("order")), tools);
      const known = view.named("payout", handle);
      if (known === undefined) return acceptNamed(view, request, handle, tools);
      const payout = view.payout(known);
      assert(payout !== undefined, `the name ${handle} stands for a payout`);
      return retry(view, payout, request, tools);
    },
  };
}

/** The same request again, by its idempotence key: the payout as it is now. */
function again(view: View, payoutId: string): Decision<Accepted> | Refusal {
  const [payout, attempt] = [view.payout(payoutId), view.attempt(payoutId)];
  if (payout === undefined || attempt === undefined) return refuse("unknown_payout");
  return {
    answer: { payout, attempt, reached: null, heard: null, order: null, ask: false, repeated: true },
    changes: {},
  };
}

/** A payout that its merchant names belongs to one of the merchant's customers. */
function acceptNamed(view: View, request: PayoutRequest, handle: string, tools: Tools): Decision<Accepted> | Refusal {
  const payer = payerOf(view, request);
  if (isRefusal(payer)) return payer;
  const reached = reach(view, request.destination, payer.handle, request.currency);
  if (isRefusal(reached)) return reached;
  const entry = entryOf(view, request, handle, payer.handle, reached.rail);
  if (!payer.isNew) return take(view, request, reached, tools, entry, {});
  const customerEvents = [ofCustomer(request.id, "customer_created", payer, view.now)];
  return take(view, request, reached, tools, entry, { customers: [payer], customerEvents });
}

/** A payout that is named by its number belongs to whoever owns its destination, else to a customer that nobody sees. */
function acceptNumbered(
  view: View,
  request: PayoutRequest,
  handle: string,
  tools: Tools,
): Decision<Accepted> | Refusal {
  const reached = reach(view, request.destination, null, request.currency);
  if (isRefusal(reached)) return reached;
  const entry = entryOf(view, request, handle, reached.method?.customer ?? handle, reached.rail);
  return take(view, request, reached, tools, entry, {
    names: [{ merchantId: request.merchantId, kind: "payout", name: handle, id: request.id }],
  });
}

const entryOf =
  (view: View, request: PayoutRequest, handle: string, customer: string, rail: string) => (state: EntryState) =>
    create({ ...request, handle, customer, rail, dueAt: Math.max(request.dueAt ?? 0, view.now) }, state, view.now);

import type { Command, Decision, NameClaim, View } from "../core/command.ts";
import { create } from "../core/payout.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { payerOf } from "./customer.ts";
import { reach } from "./destination.ts";
import type { Tools } from "./intent.ts";
import type { Accepted, PayoutRequest } from "./request.ts";
import { retry } from "./retry.ts";
import { take, type EntryState } from "./take.ts";

export type { Accepted, NewCustomer, PayoutRequest } from "./request.ts";

/**
 * Takes a payout on: the money is held, and, if it is due and nothing stands in its way, its first send is intended, all in
 * one commit. A handle that is known is that payout again, never a second one (see retry.ts).
 */
export function acceptPayout(request: PayoutRequest, tools: Tools): Command<Accepted> {
  const { merchantId, destination, newCustomer } = request;
  const names: NameClaim[] = [{ kind: "payout", name: request.handle, id: request.id }];
  if (newCustomer !== null) names.push({ kind: "customer", name: newCustomer.handle, id: request.id });
  return {
    kind: "accept",
    merchantId,
    urgent: false,
    names,
    methods: destination.kind === "method" ? [destination.id] : [],
    tokens: destination.kind === "token" ? [destination.id] : [],
    customers: [request.customer, newCustomer?.handle ?? null].filter((handle) => handle !== null),
    currency: request.currency,
    decide(view) {
      const known = view.named("payout", request.handle);
      const payout = known === undefined ? undefined : view.payout(known);
      return payout === undefined ? acceptNew(view, request, tools) : retry(view, payout, request, tools);
    },
  };
}

function acceptNew(view: View, request: PayoutRequest, tools: Tools): Decision<Accepted> | Refusal {
  const payer = payerOf(view, request);
  if (isRefusal(payer)) return payer;
  const reached = reach(view, request.destination, payer.handle, request.currency);
  if (isRefusal(reached)) return reached;
  const dueAt = Math.max(request.dueAt ?? 0, view.now);
  const enter = (state: EntryState) => create({ ...request, customer: payer.handle, dueAt }, state, view.now);
  return take(view, request, reached, tools, enter, payer.isNew ? [payer] : []);
}

import type { PayoutHistory } from "./payout.ts";

/** What happens to a customer, or to a way of paying them. */
export const customerEventKinds = [
  "customer_created",
  "customer_changed",
  "customer_deleted",
  "method_added",
  "method_failed",
  "method_updated",
  "method_reactivated",
  "method_deleted",
] as const;
export type CustomerEventKind = (typeof customerEventKinds)[number];

/** Something that happened to a customer. Like a payout's history it says what, and no more: no personal data stands in it. */
export interface CustomerEvent {
  readonly merchantId: string;
  readonly id: string;
  readonly kind: CustomerEventKind;
  readonly customer: string;
  /** The way of paying that it is about; null: the customer. */
  readonly methodId: string | null;
  readonly at: number;
}

/** What can be asked to be told of: `paid/paid`, `created/queued`: kind and state of a payout's event; or the kind of a customer's. */
export type Topic = string;
export const payoutTopic = ({ kind, state }: Pick<PayoutHistory, "kind" | "state">): Topic => `${kind}/${state}`;

/** An endpoint of a merchant's that is told of some topics. */
export interface Subscription {
  readonly endpointId: string;
  readonly topics: readonly Topic[];
}

/** One thing to tell one endpoint. What is told about one customer is told in order. */
export interface Notice {
  readonly merchantId: string;
  readonly endpointId: string;
  /** The payout, or the customer's event. */
  readonly subjectId: string;
  /** Which of the payout's events; 0: it is a customer's. */
  readonly version: number;
  readonly customer: string;
  readonly at: number;
}

/** Whom a payout's event is told. */
export const noticesOf = (
  event: PayoutHistory,
  customer: string,
  subscriptions: readonly Subscription[],
): readonly Notice[] =>
  interested(subscriptions, payoutTopic(event)).map(({ endpointId }) => ({
    merchantId: event.merchantId,
    endpointId,
    subjectId: event.payoutId,
    version: event.version,
    customer,
    at: event.at,
  }));

/** Whom a customer's event is told. */
export const customerNoticesOf = (event: CustomerEvent, subscriptions: readonly Subscription[]): readonly Notice[] =>
  interested(subscriptions, event.kind).map(({ endpointId }) => ({
    merchantId: event.merchantId,
    endpointId,
    subjectId: event.id,
    version: 0,
    customer: event.customer,
    at: event.at,
  }));

const interested = (subscriptions: readonly Subscription[], topic: Topic): readonly Subscription[] =>
  subscriptions.filter(({ topics }) => topics.includes(topic));

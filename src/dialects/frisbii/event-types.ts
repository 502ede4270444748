import { eventTypes } from "../event-types.ts";

/**
 * What the API calls what happens. Its documents name the events of customers and payment methods, and promise webhooks of
 * payouts without naming any: those names are ours, and can be changed by the operator.
 */
const usualNames = {
  payout_created: ["created/awaiting_approval", "retry_asked/awaiting_approval"],
  payout_processing: ["created/queued", "approved/queued", "retried/queued"],
  payout_paid: ["paid/paid", "found_paid/paid"],
  payout_failed: ["refused/failed", "declined/failed", "never_received/failed", "cancelled/cancelled"],
  payout_returned: ["returned/returned"],
  customer_created: ["customer_created"],
  customer_changed: ["customer_changed"],
  customer_deleted: ["customer_deleted"],
  customer_payment_method_added: ["method_added"],
  customer_payment_method_failed: ["method_failed"],
  customer_payment_method_updated: ["method_updated"],
  customer_payment_method_reactivated: ["method_reactivated"],
  customer_payment_method_deleted: ["method_deleted"],
} as const;
export type FrisbiiEvent = keyof typeof usualNames;

/** Told only to those who ask for them by name: they come before there is an outcome. */
const onlyOnRequest: readonly string[] = ["payout_created", "payout_processing"];

/** The API's events under the names that the operator gave some of them. */
export function frisbiiEvents(renamed: Readonly<Partial<Record<FrisbiiEvent, string>>> = {}) {
  const types = Object.entries(usualNames).map(([name, topics]) => [renamed[name as FrisbiiEvent] ?? name, topics]);
  const usual = Object.keys(usualNames).filter((name) => !onlyOnRequest.includes(name));
  return eventTypes(
    Object.fromEntries(types) as Record<string, readonly string[]>,
    usual.map((name) => renamed[name as FrisbiiEvent] ?? name),
  );
}

/** Reads `payout_paid=payout_settled,…`. Throws with the words "must be …". */
export function readEventNames(text: string): Partial<Record<FrisbiiEvent, string>> {
  const renamed: Partial<Record<FrisbiiEvent, string>> = {};
  for (const pair of text.split(",")) {
    const [, name, given] = /^([a-z_]+)=([a-z][a-z0-9_]{0,63})$/.exec(pair.trim()) ?? [];
    if (name === undefined || given === undefined)
      throw new Error("must be pairs such as payout_paid=payout_settled, of a to z, 0 to 9 and _");
    if (!Object.hasOwn(usualNames, name))
      throw new Error(`must be names of events: ${name} is none of ${Object.keys(usualNames).join(", ")}`);
    if (Object.hasOwn(renamed, name)) throw new Error(`must be one name for each event: ${name} has two`);
    renamed[name as FrisbiiEvent] = given;
  }
  const { names } = frisbiiEvents(renamed);
  if (names.length < Object.keys(usualNames).length)
    throw new Error("must be another name for each event: two would have the same");
  return renamed;
}

import { customerEventKinds } from "../../core/notice.ts";
import { payoutStates, transitions } from "../../core/payout.ts";
import { eventTypes } from "../event-types.ts";

/** Our own events say all that happens: `payout.` or `customer.` and what it was. Incidents of a payout are events beside its state. */
const beside = ["contradicted", "parked", "unfrozen"];
const kinds = new Map<string, string[]>([["created", ["created/queued", "created/awaiting_approval"]]]);
for (const moves of Object.values(transitions)) {
  for (const [kind, state] of Object.entries(moves)) {
    const topic = `${kind}/${state}`;
    const topics = kinds.get(kind) ?? [];
    if (!topics.includes(topic)) kinds.set(kind, [...topics, topic]);
  }
}
for (const kind of beside)
  kinds.set(
    kind,
    payoutStates.map((state) => `${kind}/${state}`),
  );

export const ownEvents = eventTypes({
  ...Object.fromEntries([...kinds].map(([kind, topics]) => [`payout.${kind}`, topics])),
  ...Object.fromEntries(customerEventKinds.map((kind) => [kind.replace("_", "."), [kind]])),
});

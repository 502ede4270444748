import { payoutStates, type Payout } from "../../core/payout.ts";
import { isRefusal } from "../../core/refusal.ts";
import { approvePayout, cancelPayout } from "../../flow/approve.ts";
import { resolveIncident, statedOutcomes } from "../../flow/resolve.ts";
import type { Position } from "../../store/filters.ts";
import { isRowId } from "../../store/reader.ts";
import { unknown, type AdminError } from "./errors.ts";
import { field, optional, type Field } from "./fields.ts";
import { ok, onMerchant, operation, type AdminPorts } from "./operation.ts";
import { showIncident, showPayout, showStory } from "./payout.ts";
import { currency, instant, numberFrom, oneOf, payoutHandle, text } from "./values.ts";

const dayMs = 86_400_000;

/** Where a page ended, as a word that a caller hands back and does not look into. */
export const position: Field<Position> = field("the `next` of an earlier page", (value) => {
  const [, at, id] = /^(\d{1,15})-(\d+)$/.exec(typeof value === "string" ? value : "") ?? [];
  return at === undefined || id === undefined || !isRowId(id) ? undefined : { at: Number(at), id };
});

const filter = {
  range: optional(oneOf("created", "paid", "failed")),
  from: optional(instant),
  to: optional(instant),
  state: optional(oneOf(...payoutStates)),
  customer: optional(payoutHandle),
  handle_prefix: optional(payoutHandle),
  currency: optional(currency),
  size: optional(numberFrom(1, 100)),
  after: optional(position),
};

const incidentFilter = { state: optional(oneOf("open", "all")) };

export const payoutOperations = [
  onMerchant("GET", "/payouts", {
    does: "lists payouts, newest first; without `from`, those of the last 31 days",
    query: filter,
    async run({ services }, { merchant, query, now }) {
      const to = query.to ?? now + dayMs; // the database's clock may be ahead of ours
      const page = await services.reader.payouts(merchant.id, {
        range: query.range ?? "created",
        from: query.from ?? Math.min(to, now) - 31 * dayMs,
        to,
        after: query.after ?? null,
        size: query.size ?? 20,
        ...(query.state === undefined ? {} : { states: [query.state] }),
        ...(query.currency === undefined ? {} : { currencies: [query.currency] }),
        ...(query.customer === undefined ? {} : { customer: query.customer }),
        ...(query.handle_prefix === undefined ? {} : { handlePrefix: query.handle_prefix }),
      });
      const next = page.next === null ? null : `${page.next.at}-${page.next.id}`;
      return ok({ payouts: page.rows.map(({ payout }) => showPayout(payout)), next });
    },
  }),
  onMerchant("GET", "/payouts/:handle", {
    does: "shows all that is known of a payout: attempts, sends, answers, events, entries, incidents",
    async run({ services, files }, { merchant, params }) {
      const story = await services.reader.storyOf(merchant.id, params["handle"] ?? "");
      return story === undefined
        ? unknown("payout")
        : ok(showStory(story, await files.of(merchant.id, story.payout.id)));
    },
  }),
  onMerchant("POST", "/payouts/:handle/approve", {
    does: "approves a payout that waits for it: its money is held, and it goes out when it is due",
    body: { due_at: optional(instant) },
    async run(ports, { merchant, params, body }) {
      const payout = await find(ports, merchant.id, params);
      if (!("id" in payout)) return payout;
      const approved = await ports.services.commit(approvePayout(merchant.id, payout.id, body.due_at ?? null));
      return isRefusal(approved) ? approved : ok(showPayout(approved.payout));
    },
  }),
  onMerchant("POST", "/payouts/:handle/cancel", {
    does: "cancels a payout that has not left, for good",
    async run(ports, { merchant, params }) {
      const payout = await find(ports, merchant.id, params);
      if (!("id" in payout)) return payout;
      const cancelled = await ports.services.commit(cancelPayout(merchant.id, payout.id));
      return isRefusal(cancelled) ? cancelled : ok(showPayout(cancelled.payout));
    },
  }),
  onMerchant("POST", "/payouts/:handle/resolve", {
    does: "says that the incidents of a frozen payout are over: it may go on, or, with an outcome, its money is booked as having left (`paid`) or not (`failed`)",
    body: { reason: text(1_000), by: optional(text(100)), outcome: optional(oneOf(...statedOutcomes)) },
    async run(ports, { merchant, params, body: { reason, by = "operator", outcome = null } }) {
      const payout = await find(ports, merchant.id, params);
      if (!("id" in payout)) return payout;
      const resolved = await ports.services.commit(
        resolveIncident({ merchantId: merchant.id, payoutId: payout.id, by, reason, outcome }),
      );
      return isRefusal(resolved) ? resolved : ok(showPayout(resolved.payout));
    },
  }),
  onMerchant("GET", "/incidents", {
    does: "lists a merchant's open incidents, oldest first",
    query: incidentFilter,
    run: async ({ files }, { merchant, query }) =>
      ok({ incidents: (await files.incidents(merchant.id, query.state !== "all")).map(showIncident) }),
  }),
  operation("GET", "/admin/incidents", {
    does: "lists the open incidents of all merchants, oldest first: what waits for a person",
    query: incidentFilter,
    run: async ({ files }, { query }) =>
      ok({ incidents: (await files.incidents(null, query.state !== "all")).map(showIncident) }),
  }),
];

async function find(
  ports: AdminPorts,
  merchantId: string,
  params: Readonly<Record<string, string>>,
): Promise<Payout | AdminError> {
  return (await ports.services.reader.storyOf(merchantId, params["handle"] ?? ""))?.payout ?? unknown("payout");
}

import { toWire } from "../../core/money.ts";
import type { Armed } from "../../engine/armed.ts";
import type { Arming, ArmingOrder } from "../../engine/arming.ts";
import { readDispatchLog } from "../../store/dispatch-state.ts";
import { readForgotten, type ForgottenTransfer } from "../../store/forgotten.ts";
import { countQueued } from "../../store/known-attempts.ts";
import type pg from "pg";
import { AdminError } from "./errors.ts";
import { optional } from "./fields.ts";
import { ok, operation, type AdminPorts } from "./operation.ts";
import { instantOrNull, instantText } from "./show.ts";
import { oneOf, text, yesOrNo } from "./values.ts";

/** What this API may do about dispatch: only beside a server's rails. */
export interface DispatchDesk {
  readonly armed: Armed;
  arm(order: ArmingOrder): Promise<Arming>;
}

/** Transfers and lines of the log that are shown. */
const most = 1_000;

export const dispatchOperations = [
  operation("GET", "/admin/dispatch", {
    does: "tells whether payouts are sent, and if not, why; what banks have done that nobody here knows of; and who armed it when",
    query: { transfers: optional(oneOf("unclaimed", "all")) },
    run: (ports, { query }) =>
      atDesk(ports, async (desk) => ok(await show(ports.pool, desk, query.transfers !== "all"))),
  }),
  operation("POST", "/admin/arm", {
    does: "has payouts sent again, after every bank was asked for what it has done; with `force`, also where that was not found out",
    body: { reason: text(1_000), by: optional(text(100)), force: optional(yesOrNo) },
    run: (ports, { body: { reason, by = "operator", force = false } }) =>
      atDesk(ports, async (desk) => {
        const { armed, problems, since, rails } = await desk.arm({ by, reason, force });
        if (!armed) return new AdminError(409, "not_armed", `nothing was armed: ${problems.join("; ")}`);
        const asked = { since: instantText(since), rails, problems };
        return ok({ armed, asked, ...(await show(ports.pool, desk, true)) });
      }),
  }),
];

const atDesk = async <T>(
  { dispatch }: AdminPorts,
  work: (desk: DispatchDesk) => Promise<T>,
): Promise<T | AdminError> =>
  dispatch === undefined
    ? new AdminError(409, "no_rails", "this is asked of a server, which has the rails")
    : await work(dispatch);

async function show(pool: pg.Pool, { armed }: DispatchDesk, unclaimed: boolean) {
  const { is, because } = armed.dispatch();
  const { state } = armed;
  return {
    dispatch: is,
    because,
    since: instantText(armed.since),
    frozen_at: instantOrNull(state.frozenAt),
    armed_at: instantOrNull(state.armedAt),
    asks_first_until: instantOrNull(state.asksFirstUntil),
    installation: state.name,
    queued_payouts: await countQueued(pool),
    transfers: (await readForgotten(pool, { unclaimed, most })).map(showTransfer),
    log: (await readDispatchLog(pool, most)).map(({ at, ...line }) => ({ at: instantText(at), ...line })),
  };
}

const showTransfer = (one: ForgottenTransfer) => ({
  merchant: one.merchant,
  merchant_id: one.merchantId,
  reference: one.reference,
  rail: one.rail,
  status: one.status,
  amount_minor: toWire(one.amountMinor),
  currency: one.currency,
  bank_id: one.bankId,
  at: instantText(one.at),
  payout: one.payout?.handle ?? null,
});

import type { Rate } from "../../store/rates.ts";
import { invalid, unknown } from "./errors.ts";
import { ok, onMerchant } from "./operation.ts";
import { instantText } from "./show.ts";
import { currency, rate } from "./values.ts";

const showRate = ({ source, target, rate, changedAt }: Rate) => ({
  source,
  target,
  rate,
  changed_at: instantText(changedAt),
});

export const rateOperations = [
  onMerchant("GET", "/rates", {
    does: "lists the exchange rates that amounts are converted by; payouts are never converted",
    run: async ({ rates }, { merchant }) => ok({ rates: (await rates.list(merchant.id)).map(showRate) }),
  }),
  onMerchant("PUT", "/rates", {
    does: "sets what one of `source` is worth in `target`; the other direction is a rate of its own",
    body: { source: currency, target: currency, rate },
    async run({ rates }, { merchant, body }) {
      if (body.source === body.target) return invalid("target", "must be another currency than source");
      return ok(showRate(await rates.set(merchant.id, body)));
    },
  }),
  onMerchant("DELETE", "/rates", {
    does: "removes a rate: that pair is not converted any more",
    body: { source: currency, target: currency },
    async run({ rates }, { merchant, body }) {
      const removed = await rates.remove(merchant.id, body.source, body.target);
      return removed === undefined ? unknown("rate") : ok(showRate(removed));
    },
  }),
];

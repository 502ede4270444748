import type { Agreement, Merchant } from "../../core/parties.ts";
import { brandNames } from "../../cards/brand.ts";
import { invalid, type AdminError } from "./errors.ts";
import { list, object, optional } from "./fields.ts";
import { ok, onMerchant } from "./operation.ts";
import { currency, handle, oneOf, text, yesOrNo } from "./values.ts";

/** Of cards; an account's brand is its kind. */
const brands = [...brandNames, "iban", "bban"] as const;

const agreement = object({
  id: handle,
  rail: text(64),
  brands: optional(list(oneOf(...brands), brands.length)),
  currencies: optional(list(currency, 200)),
  payout: yesOrNo,
});

export const agreementOperations = [
  onMerchant("GET", "/agreements", {
    does: "lists the agreements, in the order in which they are tried",
    run: async (_, { merchant }) => ok({ agreements: merchant.agreements }),
  }),
  onMerchant("PUT", "/agreements", {
    does: "replaces all agreements; without brands or currencies, or with none in them, one is for all of them",
    body: { agreements: list(agreement, 100) },
    async run({ merchants, rails }, { merchant, body }) {
      const agreements = body.agreements.map(({ brands = [], currencies = [], ...one }) => ({
        ...one,
        brands,
        currencies,
      }));
      const fault = faultIn(agreements, merchant, rails);
      if (fault !== undefined) return fault;
      const changed = await merchants.change(merchant.id, { agreements });
      return ok({ agreements: (changed ?? merchant).agreements });
    },
  }),
];

/** What no single member tells. */
function faultIn(
  agreements: readonly Agreement[],
  { test }: Merchant,
  rails: readonly string[],
): AdminError | undefined {
  for (const [index, { id, rail }] of agreements.entries()) {
    const place = `agreements[${index}]`;
    if (!rails.includes(rail)) return invalid(`${place}.rail`, `must be one of ${rails.join(", ")}`);
    if (rail === "sandbox" && !test) return invalid(`${place}.rail`, "is for test merchants only");
    if (agreements.findIndex((other) => other.id === id) < index)
      return invalid(`${place}.id`, "stands twice in the list");
  }
  return undefined;
}

import { isRefusal } from "../../core/refusal.ts";
import { eraseCustomer } from "../../flow/change-customer.ts";
import { unknown } from "./errors.ts";
import { optional } from "./fields.ts";
import { ok, onMerchant } from "./operation.ts";
import { showCustomerFile } from "./show-customer.ts";
import { text } from "./values.ts";

export const customerOperations = [
  onMerchant("GET", "/customers/:handle", {
    does: "tells all that is kept of a customer: details, metadata, payment methods (masked), payouts, events, erasures",
    async run({ customerFiles }, { merchant, params: { handle = "" } }) {
      const file = handle.includes("\0") ? undefined : await customerFiles.of(merchant.id, handle);
      return file === undefined ? unknown("customer") : ok(showCustomerFile(file));
    },
  }),
  onMerchant("POST", "/customers/:handle/erase", {
    does: "deletes a customer and destroys their personal data: details, metadata, cards, the texts of their payouts; payouts and ledger stay",
    body: { reason: text(1_000), by: optional(text(100)) },
    async run({ services, customerFiles }, { merchant, params: { handle = "" }, body: { reason, by = "operator" } }) {
      const erased = await services.commit(eraseCustomer(merchant.id, handle, services.ids.row(), { by, reason }));
      if (isRefusal(erased)) return erased.refused === "unknown_customer" ? unknown("customer") : erased;
      const { cards, payouts } = await customerFiles.erase(merchant.id, handle);
      return ok({ customer: handle, erased_cards: cards, cleared_payouts: payouts });
    },
  }),
];

import type { Customer, Merchant } from "../../core/parties.ts";
import { timestamp, timestampOf } from "./timestamp.ts";

/** Members that the API requires and that belong to subscriptions and invoices, of which there are none here. */
const none = Object.fromEntries(
  `subscriptions active_subscriptions trial_active_subscriptions trial_cancelled_subscriptions expired_subscriptions
   on_hold_subscriptions cancelled_subscriptions non_renewing_subscriptions
   failed_invoices failed_amount cancelled_invoices cancelled_amount pending_invoices pending_amount dunning_invoices
   dunning_amount settled_invoices settled_amount refunded_amount
   pending_additional_costs pending_additional_cost_amount transferred_additional_costs transferred_additional_cost_amount
   pending_credits pending_credit_amount transferred_credits transferred_credit_amount`
    .split(/\s+/)
    .map((name) => [name, 0]),
);

/** `Customer`. The merchant's metadata is not part of it. */
export const tellCustomer = (customer: Customer, merchant: Merchant) => ({
  handle: customer.handle,
  ...customer.details,
  debtor_id: customer.debtorId === null ? undefined : Number(customer.debtorId),
  test: merchant.test,
  created: timestamp(customer.createdAt),
  deleted: timestampOf(customer.deletedAt),
  ...none,
});

import type { VaultFacts } from "../../core/parties.ts";
import type { CustomerFile } from "../../store/customer-file.ts";
import { showPayout } from "./payout.ts";
import { instantOrNull, instantText } from "./show.ts";

/** All that is kept of a customer, to be handed to that person. Card numbers are masked: the rest of them is sealed. */
export const showCustomerFile = ({ customer, methods, payouts, events, erasures }: CustomerFile) => ({
  customer: {
    handle: customer.handle,
    details: customer.details,
    metadata: customer.metadata === null ? null : (JSON.parse(customer.metadata) as object),
    debtor_id: customer.debtorId,
    created_at: instantText(customer.createdAt),
    deleted_at: instantOrNull(customer.deletedAt),
  },
  payment_methods: methods.map(({ id, state, reference, vault, at, failedAt }) => ({
    id,
    state,
    reference,
    ...showCard(vault),
    created_at: instantText(at),
    failed_at: instantOrNull(failedAt),
  })),
  payouts: payouts.map(({ payout, attempts, references, events: history }) => ({
    ...showPayout(payout),
    references: references === null ? null : showReferences(references),
    attempts: attempts.map(({ attempt, vault, heard }) => ({
      attempt: attempt.attempt,
      reference: attempt.reference,
      statement_text: attempt.statementText,
      merchant_reference: attempt.merchantReference,
      ...showCard(vault),
      answer: heard === null ? null : { verdict: heard.verdict, code: heard.code, message: heard.message },
      at: instantText(attempt.at),
    })),
    events: history.map(({ version, kind, state, at }) => ({ version, kind, state, at: instantText(at) })),
  })),
  events: events.map(({ kind, methodId, at }) => ({ kind, payment_method: methodId, at: instantText(at) })),
  erasures: erasures.map(({ by, reason, at }) => ({ by, reason, at: instantText(at) })),
});

const showCard = ({ kind, brand, masked, fingerprint, expMonth, expYear }: VaultFacts) => ({
  kind,
  brand,
  masked,
  fingerprint,
  expires: expMonth === null || expYear === null ? null : `${expYear}-${String(expMonth).padStart(2, "0")}`,
});

const showReferences = (references: NonNullable<CustomerFile["payouts"][number]["references"]>) => ({
  merchant_reference: references.merchantReference,
  merchant_order_id: references.merchantOrderId,
  invoice_number: references.invoiceNumber,
});

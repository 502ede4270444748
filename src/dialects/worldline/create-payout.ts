import type { Brand } from "../../cards/brand.ts";
import { minorDigits } from "../../core/currency.ts";
import { isRefusal } from "../../core/refusal.ts";
import type { Story } from "../../core/story.ts";
import type { DestinationRef } from "../../flow/destination.ts";
import { sendWithinMs } from "../../flow/intent.ts";
import type { Accepted, PayoutRequest } from "../../flow/request.ts";
import { startOfDay } from "./days.ts";
import { declineOf } from "./declines.ts";
import { apiError, tellErrors, tellRejected } from "./errors.ts";
import { isFaults } from "./field-errors.ts";
import { knownAs } from "./known.ts";
import { Busy, tellBusy } from "./running.ts";
import { readIdempotenceKey, repeatHeaders } from "./idempotence-key.ts";
import type { Given, Operation, Tools } from "./operation.ts";
import { payoutId } from "./payout-id.ts";
import { tellPayout } from "./payout-result.ts";
import { fitsProduct } from "./products.ts";
import { readCreatePayout, type PayoutDraft } from "./read-create.ts";
import { tellRefusal } from "./refusals.ts";
import { scatter } from "./scatter.ts";

/** `POST /v1/{merchantId}/payouts`: 201 and where it is, or 402 with the payout when it was recorded and refused. */
export const createPayout: Operation = async (tools, given) => {
  const { asked, merchant, answering } = given;
  const key = readIdempotenceKey(asked.headers);
  const draft = readCreatePayout(asked.body, new Date(asked.now));
  if (isFaults(key)) return tellErrors(key.errors, answering);
  if (isFaults(draft)) return tellErrors(draft.errors, answering);
  const destination = await destinationOf(tools, given, draft);
  if ("refused" in destination) return tellErrors([apiError("fieldInvalid", { ...destination.refused })], answering);
  const waits = merchant.approval.worldline;
  const accept = () => tools.services.accept(requestOf(tools, given, draft, destination, key), waits);
  const accepted = await tools.running.alone(merchant.id, key === null ? null : `create ${key}`, asked.now, accept);
  if (accepted instanceof Busy) return tellBusy(accepted, answering);
  if (isRefusal(accepted)) return tellRefusal(accepted, "create", answering);

  const story = await storyAfter(tools, accepted, draft);
  const told = tellPayout(story, knownAs(story, merchant), tools.timezone);
  const again = accepted.repeated ? repeatHeaders(accepted.payout.createdAt) : {};
  const declined = refusedAtOnce(story);
  if (declined) {
    const rejected = tellRejected(declineOf(story.payout), told, answering);
    return { ...rejected, headers: { ...rejected.headers, ...again } };
  }
  return { status: 201, body: told, headers: { location: `${tools.url()}${asked.path}/${told.id}`, ...again } };
};

/**
 * Whether the answer to the first request was a refusal, which a repeat of it is told again: our own no, or a decline of the
 * send that left in the commit that created it. What failed later had been taken on, and stays so.
 */
function refusedAtOnce({ payout }: Story): boolean {
  if (payout.state !== "failed" || payout.attempt > 1) return false;
  const leftAtOnce = payout.sendDeadlineAt === payout.createdAt + sendWithinMs;
  return payout.send === 0 ? payout.version === 2 : payout.version === 3 && leftAtOnce;
}

function requestOf(
  { services, orderKey, timezone }: Tools,
  { merchant }: Given,
  draft: PayoutDraft,
  destination: DestinationRef & { readonly id?: string },
  key: string | null,
): Omit<PayoutRequest, "permits"> {
  const orders = orderKey(merchant.id);
  const { merchantReference, merchantOrderId, invoiceNumber } = draft.references ?? {};
  return {
    merchantId: merchant.id,
    id: services.ids.row(),
    door: "worldline",
    handle: (order) => payoutId(merchant.worldlineMerchantId, scatter(order, orders)),
    idempotenceKey: key === null ? null : `create ${key}`,
    amountMinor: draft.amountMinor,
    currency: draft.currency,
    text: draft.payoutText,
    statementText: draft.payoutText,
    merchantReference: merchantReference ?? null,
    references: {
      merchantReference: merchantReference ?? null,
      merchantOrderId: merchantOrderId ?? null,
      invoiceNumber: invoiceNumber ?? null,
    },
    customer: null,
    newCustomer: null,
    destination,
    dueAt: draft.payoutDate === null ? null : startOfDay(draft.payoutDate, timezone),
  };
}

/** Where it goes: a stored card, or what came with the request, sealed before anything else happens to it. */
async function destinationOf(
  { services }: Tools,
  { merchant }: Given,
  { destination: to }: PayoutDraft,
): Promise<DestinationRef | { refused: { propertyName: string; message: string } }> {
  if ("token" in to) return { kind: to.token.startsWith("ct_") ? "token" : "method", id: to.token };
  const at = { merchantId: merchant.id, vaultId: services.ids.row() };
  if ("number" in to) {
    const item = await services.sealCard({
      ...at,
      number: to.number,
      expMonth: to.expMonth,
      expYear: to.expYear,
      amountTable: false,
    });
    const fits = to.paymentProductId === null || fitsProduct(to.paymentProductId, item.brand as Brand);
    if (fits) return { kind: "inline", item };
    const propertyName = "cardPayoutMethodSpecificInput.paymentProductId";
    return { refused: { propertyName, message: `${propertyName} must be the product of the card` } };
  }
  const account =
    "iban" in to
      ? ({ kind: "iban", holder: to.holder, iban: to.iban } as const)
      : ({ kind: "bban", holder: to.holder, sortCode: to.sortCode, accountNumber: to.accountNumber } as const);
  return { kind: "inline", item: await services.sealAccount({ ...at, account }) };
}

/** A new payout is all there in the answer; a repeat has to be read. */
async function storyAfter({ services }: Tools, accepted: Accepted, draft: PayoutDraft): Promise<Story> {
  const { payout, attempt, reached, heard } = accepted;
  if (reached === null) return (await services.reader.story(payout.merchantId, payout.id))!;
  const { merchantReference, merchantOrderId, invoiceNumber } = draft.references ?? {};
  return {
    payout,
    attempts: [{ attempt, vault: reached.vault, method: reached.method, heard }],
    references: {
      merchantId: payout.merchantId,
      payoutId: payout.id,
      merchantReference: merchantReference ?? null,
      merchantOrderId: merchantOrderId ?? null,
      invoiceNumber: invoiceNumber ?? null,
    },
  };
}

/** Currencies that do not have two decimals, for who looks for payouts that two decimals can tell. */
export const otherDecimals = Object.entries(minorDigits)
  .filter(([, digits]) => digits !== 2)
  .map(([currency, digits]) => ({ currency, digits }));

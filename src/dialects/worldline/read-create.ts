import type { Currency } from "../../core/currency.ts";
import { readAmountOfMoney } from "./amount.ts";
import { bankPlaces, readBankInput, type BbanDraft, type IbanDraft } from "./bank-account.ts";
import { readCardInput, type CardDraft, type TokenDraft } from "./card.ts";
import { payoutCustomer, type CustomerDraft } from "./customer.ts";
import { day } from "./days.ts";
import { invalid, isFaults, missing, notAnObject, type Faults } from "./field-errors.ts";
import { gather, isObject, optional, type Reader } from "./fields.ts";
import { at, givenOf, placeOf } from "./places.ts";
import { references, type References } from "./references.ts";
import { cut } from "./texts.ts";

/** A `CreatePayoutRequest`, understood. */
export interface PayoutDraft {
  /** In the currency's own smallest unit. */
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly destination: CardDraft | TokenDraft | IbanDraft | BbanDraft;
  readonly references: References;
  /** `YYYYMMDD`. */
  readonly payoutDate: string | null;
  /** For the beneficiary's statement; the rail cuts it to what the bank takes. */
  readonly payoutText: string | null;
  readonly customer: CustomerDraft | null;
}

/** Reads the body of a create, from today's places and the deprecated ones; or everything that is wrong with it. */
export function readCreatePayout(body: unknown, now: Date): PayoutDraft | Faults {
  const whole = body ?? {};
  if (!isObject(whole)) return notAnObject();
  const read = gather({
    money: readAmountOfMoney(placeOf(whole, "payoutDetails.amountOfMoney", "amountOfMoney")),
    destination: readDestination(whole, now),
    references: readAt(references, whole, "payoutDetails.references", "references"),
    payoutDate: readAt(optional(day), whole, `${bank}.payoutDate`, "payoutDate"),
    payoutText: readAt(optional(cut(255)), whole, `${bank}.payoutText`, "payoutText"),
    customer: readAt(payoutCustomer, whole, "payoutDetails.customer", `${bank}.customer`, "customer"),
  });
  if (isFaults(read)) return read;
  const { money, ...rest } = read;
  return { amountMinor: money.minor, currency: money.currency, ...rest };
}

const bank = "bankTransferPayoutMethodSpecificInput";
const card = "cardPayoutMethodSpecificInput";

/** One of a card and a bank account: what is given of neither, or of both, leaves open where the money should go. */
function readDestination(body: object, now: Date): PayoutDraft["destination"] | Faults {
  const [used, ...others] = givenOf([card, ...bankPlaces].map((path) => at(body, path)));
  if (used === undefined) return missing(bank);
  if (used.path !== card) return readBankInput(body);
  const [other] = others;
  return other === undefined ? readCardInput(body, now) : invalid(other.path, `left out where ${card} is given`);
}

function readAt<T>(read: Reader<T>, body: object, today: string, ...before: readonly string[]): T | Faults {
  const { value, path } = placeOf(body, today, ...before);
  return read(value, path);
}

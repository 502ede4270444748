import { isValidBIC, isValidIBAN } from "ibantools";
import { invalid, isFaults, missing, type Faults } from "./field-errors.ts";
import { object, optional, required, type Reader } from "./fields.ts";
import { digits } from "./numbers.ts";
import { at, givenOf, placeOf } from "./places.ts";
import { cut } from "./texts.ts";

export interface IbanDraft {
  readonly kind: "iban";
  readonly holder: string;
  /** Without blanks, in upper case, checked. */
  readonly iban: string;
  readonly bic: string | null;
}
/** A British account. */
export interface BbanDraft {
  readonly kind: "bban";
  readonly holder: string;
  /** Six digits. */
  readonly sortCode: string;
  /** Eight digits. */
  readonly accountNumber: string;
}

/** Documented as 30 characters; but banks compare the name with the account's, and SEPA carries 70. */
const holder = required(cut(70));

/** With blanks, as people write it, or without. Source: ISO 13616 and the SWIFT registry, as ibantools has them. */
export const iban: Reader<string> = (value, path) => {
  const written = typeof value === "string" && value.length <= 50 && /^[A-Za-z0-9 -]+$/.test(value);
  const iban = written ? value.replaceAll(/[ -]/g, "").toUpperCase() : "";
  return isValidIBAN(iban) ? iban : invalid(path, "a valid IBAN");
};

const ibanAccount = object({ accountHolderName: holder, iban: required(iban) });

/** Only British accounts are paid without an IBAN, so no other country may have been meant. */
const british: Reader<null> = (value, path) =>
  value === "GB" ? null : invalid(path, "GB: accounts elsewhere are paid by their IBAN");

const bbanAccount = object({
  accountHolderName: holder,
  accountNumber: required(digits(6, 8)),
  bankCode: required(digits(6, 6)),
  countryCode: optional(british),
});

const home = "bankTransferPayoutMethodSpecificInput";
const bothAccounts = ["bankAccountIban", "bankAccountBban"] as const;

/** The places that say that a bank account is to be paid. */
export const bankPlaces = [home, ...bothAccounts] as const;

/** The bank account, in today's place or, where nothing is there, in the top level of old. */
export function readBankInput(body: unknown): IbanDraft | BbanDraft | Faults {
  const today = givenOf(bothAccounts.map((name) => at(body, `${home}.${name}`)));
  const before = givenOf(bothAccounts.map((name) => at(body, name)));
  const [account] = givenOf([...today, ...before]);
  if (account === undefined) return missing(`${home}.bankAccountIban`);
  const [, second] = today.includes(account) ? today : before;
  if (second !== undefined) return invalid(second.path, `left out where ${account.path} is given`);

  if (account.path.endsWith("bankAccountBban")) {
    const read = bbanAccount(account.value, account.path);
    if (isFaults(read)) return read;
    const accountNumber = read.accountNumber.padStart(8, "0");
    return { kind: "bban", holder: read.accountHolderName, sortCode: read.bankCode, accountNumber };
  }
  const read = ibanAccount(account.value, account.path);
  if (isFaults(read)) return read;
  return { kind: "iban", holder: read.accountHolderName, iban: read.iban, bic: bicOf(body) };
}

/** A hint for the rail, which finds the bank by the IBAN; clients have sent all sorts of words here, so none is refused. */
function bicOf(body: unknown): string | null {
  const { value } = placeOf(body, `${home}.swiftCode`, "swiftCode");
  const bic = typeof value === "string" ? value.trim().toUpperCase() : "";
  return isValidBIC(bic) ? bic : null;
}

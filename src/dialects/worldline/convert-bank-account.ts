import { composeIBAN, isValidIBAN } from "ibantools";
import { layoutOf, pieces, type Piece } from "./account-layouts.ts";
import { iban } from "./bank-account.ts";
import { apiError } from "./errors.ts";
import { Faults, invalid, isFaults, missing } from "./field-errors.ts";
import { faultsIn, object, optional, required, type Read, type Reader } from "./fields.ts";
import { country, cut } from "./texts.ts";

/** Letters and digits, with blanks or dashes between them. */
const piece: Reader<string> = (value, path) => {
  const text = typeof value === "string" ? value.replaceAll(/[ -]/g, "").toUpperCase() : "";
  return /^[A-Z0-9]{1,30}$/.test(text) ? text : invalid(path, "letters and digits");
};

const name = optional(cut(70));
const bbanFields = object({
  accountHolderName: name,
  bankName: optional(cut(40)),
  bankCode: optional(piece),
  branchCode: optional(piece),
  checkDigit: optional(piece),
  accountNumber: optional(piece),
  countryCode: optional(country),
});
type Bban = Read<typeof bbanFields>;

const request = object({
  bankAccountBban: optional(bbanFields),
  bankAccountIban: optional(object({ accountHolderName: name, iban: required(iban) })),
});

/**
 * Answers `BankDetailsRequest` with `BankDetailsResponse`: the same account in both forms, each as far as it follows from the
 * other. When both are given they have to agree. Names of banks and BICs are left out: there is no directory of them here.
 */
export function convertBankAccount(body: unknown): object | Faults {
  const read = request(body, "");
  if (isFaults(read)) return read;
  const { bankAccountBban: bban, bankAccountIban } = read;
  if (bban === null && bankAccountIban === null) return missing("bankAccountIban");
  const full = bankAccountIban?.iban ?? compose(bban!);
  if (isFaults(full)) return full;
  const parts = partsOf(full);
  if (parts === undefined) return notConvertible("bankAccountIban.iban");
  const wrong = bban === null ? undefined : disagreement(bban, parts);
  if (wrong !== undefined) return invalid(`bankAccountBban.${wrong}`, "the same as in bankAccountIban");
  const { accountHolderName, bankName } = bban ?? { accountHolderName: null, bankName: null };
  const holder = bankAccountIban?.accountHolderName ?? accountHolderName ?? undefined;
  return {
    bankAccountBban: { accountHolderName: holder, bankName: bankName ?? undefined, ...parts },
    bankAccountIban: { accountHolderName: holder, iban: full },
  };
}

/** The IBAN of an account; account numbers are filled up with zeros, all else must be as long as the country has it. */
function compose(bban: Bban): string | Faults {
  if (bban.countryCode === null) return missing(path("countryCode"));
  const layout = layoutOf(bban.countryCode);
  if (layout === undefined || layout.some(({ piece }) => piece === undefined))
    return notConvertible(path("countryCode"));
  const texts = layout.map(({ piece, length }) => exactly(piece!, bban[piece!], length));
  const faults = faultsIn(texts);
  if (faults !== undefined) return faults;
  const iban = composeIBAN({
    countryCode: bban.countryCode,
    bban: texts.filter((text) => typeof text === "string").join(""),
  });
  return iban !== null && isValidIBAN(iban)
    ? iban
    : invalid(path("accountNumber"), `an account of ${bban.countryCode}`);
}

function exactly(piece: Piece, value: string | null, length: number): string | Faults {
  if (value === null) return missing(path(piece));
  const text = piece === "accountNumber" ? value.padStart(length, "0") : value;
  return text.length === length ? text : invalid(path(piece), `${length} letters or digits`);
}

type Parts = { readonly [P in Piece]?: string } & { readonly countryCode: string };

function partsOf(iban: string): Parts | undefined {
  const countryCode = iban.slice(0, 2);
  const parts: { [P in Piece]?: string } = {};
  let from = 4;
  for (const { piece, length } of layoutOf(countryCode) ?? []) {
    if (piece !== undefined) parts[piece] = iban.slice(from, from + length);
    from += length;
  }
  return from === 4 ? undefined : { ...parts, countryCode };
}

/** The first piece that was given otherwise than the IBAN has it; one that was left out agrees. */
const disagreement = (bban: Bban, parts: Parts): string | undefined =>
  [...pieces, "countryCode" as const].find((name) => {
    const given = bban[name];
    const filled = name === "accountNumber" ? given?.padStart(parts.accountNumber?.length ?? 0, "0") : given;
    return given !== null && filled !== parts[name];
  });

const path = (name: string): string => `bankAccountBban.${name}`;
const notConvertible = (propertyName: string): Faults => new Faults([apiError("notConvertible", { propertyName })]);

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { getCountrySpecifications, composeIBAN, isValidIBAN } from "ibantools";
import { layoutOf } from "./account-layouts.ts";
import { convertBankAccount } from "./convert-bank-account.ts";
import { isFaults } from "./field-errors.ts";
import { iinDetails } from "./iin.ts";

const countries = "AT BE CH DE DK ES FI FR GB IE IT LU NL NO PL PT SE".split(" ");
const said = (body: unknown): unknown => {
  const read = convertBankAccount(body);
  return isFaults(read)
    ? read.errors.map(({ httpStatusCode, code, propertyName }) => `${httpStatusCode} ${code} ${propertyName}`)
    : JSON.parse(JSON.stringify(read));
};

test("the textbook account becomes the textbook IBAN, and the other way round", () => {
  const pieces = { bankCode: "37040044", accountNumber: "0532013000", countryCode: "DE" };
  const both = { bankAccountBban: pieces, bankAccountIban: { iban: "DE89370400440532013000" } };
  assert.deepEqual(said({ bankAccountBban: { ...pieces, accountNumber: "532013000" } }), both);
  assert.deepEqual(said({ bankAccountIban: { iban: "DE89 3704 0044 0532 0130 00" } }), both);
  assert.deepEqual(said(both), both);
});

test("the pieces of a country's account are as long as its IBAN", () => {
  for (const country of countries) {
    const length = layoutOf(country)!.reduce((sum, { length }) => sum + length, 4);
    assert.equal(length, getCountrySpecifications()[country]!.chars, country);
  }
  for (const country of ["XX", "constructor", "", "TR"]) assert.equal(layoutOf(country), undefined);
});

test("every IBAN of these countries comes apart, and its pieces make it again where they can", () => {
  const digits = fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 24, maxLength: 24 })
    .map((each) => each.join(""));
  fc.assert(
    fc.property(fc.constantFrom(...countries), digits, (country, digits) => {
      const length = getCountrySpecifications()[country]!.chars! - 4;
      const letters = { GB: "NWBK", IE: "AIBK", NL: "INGB", IT: "X" }[country] ?? "";
      const iban = composeIBAN({ countryCode: country, bban: (letters + digits).slice(0, length) });
      if (iban === null || !isValidIBAN(iban)) return;
      const apart = said({ bankAccountIban: { iban, accountHolderName: "A" } }) as { bankAccountBban: object };
      assert.deepEqual(said({ ...apart, bankAccountIban: { iban } }), apart, "both agree");
      if (country === "GB" || country === "IE") return;
      assert.deepEqual(said({ bankAccountBban: apart.bankAccountBban }), apart);
    }),
    { numRuns: 500 },
  );
});

test("an account that does not tell the letters of its bank, or of a country not known, cannot be converted", () => {
  const gb = { bankCode: "601613", accountNumber: "31926819" };
  for (const countryCode of ["GB", "IE", "US"])
    assert.deepEqual(said({ bankAccountBban: { ...gb, countryCode } }), ["404 99000004 bankAccountBban.countryCode"]);
  assert.deepEqual(said({ bankAccountIban: { iban: "TR330006100519786457841326" } }), [
    "404 99000004 bankAccountIban.iban",
  ]);
  assert.deepEqual(said({ bankAccountIban: { iban: "GB29NWBK60161331926819" } }), {
    bankAccountBban: { ...gb, countryCode: "GB" },
    bankAccountIban: { iban: "GB29NWBK60161331926819" },
  });
});

test("what is missing, malformed or contradicts is told by its place", () => {
  assert.deepEqual(said({}), ["400 20000000 bankAccountIban"]);
  assert.deepEqual(said([]), ["400 21000999 undefined"]);
  assert.deepEqual(said({ bankAccountBban: { accountNumber: "1" } }), ["400 20000000 bankAccountBban.countryCode"]);
  assert.deepEqual(said({ bankAccountBban: { countryCode: "ES", accountNumber: "1" } }), [
    "400 20000000 bankAccountBban.bankCode",
    "400 20000000 bankAccountBban.branchCode",
    "400 20000000 bankAccountBban.checkDigit",
  ]);
  assert.deepEqual(said({ bankAccountBban: { countryCode: "DE", accountNumber: "1", bankCode: "1" } }), [
    "400 21000999 bankAccountBban.bankCode",
  ]);
  assert.deepEqual(said({ bankAccountIban: { iban: "DE00370400440532013000" } }), [
    "400 21000999 bankAccountIban.iban",
  ]);
  const contradiction = { bankCode: "37040045", countryCode: "DE" };
  assert.deepEqual(said({ bankAccountBban: contradiction, bankAccountIban: { iban: "DE89370400440532013000" } }), [
    "400 21000999 bankAccountBban.bankCode",
  ]);
});

test("of the first digits of a card the product is known, and the country not", () => {
  const details = (bin: unknown) => iinDetails({ bin });
  assert.deepEqual(details("456735"), { paymentProductId: 1, countryCode: "99" });
  assert.deepEqual(details("5424 1802"), { paymentProductId: 3, countryCode: "99" });
  assert.deepEqual(details("340000"), { paymentProductId: 2, countryCode: "99" });
  const refused = (bin: unknown) => {
    const read = details(bin);
    return isFaults(read) ? read.errors.map(({ code, propertyName }) => `${code} ${propertyName}`) : read;
  };
  assert.deepEqual(refused("00000000"), ["99000005 bin"]);
  assert.deepEqual(refused("45673"), ["21000050 bin"]);
  assert.deepEqual(refused(undefined), ["20000000 bin"]);
});

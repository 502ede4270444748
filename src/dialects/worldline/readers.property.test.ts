import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { codes } from "./codes.ts";
import { convertBankAccount } from "./convert-bank-account.ts";
import { isFaults } from "./field-errors.ts";
import { iinDetails } from "./iin.ts";
import { readApprovePayout } from "./read-approve.ts";
import { readCreatePayout } from "./read-create.ts";
import { readFindPayouts } from "./read-find.ts";

const known = new Set(Object.values(codes).map(({ code, http }) => `${code} ${http}`));

function expectWellFormed(read: unknown): void {
  if (!isFaults(read)) return;
  assert.ok(read.errors.length > 0, "a fault says something");
  for (const error of read.errors) {
    assert.ok(known.has(`${error.code} ${error.httpStatusCode}`), `${error.code} is a code of ours`);
    assert.ok(error.id !== "" && error.message !== "" && error.category === "CONNECT_PLATFORM_ERROR");
    assert.doesNotMatch(error.message, /\d{6}/, "no number of a card or an account is repeated");
    if (error.propertyName !== undefined) assert.match(error.propertyName, /^[A-Za-z]+(\.[A-Za-z]+)*$/);
  }
}

// Values that the fields of a request are filled with, most of them wrong.
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, "", " ", 0, 1, -1, 1.5, "12", "1230", "20260401", "EUR", "GB", "JPY", [], {}, true),
  fc.constantFrom("4567350000427977", "IT60X0542811101000000123456", "601613", "31926819", "\u202e", "__proto__"),
  fc.jsonValue({ maxDepth: 2 }),
);
const some = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape, { requiredKeys: [] });
const orLeaf = (whole: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: whole }, { weight: 1, arbitrary: leaf });
const fieldsOf = (...names: string[]) => orLeaf(some(Object.fromEntries(names.map((name) => [name, leaf]))));

const account = {
  bankAccountIban: fieldsOf("accountHolderName", "iban"),
  bankAccountBban: fieldsOf(
    "accountHolderName",
    "accountNumber",
    "bankCode",
    "branchCode",
    "checkDigit",
    "countryCode",
  ),
};
const customer = orLeaf(
  some({
    name: fieldsOf("firstName", "surname"),
    address: fieldsOf("street", "countryCode"),
    companyInformation: fieldsOf("name", "dateOfIncorporation"),
    contactDetails: fieldsOf("emailAddress"),
    merchantCustomerId: leaf,
  }),
);
const details = {
  amountOfMoney: fieldsOf("amount", "currencyCode"),
  customer,
  references: fieldsOf("merchantReference", "merchantOrderId", "invoiceNumber"),
};
const bank = { ...account, payoutDate: leaf, payoutText: leaf, swiftCode: leaf };
const createRequest = some({
  ...details,
  ...bank,
  payoutDetails: orLeaf(some(details)),
  bankTransferPayoutMethodSpecificInput: orLeaf(some({ ...bank, customer })),
  cardPayoutMethodSpecificInput: orLeaf(
    some({
      card: fieldsOf("cardNumber", "expiryDate", "cardholderName", "cvv"),
      paymentProductId: leaf,
      recipient: fieldsOf("firstName", "surname"),
      token: leaf,
    }),
  ),
});
const now = new Date("2026-03-15T12:00:00Z");

test("whatever a create says, it is understood or refused in good order", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), createRequest), (body) => {
      const read = readCreatePayout(body, now);
      expectWellFormed(read);
      if (isFaults(read)) return;
      assert.ok(read.amountMinor > 0n);
      assert.ok((read.references.merchantReference ?? "").length <= 60);
    }),
    { numRuns: 2_000 },
  );
});

test("a create that is understood is understood the same with unknown and null properties beside it", () => {
  const good = {
    payoutDetails: { amountOfMoney: { amount: 2345, currencyCode: "EUR" } },
    bankTransferPayoutMethodSpecificInput: {
      bankAccountIban: { accountHolderName: "W. Coyote", iban: "IT60X0542811101000000123456" },
    },
  };
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string().map((name) => `x${name}`),
        fc.jsonValue(),
      ),
      (unknown) => {
        const body = { ...unknown, ...good, cardPayoutMethodSpecificInput: null, references: null, customer: {} };
        assert.deepEqual(readCreatePayout(body, now), readCreatePayout(good, now));
      },
    ),
  );
});

test("whatever the other requests say, they are understood or refused in good order", () => {
  const anything = fc.oneof(fc.jsonValue(), fieldsOf("datePayout", "bin"), some(account));
  fc.assert(
    fc.property(
      anything,
      fc.dictionary(fc.constantFrom("merchantReference", "merchantOrderId", "offset", "limit"), fc.string()),
      (body, query) => {
        expectWellFormed(readApprovePayout(body));
        expectWellFormed(iinDetails(body));
        expectWellFormed(convertBankAccount(body));
        expectWellFormed(readFindPayouts(new URLSearchParams(query)));
      },
    ),
    { numRuns: 1_000 },
  );
});

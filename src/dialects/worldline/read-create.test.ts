import assert from "node:assert/strict";
import { test } from "node:test";
import { isFaults } from "./field-errors.ts";
import { readCreatePayout, type PayoutDraft } from "./read-create.ts";

const now = new Date("2026-03-15T12:00:00Z");
const money = { amount: 2345, currencyCode: "EUR" };
const ibanAccount = { accountHolderName: "Wile E. Coyote", iban: "IT60X0542811101000000123456" };
const bbanAccount = { accountHolderName: "Wile E. Coyote", accountNumber: "31926819", bankCode: "60-16-13" };
const card = { cardNumber: "4567350000427977", expiryDate: "1220", cardholderName: "Wile E. Coyote" };
const goodCard = { ...card, expiryDate: "1230" };

const toIban = (account: object = ibanAccount) => ({
  payoutDetails: { amountOfMoney: money },
  bankTransferPayoutMethodSpecificInput: { bankAccountIban: account },
});
const toCard = (input: object) => ({
  payoutDetails: { amountOfMoney: money },
  cardPayoutMethodSpecificInput: input,
});
const paying = (amountOfMoney: unknown) => ({ ...toIban(), payoutDetails: { amountOfMoney } });

function read(body: unknown): PayoutDraft {
  const draft = readCreatePayout(body, now);
  assert.ok(!isFaults(draft), isFaults(draft) ? draft.errors.map(({ message }) => message).join() : "");
  return draft;
}
function faults(body: unknown): readonly string[] {
  const draft = readCreatePayout(body, now);
  assert.ok(isFaults(draft), "it was read");
  return draft.errors.map(({ code, propertyName, httpStatusCode }) => {
    assert.equal(httpStatusCode, 400);
    return `${code} ${propertyName}`;
  });
}
function message(body: unknown): string {
  const draft = readCreatePayout(body, now);
  assert.ok(isFaults(draft) && draft.errors.length === 1);
  return draft.errors[0]!.message;
}

test("a payout to an IBAN is read from the places of today", () => {
  const body = {
    bankTransferPayoutMethodSpecificInput: {
      bankAccountIban: ibanAccount,
      payoutDate: "20260401",
      payoutText: "Payout Acme",
      swiftCode: "swift",
    },
    payoutDetails: {
      amountOfMoney: money,
      customer: {
        address: {
          city: "Burbank",
          countryCode: "US",
          houseNumber: "411",
          state: "California",
          street: "N Hollywood Way",
          zip: "91505",
        },
        companyInformation: { name: "Acme Labs", vatNumber: "1234AB5678CD" },
        contactDetails: { emailAddress: "wile.e.coyote@acmelabs.com" },
        name: { firstName: "Wile", surname: "Coyote", surnamePrefix: "E.", title: "Mr." },
      },
      references: { merchantReference: "AcmeOrder001", merchantOrderId: 12345678, invoiceNumber: "000000123" },
    },
  };
  const { customer, ...rest } = read(body);
  assert.deepEqual(rest, {
    amountMinor: 2345n,
    currency: "EUR",
    destination: { kind: "iban", holder: "Wile E. Coyote", iban: "IT60X0542811101000000123456", bic: null },
    references: { merchantReference: "AcmeOrder001", merchantOrderId: 12345678, invoiceNumber: "000000123" },
    payoutDate: "20260401",
    payoutText: "Payout Acme",
  });
  assert.equal(customer?.name?.surnamePrefix, "E.");
  assert.equal(customer?.address?.city, "Burbank");
  assert.equal(customer?.companyInformation?.vatNumber, "1234AB5678CD");
  assert.equal(customer?.contactDetails?.emailAddress, "wile.e.coyote@acmelabs.com");
});

test("an old client that fills only the top level is understood", () => {
  const draft = read({
    amountOfMoney: money,
    bankAccountIban: ibanAccount,
    customer: { merchantCustomerId: "7" },
    payoutDate: "20260401",
    payoutText: "Payout Acme",
    references: { merchantReference: "AcmeOrder001" },
    swiftCode: "nwbkgb2l",
  });
  assert.equal(draft.amountMinor, 2345n);
  assert.deepEqual(draft.destination, {
    kind: "iban",
    holder: "Wile E. Coyote",
    iban: ibanAccount.iban,
    bic: "NWBKGB2L",
  });
  assert.equal(draft.references.merchantReference, "AcmeOrder001");
  assert.equal(draft.payoutDate, "20260401");
  assert.equal(draft.customer?.merchantCustomerId, "7");
});

test("where both places are filled the new one counts", () => {
  const draft = read({
    ...toIban(),
    amountOfMoney: { amount: 1, currencyCode: "USD" },
    bankAccountBban: bbanAccount,
    payoutText: "old",
    customer: { merchantCustomerId: "top" },
    bankTransferPayoutMethodSpecificInput: {
      bankAccountIban: ibanAccount,
      payoutText: "new",
      customer: { merchantCustomerId: "middle" },
    },
  });
  assert.deepEqual([draft.amountMinor, draft.currency], [2345n, "EUR"]);
  assert.equal(draft.destination.kind, "iban");
  assert.equal(draft.payoutText, "new");
  assert.equal(draft.customer?.merchantCustomerId, "middle");
});

test("a new place of nothing but nulls leaves the old one standing", () => {
  const draft = read({
    payoutDetails: { amountOfMoney: { amount: null, currencyCode: null }, references: null },
    amountOfMoney: money,
    cardPayoutMethodSpecificInput: { card: { cardNumber: null } },
    bankTransferPayoutMethodSpecificInput: { bankAccountBban: { accountNumber: null }, payoutText: null },
    bankAccountIban: ibanAccount,
  });
  assert.equal(draft.amountMinor, 2345n);
  assert.equal(draft.destination.kind, "iban");
  assert.equal(draft.payoutText, null);
});

test("numbers may come as decimal text, and what is unknown is ignored", () => {
  const body = {
    ...toCard({ card: goodCard, paymentProductId: "1", nonsense: [] }),
    payoutDetails: {
      amountOfMoney: { amount: "00100", currencyCode: "EUR" },
      references: { merchantOrderId: "12" },
      nonsense: { deep: 1 },
    },
    omnichannelPayoutSpecificInput: { paymentId: "1" },
  };
  const draft = read(body);
  assert.equal(draft.amountMinor, 100n);
  assert.equal(draft.references.merchantOrderId, 12);
  assert.deepEqual(draft.destination, {
    kind: "card",
    number: "4567350000427977",
    expMonth: 12,
    expYear: 2030,
    holder: "Wile E. Coyote",
    paymentProductId: 1,
  });
});

test("an amount always has two decimals, whatever its currency has", () => {
  const minor = (amount: number, currencyCode: string) => read(paying({ amount, currencyCode })).amountMinor;
  assert.equal(minor(10000, "JPY"), 100n);
  assert.equal(minor(125, "KWD"), 1250n);
  assert.equal(minor(999_999_999_999, "EUR"), 999_999_999_999n);
  assert.deepEqual(faults(paying({ amount: 10050, currencyCode: "JPY" })), [
    "21000999 payoutDetails.amountOfMoney.amount",
  ]);
});

test("an amount of zero, less, a fraction or more than twelve digits is no number of this API", () => {
  for (const amount of [0, -1, 0.5, 1_000_000_000_000, "1.50", "1e3", "-5", true, {}, [1], "123 "]) {
    assert.deepEqual(faults(paying({ amount, currencyCode: "EUR" })), ["21000050 payoutDetails.amountOfMoney.amount"]);
  }
  assert.equal(
    message(paying({ amount: -1, currencyCode: "EUR" })),
    "VALUE -1 OF FIELD AMOUNT IS NOT A NUMBER WITH MINLENGTH 1, MAXLENGTH 12 AND PRECISION 0",
  );
});

test("a currency is a code of ISO 4217 in upper case", () => {
  for (const currencyCode of ["eur", "XXX", "EURO", 978, {}])
    assert.deepEqual(faults(paying({ amount: 1, currencyCode })), [
      "21000999 payoutDetails.amountOfMoney.currencyCode",
    ]);
});

test("all missing properties are told at once, in the places that the client used", () => {
  const all = [
    "20000000 payoutDetails.amountOfMoney.amount",
    "20000000 payoutDetails.amountOfMoney.currencyCode",
    "20000000 bankTransferPayoutMethodSpecificInput",
  ];
  for (const body of [undefined, null, {}, { payoutDetails: null }, { payoutDetails: "?" }])
    assert.deepEqual(faults(body), all);
  assert.deepEqual(faults({ amountOfMoney: { amount: 1 }, bankAccountBban: { bankCode: "601613", bankName: "x" } }), [
    "20000000 amountOfMoney.currencyCode",
    "20000000 bankAccountBban.accountHolderName",
    "20000000 bankAccountBban.accountNumber",
  ]);
  assert.deepEqual(faults({ amountOfMoney: money, bankAccountIban: {} }), [
    "20000000 bankAccountIban.accountHolderName",
    "20000000 bankAccountIban.iban",
  ]);
  assert.deepEqual(faults(toCard({ card: { cvv: "123" } })), [
    "20000000 cardPayoutMethodSpecificInput.card.cardNumber",
    "20000000 cardPayoutMethodSpecificInput.card.expiryDate",
  ]);
  assert.deepEqual(faults(toCard({ paymentProductId: 1 })), ["20000000 cardPayoutMethodSpecificInput.card"]);
  assert.deepEqual(faults({ ...toIban({}), bankTransferPayoutMethodSpecificInput: { payoutText: "?" } }), [
    "20000000 bankTransferPayoutMethodSpecificInput.bankAccountIban",
  ]);
});

test("a required text without content was given, and says nothing", () => {
  assert.deepEqual(faults(toIban({ accountHolderName: "  ", iban: ibanAccount.iban })), [
    "20001000 bankTransferPayoutMethodSpecificInput.bankAccountIban.accountHolderName",
  ]);
  assert.equal(message(toIban({ ...ibanAccount, iban: "" })), "NULL VALUE NOT ALLOWED FOR IBAN");
});

test("a body that is no object is refused without naming a property", () => {
  for (const body of [[], "x", 1, true]) assert.deepEqual(faults(body), ["21000999 undefined"]);
});

test("a card and a bank account at once leave open where the money should go", () => {
  assert.deepEqual(faults({ ...toIban(), cardPayoutMethodSpecificInput: { card: goodCard } }), [
    "21000999 bankTransferPayoutMethodSpecificInput",
  ]);
  assert.deepEqual(faults({ ...toCard({ token: "t" }), bankAccountBban: bbanAccount }), ["21000999 bankAccountBban"]);
});

test("an IBAN and a BBAN at once do so too", () => {
  const both = { bankAccountIban: ibanAccount, bankAccountBban: bbanAccount };
  assert.deepEqual(faults({ amountOfMoney: money, ...both }), ["21000999 bankAccountBban"]);
  assert.deepEqual(faults({ amountOfMoney: money, bankTransferPayoutMethodSpecificInput: both }), [
    "21000999 bankTransferPayoutMethodSpecificInput.bankAccountBban",
  ]);
});

test("an IBAN is checked, and may be written with blanks and in lower case", () => {
  const good = ["NL08 INGB 0000 0005 55", "DE46 7202 0070 0359 7366 90", "fr14 2004 1010 0505 0001 3M02 606"];
  for (const iban of good) {
    const { destination } = read(toIban({ ...ibanAccount, iban }));
    assert.equal(destination.kind === "iban" && destination.iban, iban.replaceAll(" ", "").toUpperCase());
  }
  const bad = [
    "NL08INGB0001234567",
    "DE46 7202 0070 0359 6665 55",
    "XX00",
    5,
    "NL08INGB0000000555\n",
    "ﬁ2112345600000785",
  ];
  for (const iban of bad)
    assert.deepEqual(faults(toIban({ ...ibanAccount, iban })), [
      "21000999 bankTransferPayoutMethodSpecificInput.bankAccountIban.iban",
    ]);
});

test("a British account has a sort code of six digits and a number filled up to eight", () => {
  const bban = (account: object) => ({ amountOfMoney: money, bankAccountBban: { ...bbanAccount, ...account } });
  const account = { kind: "bban", holder: "Wile E. Coyote", sortCode: "601613", accountNumber: "31926819" };
  assert.deepEqual(read(bban({})).destination, account);
  assert.deepEqual(read(bban({ accountNumber: "926819", countryCode: "GB" })).destination, {
    ...account,
    accountNumber: "00926819",
  });
  assert.deepEqual(faults(bban({ countryCode: "DE" })), ["21000999 bankAccountBban.countryCode"]);
  assert.deepEqual(faults(bban({ bankCode: "6016130" })), ["21000050 bankAccountBban.bankCode"]);
  for (const accountNumber of ["12345", "319268190", 31926819, "3192681O"])
    assert.deepEqual(faults(bban({ accountNumber })), ["21000050 bankAccountBban.accountNumber"]);
  assert.ok(!message(bban({ accountNumber: "12345" })).includes("12345"), "the number is not repeated");
});

test("a card number must pass the Luhn check, and is told by its last four digits only", () => {
  assert.equal(
    message(toCard({ card: { ...goodCard, cardNumber: "4567 3500 0042 7978" } })),
    "VALUE ************7978 OF FIELD CREDITCARDNUMBER DID NOT PASS THE LUHNCHECK",
  );
  assert.deepEqual(faults(toCard({ card: { ...goodCard, cardNumber: "4567350000427978" } })), [
    "21000020 cardPayoutMethodSpecificInput.card.cardNumber",
  ]);
  for (const cardNumber of ["4567", "45673500004279770000", "4567-abcd", 4567350000427977])
    assert.deepEqual(faults(toCard({ card: { ...goodCard, cardNumber } })), [
      "21000050 cardPayoutMethodSpecificInput.card.cardNumber",
    ]);
});

test("a card is good through its month", () => {
  const path = "cardPayoutMethodSpecificInput.card.expiryDate";
  for (const expiryDate of ["1220", "0226", "1326", "0026", "12/30", "123", 1230])
    assert.deepEqual(faults(toCard({ card: { ...card, expiryDate } })), [`21000120 ${path}`], String(expiryDate));
  assert.equal(message(toCard({ card })), `${path} (1220) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT`);
  const { destination } = read(toCard({ card: { ...card, expiryDate: "0326" } }));
  assert.ok(destination.kind === "card" && destination.expMonth === 3 && destination.expYear === 2026);
});

test("the product of a card follows from its number, and must not contradict it", () => {
  const product = (paymentProductId: unknown) => read(toCard({ card: goodCard, paymentProductId })).destination;
  for (const given of [undefined, null, 1, 114, 130, 3012]) {
    const read = product(given);
    assert.ok(read.kind === "card" && read.paymentProductId === (given ?? 1));
  }
  const path = "cardPayoutMethodSpecificInput.paymentProductId";
  assert.deepEqual(faults(toCard({ card: goodCard, paymentProductId: 3 })), [`21000999 ${path}`]);
  assert.deepEqual(faults(toCard({ card: goodCard, paymentProductId: "Visa" })), [`21000050 ${path}`]);
});

test("a card goes before a token, and a recipient's name stands in for a missing holder's", () => {
  assert.equal(read(toCard({ card: goodCard, token: "t" })).destination.kind, "card");
  assert.deepEqual(read(toCard({ token: "4f2a", paymentProductId: 3 })).destination, {
    kind: "token",
    token: "4f2a",
    paymentProductId: 3,
  });
  const recipient = { firstName: "Wile", surnamePrefix: "E.", surname: "Coyote" };
  const { destination } = read(toCard({ card: { ...goodCard, cardholderName: null }, recipient }));
  assert.ok(destination.kind === "card" && destination.holder === "Wile E. Coyote");
});

test("names, addresses and the payout text are cut; references are refused, for they would name something else", () => {
  const long = "ä".repeat(300);
  const draft = read({
    ...toIban({ ...ibanAccount, accountHolderName: long }),
    customer: { name: { surname: long, firstName: `${"👩".repeat(14)} 👩👩` }, address: { street: long, zip: long } },
    payoutText: long,
  });
  assert.ok(draft.destination.kind === "iban" && draft.destination.holder === "ä".repeat(70));
  assert.deepEqual([draft.customer?.name?.surname, draft.customer?.name?.firstName], ["ä".repeat(70), "👩".repeat(14)]);
  assert.deepEqual([draft.customer?.address?.street, draft.customer?.address?.zip], ["ä".repeat(50), "ä".repeat(10)]);
  assert.equal(draft.payoutText, "ä".repeat(255));

  const references = { merchantReference: "x".repeat(31), merchantOrderId: 1e15, invoiceNumber: "x".repeat(21) };
  assert.deepEqual(faults({ ...toIban(), references, customer: { merchantCustomerId: "x".repeat(21) } }), [
    "21000999 references.merchantReference",
    "21000050 references.merchantOrderId",
    "21000999 references.invoiceNumber",
    "21000999 customer.merchantCustomerId",
  ]);
  assert.equal(
    read({ ...toIban(), references: { merchantReference: "x".repeat(30) } }).references.merchantOrderId,
    null,
  );
});

test("text that hides or reorders what people read is refused, naming the place", () => {
  for (const hostile of ["\n", "\u0000", "\u202e", "\u2066", "\u200b", "\u{e0041}", "\u2028", "\ud800", "\u007f"]) {
    const text = `Acme${hostile}Labs`;
    assert.deepEqual(
      faults({
        ...toIban({ ...ibanAccount, accountHolderName: text }),
        references: { merchantReference: text },
        payoutText: text,
        customer: { name: { surname: text } },
      }),
      [
        "21000999 bankTransferPayoutMethodSpecificInput.bankAccountIban.accountHolderName",
        "21000999 references.merchantReference",
        "21000999 payoutText",
        "21000999 customer.name.surname",
      ],
    );
  }
  const persian = "می‌خواهم";
  assert.equal(read({ ...toIban(), payoutText: persian }).payoutText, persian);
});

test("a payout date is a real day", () => {
  for (const payoutDate of ["20260230", "2026-04-01", "260401", "00000101", 20260401, "20261301"])
    assert.deepEqual(faults({ ...toIban(), payoutDate }), ["21000999 payoutDate"]);
  assert.equal(read({ ...toIban(), payoutDate: "20280229" }).payoutDate, "20280229");
  assert.equal(read({ ...toIban(), payoutDate: "" }).payoutDate, null);
});

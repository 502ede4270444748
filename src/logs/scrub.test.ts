import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { composeIBAN, friendlyFormatIBAN, getCountrySpecifications } from "ibantools";
import { luhn } from "../cards/number.ts";
import { scrub } from "./scrub.ts";

test("a card number is masked however it is grouped, and wherever it stands", () => {
  const cases: [string, string][] = [
    ["4111111111111111", "[card ending 1111]"],
    ["card 4111 1111 1111 1111 declined", "card [card ending 1111] declined"],
    ["3400-000000-00009,", "[card ending 0009],"],
    ['{"number":"4571994000062336","cvv":"888"}', '{"number":"[card ending 2336]","cvv":"888"}'],
    ["%B4111111111111111^DOE;4111111111111111=2512", "%B[card ending 1111]^DOE;[card ending 1111]=2512"],
    ["order 20000 4111111111111111 1", "order 20000 [card ending 1111] 1"],
    ["n4111\u00a01111\u00a01111\u00a01111", "n[card ending 1111]"],
    ["4000-0000-0000-6 5019100000000006", "[card ending 0006] [card ending 0006]"],
    ["4222222222222 and 6304000000000000000", "[card ending 2222] and [card ending 0000]"],
  ];
  for (const [text, scrubbed] of cases) assert.equal(scrub(text), scrubbed);
});

test("numbers that are no cards stay readable", () => {
  const kept = [
    "4111111111111112",
    "411111111111",
    "payment 000000850010000188130000200001",
    "at 1795229460006, in 2026-11-21 02:51:00",
    "1795229460000005 µs",
    "ca_fcfac2016614418f969fa5697383e47c",
    "amount 999999999999 EUR",
    "",
  ];
  for (const text of kept) assert.equal(scrub(text), text);
});

test("an IBAN is masked in electronic and paper form, also mistyped", () => {
  const cases: [string, string][] = [
    ["DE89370400440532013000", "[iban DE ending 3000]"],
    ["to DE89 3704 0044 0532 0130 00 was refused", "to [iban DE ending 3000] was refused"],
    ["de88370400440532013000", "[iban DE ending 3000]"],
    ["DE88-3704-0044-0532-0130-00.", "[iban DE ending 3000]."],
    ["DE89 370400440532013000", "[iban DE ending 3000]"],
    ["\\nIBANDK5000400440116243", "\\nIBAN[iban DK ending 6243]"],
    ["GB29NWBK60161331926819,NO9386011117947", "[iban GB ending 6819],[iban NO ending 7947]"],
  ];
  for (const [text, scrubbed] of cases) assert.equal(scrub(text), scrubbed);
  const kept = [
    "DE89",
    "DE89 3704",
    "AZ12 this could be a long sentence of words",
    "AT10 o'clock",
    "SEPA2026-11",
    "XX001234567890123456",
  ];
  for (const text of kept) assert.equal(scrub(text), text);
});

test("no card number survives, whatever surrounds it", () => {
  const card = fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 18 })
    .map((digits) => `4${digits.join("").slice(1)}`)
    .map((stem) =>
      "0123456789"
        .split("")
        .map((check) => stem + check)
        .find(luhn)!,
    );
  const apart = fc.string({ unit: "grapheme" }).filter((text) => !/\d/.test(text));
  fc.assert(
    fc.property(card, apart, apart, fc.constantFrom("", " ", "-"), (number, before, after, separator) => {
      const written = number.match(/.{1,4}/g)!.join(separator);
      assert.ok(scrub(`${before}${written}${after}`).includes(`[card ending ${number.slice(-4)}]`));
    }),
  );
  const digitsBeside = fc.array(fc.nat({ max: 10 ** 14 }), { maxLength: 3 }).map((numbers) => numbers.join(" "));
  fc.assert(
    fc.property(card, digitsBeside, digitsBeside, fc.constantFrom("", " ", "-"), (number, before, after, separator) => {
      const groups = number.match(/.{1,4}/g)!;
      const scrubbed = scrub(`${before} ${groups.join(separator)} ${after}`);
      assert.ok(!scrubbed.includes(groups.join(separator)), scrubbed);
      assert.ok(scrubbed.includes("[card ending"), scrubbed);
    }),
  );
});

test("no country's IBAN survives", () => {
  for (const [country, { chars, bban_regexp }] of Object.entries(getCountrySpecifications())) {
    if (!chars || !bban_regexp) continue;
    const bban = fc.sample(fc.stringMatching(new RegExp(`^${bban_regexp.replace(/^\^|\$$/g, "")}$`)), {
      numRuns: 3,
      seed: 1,
    });
    for (const each of bban) {
      const iban = composeIBAN({ countryCode: country, bban: each }) ?? `${country}00${each}`;
      for (const written of [iban, iban.toLowerCase(), friendlyFormatIBAN(iban)!]) {
        assert.equal(scrub(`<${written}>`), `<[iban ${country} ending ${written.replaceAll(" ", "").slice(-4)}]>`);
      }
    }
  }
});

test("a long text takes no more than its length", () => {
  for (const piece of ["1 ", "0 ", "4111111111111111 ", "1234567890123 ", "DE", "DE89 ", "GB29A", "4-"]) {
    const started = performance.now();
    scrub(piece.repeat(Math.ceil(200_000 / piece.length)));
    assert.ok(performance.now() - started < 2_000, piece);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isCurrency, minorDigits } from "./currency.ts";

const withDigits = (digits: number): string =>
  Object.entries(minorDigits)
    .filter(([, each]) => each === digits)
    .map(([code]) => code)
    .join(" ");

test("155 currencies can be paid, and the odd ones have their own decimals", () => {
  assert.equal(Object.keys(minorDigits).length, 155);
  assert.equal(withDigits(0), "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF");
  assert.equal(withDigits(3), "BHD IQD JOD KWD LYD OMR TND");
  assert.equal(withDigits(4), "", "CLF and UYW are units of account");
  for (const code of Object.keys(minorDigits)) assert.match(code, /^[A-Z]{3}$/);
});

test("retired, reserved and misspelt codes are no currencies", () => {
  const retired = ["ANG", "BGN", "CUC", "DEM", "HRK", "LTL", "MRO", "SLL", "STD", "VEF", "ZWL"];
  const unpayable = ["CHE", "CHW", "CLF", "USN", "UYW", "XAD", "XAU", "XBA", "XDR", "XSU", "XTS", "XUA", "XXX"];
  for (const code of [...retired, ...unpayable]) assert.equal(isCurrency(code), false, code);
  for (const code of ["", "eur", "EUR ", "EURO", "978", "constructor", "__proto__"])
    assert.equal(isCurrency(code), false);
  for (const code of ["EUR", "DKK", "SLE", "VED", "XCG", "ZWG"]) assert.equal(isCurrency(code), true, code);
});

test("the runtime's own list differs only where custom has dropped a coin that the standard keeps", () => {
  const dropped = "AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SOS SYP YER".split(" ");
  for (const [code, digits] of Object.entries(minorDigits)) {
    const format = new Intl.NumberFormat("en", { style: "currency", currency: code });
    const custom = format.resolvedOptions().maximumFractionDigits;
    if (custom !== digits) assert.ok(dropped.includes(code), `${code}: ${digits} here, ${custom} in Intl`);
  }
});

/** The pieces of an account number that this API has fields for. */
export const pieces = ["bankCode", "branchCode", "checkDigit", "accountNumber"] as const;
export type Piece = (typeof pieces)[number];

/**
 * How an IBAN of each country goes on after its check digits: `b` bank, `s` branch, `c` check digits, `a` account; `x` is the
 * bank's part of its BIC, for which there is no field, so that those IBANs can be read but not put together.
 *
 * Source: the SWIFT IBAN registry for order and lengths; Worldline, direct debit products, for which field holds what.
 */
const layouts: Readonly<Record<string, string>> = {
  AT: "bbbbbaaaaaaaaaaa",
  BE: "bbbaaaaaaacc",
  CH: "bbbbbaaaaaaaaaaaa",
  DE: "bbbbbbbbaaaaaaaaaa",
  DK: "bbbbaaaaaaaaac",
  ES: "bbbbssssccaaaaaaaaaa",
  FI: "bbbaaaaaaaaaac",
  FR: "bbbbbsssssaaaaaaaaaaacc",
  GB: "xxxxbbbbbbaaaaaaaa",
  IE: "xxxxbbbbbbaaaaaaaa",
  IT: "cbbbbbsssssaaaaaaaaaaaa",
  LU: "bbbaaaaaaaaaaaaa",
  NL: "bbbbaaaaaaaaaa",
  NO: "bbbbaaaaaac",
  PL: "bbbbbbbbaaaaaaaaaaaaaaaa",
  PT: "bbbbssssaaaaaaaaaaacc",
  SE: "bbbaaaaaaaaaaaaaaaaa",
};

const pieceOf: Readonly<Record<string, Piece>> = {
  b: "bankCode",
  s: "branchCode",
  c: "checkDigit",
  a: "accountNumber",
};

/** The pieces of a country's accounts in the order of its IBAN; `piece` is undefined for what has no field. */
export function layoutOf(country: string): readonly { piece: Piece | undefined; length: number }[] | undefined {
  const layout = Object.hasOwn(layouts, country) ? layouts[country] : undefined;
  return layout?.match(/(.)\1*/g)?.map((run) => ({ piece: pieceOf[run[0]!], length: run.length }));
}

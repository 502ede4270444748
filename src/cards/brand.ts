import creditCardType from "credit-card-type";

/** The card types of Frisbii's API, spelled as there. */
export const brandNames = [
  "unknown",
  "visa",
  "mc",
  "dankort",
  "visa_dk",
  "ffk",
  "visa_elec",
  "maestro",
  "laser", // nothing is read as one: the scheme ended in 2014, and what is left of its numbers is Maestro
  "amex",
  "diners",
  "discover",
  "jcb",
  "china_union_pay",
] as const;
export type Brand = (typeof brandNames)[number];

/** Brands that the library takes for the larger one they belong to. */
const within: readonly [prefix: string, brand: Brand][] = [
  ["4571", "visa_dk"], // Visa/Dankort
  ["5019", "dankort"],
  ["600722", "ffk"], // Forbrugsforeningen
  ...["4026", "417500", "4405", "4508", "4844", "4913", "4917"].map((prefix): [string, Brand] => [prefix, "visa_elec"]),
];

/** The library's names. Its national schemes (Elo, Hiper, Mir, Naranja, Troy, Verve) have no type in the API. */
const brands: Readonly<Record<string, Brand>> = {
  visa: "visa",
  mastercard: "mc",
  maestro: "maestro",
  "american-express": "amex",
  "diners-club": "diners",
  discover: "discover",
  jcb: "jcb",
  unionpay: "china_union_pay",
};

/** No range is told by more digits than these, which issuers number their cards by (ISO/IEC 7812-1). */
const issuerDigits = 8;
/** What was found for issuers so far: the library compares a number with all that it knows. */
const found = new Map<string, Brand>();
const mostFound = 10_000;

/** `number` is digits only. Goes by the leading digits alone: whether it is a card at all is not asked here. */
export function cardBrand(number: string): Brand {
  const issuer = number.slice(0, issuerDigits);
  const known = found.get(issuer);
  if (known !== undefined) return known;
  if (found.size === mostFound) found.clear();
  const brand = find(number);
  found.set(issuer, brand);
  return brand;
}

function find(number: string): Brand {
  const special = within.find(([prefix]) => number.startsWith(prefix));
  if (special !== undefined) return special[1];
  const [best] = creditCardType(number);
  return (number !== "" && best !== undefined && brands[best.type]) || "unknown";
}

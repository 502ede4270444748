import type { Merchant } from "../../core/parties.ts";
import { timestamp } from "./timestamp.ts";

/** `Account`: who a key belongs to, and what is assumed where a request does not say. A merchant is its own organisation. */
export const tellAccount = (merchant: Merchant) => ({
  handle: merchant.handle,
  id: hexId(merchant.id),
  organisation: hexId(merchant.id),
  name: merchant.name,
  currency: merchant.currency,
  country: merchant.country,
  locale: localeOf(merchant.country),
  timezone: merchant.timezone,
  state: merchant.test ? "test" : "live",
  default_vat: 0,
  created: timestamp(merchant.createdAt),
});

const hexId = (id: string): string => BigInt(id).toString(16).padStart(32, "0");

/** The language most spoken in a country: `da_DK`. Nobody is asked for one, and the API requires it. */
const localeOf = (country: string): string => {
  const { language } = new Intl.Locale(`und-${country}`).maximize();
  return `${language === "und" ? "en" : language}_${country}`;
};

import type { KeyObject } from "node:crypto";
import type { Order } from "./bank.ts";
import { toAccount, toCard, type Destination } from "./destination.ts";
import { longestMs, planFor, type Plan } from "./orders.ts";
import { switches } from "./switches.ts";

/** Why a request was not understood. Nothing of what was sent is repeated but the name of a switch: it may be a card. */
export type Malformed = {
  readonly error: "malformed" | "unknown_switch";
  readonly field: string;
  readonly message: string;
  readonly switch?: string;
  readonly known?: readonly string[];
};

type Json = Record<string, unknown>;

export const isReference = (text: unknown): text is string =>
  typeof text === "string" && /^[A-Za-z0-9]{1,20}$/.test(text);

/** Reads the body of POST /transfers. This is the only place that sees a card or account number. */
export function readOrder(text: string, key: KeyObject): { order: Order; plan: Plan } | Malformed {
  const body = parse(text);
  if (body === undefined) return malformed("body", "a JSON object");
  const { reference, send, amount_minor: amountMinor, currency } = body;
  const orders = body["orders"] ?? "";
  const amountTable = body["amount_table"] ?? false;
  if (!isReference(reference)) return malformed("reference", "1 to 20 letters and digits");
  if (!isCount(send)) return malformed("send", "an integer from 1");
  if (!isCount(amountMinor)) return malformed("amount_minor", "an integer from 1 to 2^53 - 1");
  if (typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency))
    return malformed("currency", "three capital letters");
  if (typeof orders !== "string") return malformed("orders", "a text");
  if (typeof amountTable !== "boolean") return malformed("amount_table", "true or false");
  for (const field of ["statement_text", "merchant_reference", "handle"]) {
    if (!isText(body[field] ?? "")) return malformed(field, "a text of at most 1000 characters");
  }
  const destination = readDestination(body, key);
  if ("error" in destination) return destination;

  const plan = planFor({ kind: destination.kind, send, amountMinor, amountTable, orders });
  if ("unknownSwitch" in plan) {
    const message = `the switches are listed under known; times are 0 to ${longestMs} ms`;
    const name = plan.unknownSwitch.slice(0, 40);
    return { error: "unknown_switch", field: "orders", switch: name, message, known: Object.keys(switches) };
  }
  return { order: { reference, send, amountMinor, currency, destination }, plan };
}

function readDestination({ card, account }: Json, key: KeyObject): Destination | Malformed {
  if ((card == null) === (account == null)) return malformed("card", "either a card or an account");
  if (card != null) {
    if (!isObject(card)) return malformed("card", "an object");
    const { number, exp_month: month, exp_year: year } = card;
    if (typeof number !== "string" || !/^\d{12,19}$/.test(number)) return malformed("card.number", "12 to 19 digits");
    if (!isCount(month) || month > 12) return malformed("card.exp_month", "1 to 12");
    if (!isCount(year) || year > 9999) return malformed("card.exp_year", "a year");
    return toCard(key, { number });
  }
  if (!isObject(account)) return malformed("account", "an object");
  const { holder } = account;
  const [iban, sortCode, accountNumber] = [
    account["iban"] ?? "",
    account["sort_code"] ?? "",
    account["account_number"] ?? "",
  ];
  if (!isText(holder) || holder === "") return malformed("account.holder", "a name");
  if (!isNumber(iban)) return malformed("account.iban", "at most 42 letters, digits and spaces");
  if (!isNumber(sortCode)) return malformed("account.sort_code", "at most 42 letters, digits and spaces");
  if (!isNumber(accountNumber)) return malformed("account.account_number", "at most 42 letters, digits and spaces");
  return toAccount(key, { holder, iban, sortCode, accountNumber });
}

/** The address that callbacks are to go to, from the body of POST /callback-url; null for none. This machine only. */
export function readCallbackUrl(text: string): { url: string | undefined } | Malformed {
  const body = parse(text);
  const wanted = malformed("url", "an http address on this machine, or null");
  if (body?.["url"] === null) return { url: undefined };
  if (typeof body?.["url"] !== "string" || !URL.canParse(body["url"])) return wanted;
  const { protocol, hostname, href } = new URL(body["url"]);
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
  return isLoopback && (protocol === "http:" || protocol === "https:") ? { url: href } : wanted;
}

/** A number in a query: absent counts as `otherwise`; undefined if it is none from `least` to `most`. */
export function readNumber(text: string | null, otherwise: number, least: number, most: number): number | undefined {
  if (text === null) return otherwise;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}

/** An instant in a query, in milliseconds since 1970: absent counts as the beginning of all books; undefined if it is none. */
export function readInstant(text: string | null): number | undefined {
  const instant =
    text === null ? 0 : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

export const malformed = (field: string, message: string): Malformed => ({ error: "malformed", field, message });

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // the error would quote what was sent
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isText = (value: unknown): value is string => typeof value === "string" && value.length <= 1000;
const isNumber = (value: unknown): value is string => typeof value === "string" && /^[A-Za-z0-9 -]{0,42}$/.test(value);

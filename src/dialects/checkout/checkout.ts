import type { CardSession, Merchant } from "../../core/parties.ts";
import { isRefusal, refuse, type Refusal, type RefusalCode } from "../../core/refusal.ts";
import { enterCard, isOver } from "../../flow/card-session.ts";
import { isCardFault, readCard, type CardFault } from "../card-fields.ts";
import type { Caller, Dialect, EdgeFault } from "../dialect.ts";
import { readForm } from "../form.ts";
import { Meter } from "../meter.ts";
import type { Asked, Services, Told } from "../services.ts";
import { readAddress } from "./address.ts";
import { pageHeaders } from "./headers.ts";
import { cardPage, plainPage, words, type Fault } from "./page.ts";

/** Cards sent in one session, in the long run and at once: a person does not need more. */
const perSecond = 0.2;
const atOnce = 20;

interface Found {
  readonly session: CardSession;
  readonly merchant: Merchant;
}

/** The page on which a person enters a card. The number goes into the vault; the merchant gets the payment method. */
export function checkoutDialect(services: Services): Dialect {
  const sessions = new Meter(perSecond, atOnce);

  async function find(asked: Asked): Promise<Found | Refusal> {
    const address = readAddress(asked.params["account"]!, asked.params["session"]!);
    if (address === undefined) return refuse("unknown_session");
    const session = await services.reader.session(address.merchantId, address.sessionId);
    const merchant = session === undefined ? undefined : await services.reader.merchant(address.merchantId);
    return session === undefined || merchant === undefined ? refuse("unknown_session") : { session, merchant };
  }

  const show = async (asked: Asked): Promise<Told> => {
    const found = await find(asked);
    if (isRefusal(found)) return tellEnd(found, null);
    const { session, merchant } = found;
    const over = isOver(session, asked.now);
    if (over !== undefined) return tellEnd(over, session);
    return tellForm(merchant, session, [], "");
  };

  const enter = async (asked: Asked): Promise<Told> => {
    const found = await find(asked);
    if (isRefusal(found)) return tellEnd(found, null);
    const { session, merchant } = found;
    const over = isOver(session, asked.now);
    if (over !== undefined) return over.refused === "session_used" ? goOn(session, asked) : tellEnd(over, session);
    const form = readForm(asked.rawBody) ?? {};
    const expiry = (form["expiry"] ?? "").trim();
    if (!sessions.take(session.id, asked.now))
      return tellForm(merchant, session, [{ field: null, says: words.tooMany }], "", 429);
    const faults = faultsOf(form, new Date(asked.now));
    const card = readTyped(form, new Date(asked.now));
    if (faults.length > 0 || isCardFault(card))
      return tellForm(merchant, session, faults, /^[\d /-]{0,9}$/.test(expiry) ? expiry : "", 422);

    const { addingFault, ...kept } = card;
    const item = await services.sealCard({ merchantId: merchant.id, vaultId: services.ids.row(), ...kept });
    const entered = await services.commit(
      enterCard(session.id, `ca_${services.ids.hex()}`, services.ids.row(), item, addingFault),
    );
    if (isRefusal(entered))
      return entered.refused === "session_used" ? goOn(session, asked) : tellEnd(entered, session);
    if (entered.method !== null) return goOn(entered.session, asked);
    const reached = entered.fault !== "acquirer_error" && entered.fault !== "acquirer_communication_error";
    const says = reached ? words.declined : words.unreachable;
    return tellForm(merchant, session, [{ field: null, says }], expiry, 422);
  };

  const path = "/checkout/:account/:session";
  return {
    name: "checkout",
    routes: [
      { method: "GET", path, open: true, handle: show },
      { method: "POST", path, open: true, form: true, handle: enter },
    ],
    claims: (asked) => asked.path.startsWith("/checkout/"),
    authenticate: (): Promise<Caller> => Promise.resolve({ merchantId: null, keyId: "anyone" }),
    refuse: tellFault,
  };
}

/** Month and year as people write them: `09/29`, `9 2029`, `0929`. */
const splitExpiry = (text: string): { month: string; year: string } => {
  const [, month = "", year = ""] = /^\s*(\d{1,2})\s*[/ -]?\s*(\d{2}|\d{4})\s*$/.exec(text) ?? [];
  return { month, year };
};

const readTyped = ({ number, expiry = "", cvv = "" }: Readonly<Record<string, string>>, now: Date) =>
  readCard({ number, ...splitExpiry(expiry), cvv: cvv.trim() }, now);

/** All that is wrong at once, each with its field: who cannot see the page at a glance shall not be sent back three times. */
function faultsOf(form: Readonly<Record<string, string>>, now: Date): Fault[] {
  const sound = { number: "4111111111111111", expiry: "12/99", cvv: "123" };
  const alone = (field: keyof typeof sound): CardFault["wrong"] | undefined => {
    const read = readTyped({ ...sound, [field]: form[field] ?? "" }, now);
    return isCardFault(read) ? read.wrong : undefined;
  };
  const isEmpty = (field: string): boolean => (form[field] ?? "").trim() === "";
  const faults: Fault[] = [];
  if (alone("number") !== undefined)
    faults.push({ field: "number", says: isEmpty("number") ? words.noNumber : words.number });
  const expiry = alone("expiry");
  if (expiry !== undefined) {
    const says = isEmpty("expiry") ? words.noExpiry : expiry === "expired" ? words.expired : words.expiry;
    faults.push({ field: "expiry", says });
  }
  if (alone("cvv") !== undefined) faults.push({ field: "cvv", says: isEmpty("cvv") ? words.noCvv : words.cvv });
  return faults;
}

const tellForm = (
  merchant: Merchant,
  session: CardSession,
  faults: readonly Fault[],
  expiry: string,
  status = 200,
) => ({
  status,
  body: cardPage(merchant, session, faults, expiry),
  headers: pageHeaders([session.acceptUrl, session.cancelUrl]),
});

/** After the card was saved: on to where the merchant wants the person, or to the page that says so. */
function goOn(session: CardSession, asked: Asked): Told {
  const headers = { ...pageHeaders([session.acceptUrl]), location: acceptUrl(session) ?? asked.path };
  return { status: 303, body: plainPage("Your card has been saved", "You can go on.", null), headers };
}

/** The merchant's address, with what was made there. */
function acceptUrl({ acceptUrl: url, id, customer, methodId }: CardSession): string | null {
  if (url === null) return null;
  const next = new URL(url);
  next.searchParams.set("id", id);
  next.searchParams.set("customer", customer);
  if (methodId !== null) next.searchParams.set("payment_method", methodId);
  return next.href;
}

const ends: Partial<Record<RefusalCode, readonly [status: number, title: string, says: string]>> = {
  unknown_session: [404, "There is no such page", "Check the address, or ask whoever gave it to you for a new one."],
  session_used: [200, "Your card has been saved", "There is nothing more to do here."],
  session_expired: [410, "This page has expired", "Ask whoever sent you here for a new one. No card was saved."],
};
const gone = [410, "This page is not needed any more", "No card was saved."] as const;

function tellEnd({ refused }: Refusal, session: CardSession | null): Told {
  const [status, title, says] = ends[refused] ?? gone;
  const saved = refused === "session_used";
  const href = session === null ? null : saved ? acceptUrl(session) : session.cancelUrl;
  const next = href === null ? null : { href, label: saved ? "Go on" : "Go back" };
  return { status, body: plainPage(title, says, next), headers: pageHeaders([]) };
}

const statuses: Partial<Record<EdgeFault["kind"], number>> = {
  unknown_route: 404,
  wrong_method: 405,
  too_large: 413,
  unreadable: 422,
  rate: 429,
  concurrency: 429,
  broken: 500,
};

function tellFault({ kind }: EdgeFault): Told {
  const status = statuses[kind] ?? 503;
  if (status === 404) return tellEnd(refuse("unknown_session"), null);
  // Loading the page again says whether the card was saved: a session takes one.
  const says = "Something went wrong. Load the page again: it tells whether your card was saved.";
  return { status, body: plainPage("That did not work", says, null), headers: pageHeaders([]) };
}

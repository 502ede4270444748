import type { Command, View } from "../core/command.ts";
import type { AddingFault, CardSession, Customer, Method, VaultItem } from "../core/parties.ts";
import { isRefusal, refuse, type Refusal } from "../core/refusal.ts";
import { knownCustomer, namesOf, newCustomer } from "./customer.ts";
import { ofCustomer, ofMethod } from "./news.ts";
import type { NewCustomer } from "./request.ts";

/** Declines that one session bears: a page that takes any number of cards is a place to try stolen ones. */
export const mostDeclines = 10;

export interface SessionRequest extends Pick<
  CardSession,
  "merchantId" | "id" | "acceptUrl" | "cancelUrl" | "reference"
> {
  readonly lifeMs: number;
  readonly customer: string | null;
  /** A customer that is created with the session. */
  readonly newCustomer: NewCustomer | null;
  /** What the name of a new customer stands for, and the id of its event. */
  readonly nameId: string;
}

/** Opens a session in which one person may enter one card. */
export function openCardSession(request: SessionRequest): Command<{ session: CardSession }> {
  const { merchantId, id, acceptUrl, cancelUrl, reference, newCustomer: draft } = request;
  return {
    kind: "open_session",
    merchantId,
    urgent: false,
    names: draft === null ? [] : namesOf(draft, request.nameId),
    customers: [request.customer, draft?.handle ?? null].filter((handle) => handle !== null),
    decide(view) {
      const customer = payerOf(view, request);
      if (isRefusal(customer)) return customer;
      const session: CardSession = {
        merchantId,
        id,
        customer: customer.handle,
        acceptUrl,
        cancelUrl,
        reference,
        methodId: null,
        declines: 0,
        expiresAt: view.now + request.lifeMs,
        at: view.now,
      };
      const customers = customer.isNew ? [customer] : [];
      const customerEvents = customers.map((one) => ofCustomer(request.nameId, "customer_created", one, view.now));
      return { answer: { session }, changes: { customers, customerEvents, sessions: [session] } };
    },
  };
}

function payerOf(view: View, request: SessionRequest): (Customer & { isNew: boolean }) | Refusal {
  if (request.newCustomer !== null) return newCustomer(view, request.newCustomer);
  return request.customer === null ? refuse("missing_customer") : knownCustomer(view, request.customer);
}

/** Why a session takes no card any more; undefined: it does. */
export function isOver(session: CardSession, now: number): Refusal | undefined {
  if (session.methodId !== null) return refuse("session_used");
  return session.expiresAt <= now || session.declines >= mostDeclines ? refuse("session_expired") : undefined;
}

/** What became of a card that was entered. */
export interface CardEntered {
  readonly session: CardSession;
  /** Null: the card was declined, and another one may be tried. */
  readonly method: Method | null;
  readonly fault: AddingFault | null;
}

/** Saves the card that was entered in a session, which is used up; one that is declined is counted. */
export function enterCard(
  sessionId: string,
  methodId: string,
  eventId: string,
  item: Omit<VaultItem, "at">,
  addingFault: AddingFault | null,
): Command<CardEntered> {
  const { merchantId } = item;
  return {
    kind: "enter_card",
    merchantId,
    urgent: false,
    sessions: [sessionId],
    decide(view) {
      const session = view.session(sessionId);
      if (session === undefined) return refuse("unknown_session");
      const over = isOver(session, view.now);
      if (over !== undefined) return over;
      const customer = knownCustomer(view, session.customer);
      if (isRefusal(customer)) return customer;
      const fault = view.merchant.test ? addingFault : null;
      if (fault !== null) {
        const declined = { ...session, declines: session.declines + 1 };
        return { answer: { session: declined, method: null, fault }, changes: { sessions: [declined] } };
      }
      const vault: VaultItem = { ...item, at: view.now };
      const { reference } = session;
      const shared = { merchantId, id: methodId, customer: customer.handle, reference, at: view.now, failedAt: null };
      const method: Method = { ...shared, state: "active", vault };
      const used = { ...session, methodId };
      return {
        answer: { session: used, method, fault: null },
        changes: {
          vault: [vault],
          methods: [method],
          sessions: [used],
          customerEvents: ofMethod(eventId, "method_added", method, view.now),
        },
      };
    },
  };
}

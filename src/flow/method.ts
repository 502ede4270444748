import { assert } from "../core/assert.ts";
import type { Command } from "../core/command.ts";
import type { AddingFault, Method, MethodState, Token, VaultItem } from "../core/parties.ts";
import { isRefusal, refuse, type RefusalCode } from "../core/refusal.ts";
import type { NewCustomer } from "./request.ts";
import { knownCustomer, namesOf, newCustomer } from "./customer.ts";
import { usableToken } from "./destination.ts";
import { ofCustomer, ofMethod } from "./news.ts";

/** For so long a card token can be used, unless whoever makes it says otherwise. */
export const tokenLifeMs = 30 * 60_000;

/** Puts a card into the vault, and hands out a token that stands for it once. */
export function createToken(
  id: string,
  item: Omit<VaultItem, "at">,
  addingFault: AddingFault | null = null,
  lifeMs = tokenLifeMs,
): Command<{ token: Token }> {
  return {
    kind: "create_token",
    merchantId: item.merchantId,
    urgent: false,
    decide(view) {
      const vault: VaultItem = { ...item, at: view.now };
      const token = {
        merchantId: item.merchantId,
        id,
        vault,
        expiresAt: view.now + lifeMs,
        usedAt: null,
        addingFault: view.merchant.test ? addingFault : null,
        at: view.now,
      };
      return { answer: { token }, changes: { vault: [vault], tokens: [token] } };
    },
  };
}

export interface MethodRequest {
  readonly merchantId: string;
  readonly id: string;
  readonly tokenId: string;
  readonly reference: string | null;
  readonly customer: string | null;
  readonly newCustomer: NewCustomer | null;
  /** What the name of a new customer stands for, and the id of that event. */
  readonly nameId: string;
  /** That of the event that the method was added. */
  readonly eventId: string;
}

/** Saves the card behind a token as a customer's payment method; the token is used up. A new customer is created with it. */
export function addMethod(request: MethodRequest): Command<{ method: Method }> {
  const { merchantId, newCustomer: draft } = request;
  return {
    kind: "add_method",
    merchantId,
    urgent: false,
    names: draft === null ? [] : namesOf(draft, request.nameId),
    tokens: [request.tokenId],
    customers: [request.customer, draft?.handle ?? null].filter((handle) => handle !== null),
    decide(view) {
      const customer =
        draft !== null
          ? newCustomer(view, draft)
          : request.customer === null
            ? refuse("missing_customer")
            : knownCustomer(view, request.customer);
      if (isRefusal(customer)) return customer;
      const token = usableToken(view, request.tokenId);
      if (isRefusal(token)) return token;
      if (token.addingFault !== null) return refuseAdding(token.addingFault);
      const method: Method = {
        merchantId,
        id: request.id,
        customer: customer.handle,
        state: "active",
        reference: request.reference,
        vault: token.vault,
        at: view.now,
        failedAt: null,
      };
      const added = ofMethod(request.eventId, "method_added", method, view.now);
      const customers = customer.isNew ? [customer] : [];
      const customerEvents = [
        ...customers.map((one) => ofCustomer(request.nameId, "customer_created", one, view.now)),
        ...added,
      ];
      return {
        answer: { method },
        changes: { customers, customerEvents, methods: [method], tokens: [{ ...token, usedAt: view.now }] },
      };
    },
  };
}

/** A card that the test gateway does not let be saved. A no is the card's own fault; the rest is the bank's. */
export const refuseAdding = (error: AddingFault) =>
  refuse(error === "acquirer_error" || error === "acquirer_communication_error" ? "adding_failed" : "adding_declined", {
    error,
  });

/**
 * Saves a card for its own sake, as a payment method that can be paid until it is deleted. Its customer is one that nobody
 * sees, and that all tokens of this card share: the card's fingerprint.
 */
export function keepCard(id: string, item: Omit<VaultItem, "at">): Command<{ method: Method }> {
  const { merchantId, fingerprint: customer } = item;
  return {
    kind: "keep_card",
    merchantId,
    urgent: false,
    decide(view) {
      const vault: VaultItem = { ...item, at: view.now };
      const shared = { merchantId, id, customer, reference: null, at: view.now, failedAt: null };
      const method: Method = { ...shared, state: "active", vault };
      return { answer: { method }, changes: { vault: [vault], methods: [method] } };
    },
  };
}

/** The same card with a new date of expiry. What stands in the vault is never changed, so the method gets a place of its own. */
export function renewMethod(id: string, item: Omit<VaultItem, "at">): Command<{ method: Method }> {
  const { merchantId } = item;
  return {
    kind: "renew_method",
    merchantId,
    urgent: false,
    methods: [id],
    decide(view) {
      const method = view.method(id);
      if (method === undefined || method.state === "deleted") return refuse("unknown_method");
      const { fingerprint, expMonth, expYear } = method.vault;
      assert(fingerprint === item.fingerprint, `method ${id} is renewed with its own card`);
      if (expMonth === item.expMonth && expYear === item.expYear) return { answer: { method }, changes: {} };
      const renewed = { ...method, vault: { ...item, at: view.now } };
      return { answer: { method: renewed }, changes: { vault: [renewed.vault], methods: [renewed] } };
    },
  };
}

/** What each change of a payment method asks of its state, and what it is told otherwise. */
const changes = {
  reactivate: { from: ["failed"], to: "active", otherwise: "method_not_failed", told: "method_reactivated" },
  activate: { from: ["inactivated"], to: "active", otherwise: "method_not_inactive", told: "method_updated" },
  inactivate: { from: ["active"], to: "inactivated", otherwise: "method_inactive", told: "method_updated" },
  delete: {
    from: ["active", "inactivated", "failed", "pending"],
    to: "deleted",
    otherwise: "unknown_method",
    told: "method_deleted",
  },
} as const satisfies Record<string, Change>;
interface Change {
  readonly from: readonly MethodState[];
  readonly to: MethodState;
  readonly otherwise: RefusalCode;
  readonly told: "method_updated" | "method_reactivated" | "method_deleted";
}

export type MethodChange = keyof typeof changes;

/** `eventId`: that of the event that says so. `customer`: whose method it has to be; null: whoever's. */
export function changeMethod(
  merchantId: string,
  id: string,
  change: MethodChange,
  eventId: string,
  customer: string | null = null,
): Command<{ method: Method }> {
  const { from, to, otherwise, told } = changes[change];
  return {
    kind: `${change}_method`,
    merchantId,
    urgent: false,
    methods: [id],
    decide(view) {
      const method = view.method(id);
      if (method === undefined || method.state === "deleted") return refuse("unknown_method");
      if (customer !== null && method.customer !== customer) return refuse("unknown_method");
      if (!(from as readonly MethodState[]).includes(method.state)) return refuse(otherwise);
      const changed = { ...method, state: to, failedAt: change === "reactivate" ? null : method.failedAt };
      const customerEvents = ofMethod(eventId, told, changed, view.now);
      return { answer: { method: changed }, changes: { methods: [changed], customerEvents } };
    },
  };
}

/** Puts a test merchant's payment method into a state that only a bank or a person could bring about. */
export function forceMethodState(
  merchantId: string,
  id: string,
  state: MethodState,
  eventId: string,
): Command<{ method: Method }> {
  return {
    kind: "force_method_state",
    merchantId,
    urgent: false,
    methods: [id],
    decide(view) {
      const method = view.method(id);
      if (method === undefined || !view.merchant.test) return refuse("unknown_method");
      const forced = { ...method, state, failedAt: state === "failed" ? view.now : null };
      const customerEvents = ofMethod(
        eventId,
        state === "failed" ? "method_failed" : "method_updated",
        forced,
        view.now,
      );
      return { answer: { method: forced }, changes: { methods: [forced], customerEvents } };
    },
  };
}

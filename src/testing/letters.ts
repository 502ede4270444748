import { createSecretKey } from "node:crypto";
import type { EndpointFormat, EndpointSecrets } from "../core/endpoint.ts";
import type { Answer, Attempt } from "../core/attempt.ts";
import type { CustomerEvent, CustomerEventKind } from "../core/notice.ts";
import type { Merchant, Method, VaultFacts } from "../core/parties.ts";
import { advance, create, type Payout, type PayoutEvent, type PayoutHistory } from "../core/payout.ts";
import { isRefusal } from "../core/refusal.ts";
import type { Story } from "../core/story.ts";
import { ownEvents } from "../dialects/admin/event-types.ts";
import { standardLetters } from "../dialects/admin/letter.ts";
import { frisbiiEvents } from "../dialects/frisbii/event-types.ts";
import { frisbiiLetters } from "../dialects/frisbii/letter.ts";
import { worldlineEvents } from "../dialects/worldline/event-types.ts";
import { worldlineLetters } from "../dialects/worldline/letter.ts";
import type { OpenEndpoint } from "../engine/mailbox.ts";
import { opaqueIds } from "../dialects/opaque-ids.ts";
import type { DueNotice } from "../store/due-notices.ts";

export const ids = opaqueIds(createSecretKey(Buffer.alloc(32, 7)));
export const writers = {
  frisbii: frisbiiLetters({ ids, events: frisbiiEvents() }),
  worldline: worldlineLetters({ ids, timezone: "Europe/Amsterdam" }),
  standard: standardLetters({ ids }),
};
export const formats = { frisbii: frisbiiEvents(), worldline: worldlineEvents, standard: ownEvents };

/** What the endpoints of tests are signed with, newest first. */
export const secrets: Record<EndpointFormat, string> = {
  frisbii: "webhook_secret_0123456789abcdef",
  worldline: "hello+world",
  standard: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

export const merchant = {
  id: "163791788780130304",
  handle: "demo",
  name: "Demo merchant",
  currency: "EUR",
  timezone: "Europe/Copenhagen",
  worldlineMerchantId: "8897",
} as Merchant;

export function endpointOf(format: EndpointFormat, over: Partial<EndpointSecrets> = {}): OpenEndpoint {
  const signing = [{ id: `${format}-key`, secret: secrets[format], createdAt: 0 }];
  return {
    merchantId: merchant.id,
    id: "7",
    format,
    url: "https://shop.example/webhooks",
    types: null,
    topics: [],
    username: null,
    createdAt: 0,
    disabled: null,
    removedAt: null,
    merchant,
    secrets: { signing, password: null, headers: {}, ...over },
  };
}

export const at = Date.UTC(2026, 1, 2, 10, 24, 14, 40);
const vault: VaultFacts = {
  vaultId: "9",
  kind: "card",
  masked: "411111XXXXXX1111",
  fingerprint: "cst_0011",
  brand: "visa",
  expMonth: 12,
  expYear: 2039,
  amountTable: false,
};
const method = {
  merchantId: merchant.id,
  id: "ca_5f3a9b0c",
  customer: "cust-0001",
  state: "active",
  reference: "main-card",
  vault: { ...vault, merchantId: merchant.id, sealed: "v1.sealed", at },
  at,
  failedAt: null,
} as Method;

type Happening = PayoutEvent extends infer E ? (E extends PayoutEvent ? Omit<E, "at"> : never) : never;

/** A payout of 200.00 EUR to a saved card that lived through `happenings`, a second each, with all its events. */
export function lived(
  happenings: readonly Happening[],
  over: Partial<Payout> = {},
): { story: Story; events: PayoutHistory[] } {
  const named = { merchantId: merchant.id, id: "163791788780130305", handle: "prize-1", customer: "cust-0001" };
  const money = { amountMinor: 20_000n, currency: "EUR", text: null, rail: "sandbox", dueAt: at };
  const state = happenings[0]?.kind === "approved" ? "awaiting_approval" : "queued";
  let { payout, events } = create({ ...named, ...money, door: "frisbii", ...over }, state, at);
  const all = [...events];
  for (const [index, happening] of happenings.entries()) {
    const step = advance(payout, { ...happening, at: at + 1_000 * (index + 1) });
    if (isRefusal(step)) throw new Error(`${happening.kind} is refused`);
    ({ payout, events } = step);
    all.push(...events);
  }
  const ended = all.find(({ kind }) => kind === "paid" || kind === "declined");
  const attempt = {
    attempt: 1,
    rail: payout.rail,
    amountMinor: payout.amountMinor,
    methodId: method.id,
    at,
  } as Attempt;
  const raw = '{"status":"booked"}';
  const heard =
    ended === undefined ? null : ({ fault: payout.fault, bankId: "SB-77", raw, closes: true, at: ended.at } as Answer);
  return { story: { payout, attempts: [{ attempt, vault, method, heard }], references: null }, events: all };
}
export const paid: readonly Happening[] = [
  { kind: "sent", attempt: 1 },
  { kind: "paid", attempt: 1 },
];

/** The notice of one of a payout's events: the last one, or that of a kind. */
export function noticeOf({ story, events }: ReturnType<typeof lived>, kind?: PayoutHistory["kind"]): DueNotice {
  const event = events.findLast((one) => kind === undefined || one.kind === kind)!;
  const { customer } = story.payout;
  return { id: "163791788780130399", customer, tries: 0, createdAt: event.at, about: { event, story } };
}

export function customerNotice(kind: CustomerEventKind): DueNotice {
  const methodId = kind.startsWith("method_") ? method.id : null;
  const customerEvent: CustomerEvent = {
    merchantId: merchant.id,
    id: "163791788780130307",
    kind,
    customer: "cust-0001",
    methodId,
    at,
  };
  return { id: "163791788780130400", customer: "cust-0001", tries: 0, createdAt: at, about: { customerEvent } };
}

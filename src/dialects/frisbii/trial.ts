import type { Answer, Attempt } from "../../core/attempt.ts";
import type { Command, View } from "../../core/command.ts";
import type { CardSession, Customer, Merchant, Method, Token, VaultItem } from "../../core/parties.ts";
import { create, isUnderWay, type Payout } from "../../core/payout.ts";
import { isRefusal } from "../../core/refusal.ts";
import type { AttemptStory, Story } from "../../core/story.ts";
import type { Asked, Services } from "../services.ts";
import type { FrisbiiPorts } from "./operation.ts";

/** Scenes for the tests of this dialect: one merchant, one card, payouts in any state, and services that live in memory. */
export const noon = Date.UTC(2025, 7, 4, 12, 46, 1, 853);

export const merchant: Merchant = {
  id: "7",
  handle: "shop",
  name: "Shop",
  currency: "DKK",
  country: "DK",
  timezone: "Europe/Copenhagen",
  test: true,
  worldlineMerchantId: "20000",
  referencePrefix: "ABCDEF",
  approval: { frisbii: false, worldline: true },
  agreements: [{ id: "agreement-1", rail: "sandbox", brands: [], currencies: [], payout: true }],
  subscriptions: [],
  createdAt: Date.UTC(2025, 0, 1),
};

export const vault: VaultItem = {
  merchantId: "7",
  vaultId: "99",
  kind: "card",
  masked: "411111XXXXXX1111",
  fingerprint: "cst_0123456789abcdef0123456789abcdef",
  brand: "visa",
  expMonth: 9,
  expYear: 2028,
  amountTable: false,
  sealed: "v1.sealed",
  at: noon,
};

export const method: Method = {
  merchantId: "7",
  id: "ca_fcfac2016614418f969fa5697383e47c",
  customer: "customer006",
  state: "active",
  reference: null,
  vault,
  at: Date.UTC(2025, 6, 1),
  failedAt: null,
};

export const token: Token = {
  merchantId: "7",
  id: "ct_fcfac2016614418f969fa5697383e47c",
  vault,
  expiresAt: noon + 60_000,
  usedAt: null,
  addingFault: null,
  at: noon,
};

export const customer: Customer = {
  merchantId: "7",
  handle: "customer006",
  details: { email: "per@example.com", first_name: "Per" },
  metadata: null,
  debtorId: null,
  createdAt: Date.UTC(2025, 5, 1),
  deletedAt: null,
};

export const aPayout = (over: Partial<Payout> = {}): Payout => ({
  ...create(
    {
      merchantId: "7",
      id: "4096",
      handle: "payout-1234",
      door: "frisbii",
      customer: "customer006",
      amountMinor: 20_000n,
      currency: "DKK",
      text: null,
      rail: "sandbox",
      dueAt: noon,
    },
    "queued",
    noon,
  ).payout,
  ...over,
});

export const anAttempt = (over: Partial<Attempt> = {}): Attempt => ({
  merchantId: "7",
  payoutId: "4096",
  attempt: 1,
  reference: "ABCDEFGHIJKLMNOPQRST",
  rail: "sandbox",
  vaultId: "99",
  methodId: method.id,
  amountMinor: 20_000n,
  statementText: null,
  merchantReference: null,
  at: noon,
  ...over,
});

export const anAnswer = (over: Partial<Answer> = {}): Answer => ({
  merchantId: "7",
  payoutId: "4096",
  attempt: 1,
  answer: 1,
  source: "reply",
  verdict: "paid",
  fault: null,
  code: null,
  message: null,
  bankId: "B1",
  raw: "{}",
  closes: true,
  at: noon + 1_000,
  ...over,
});

export const expired = anAnswer({
  verdict: "declined",
  fault: { error: "credit_card_expired", errorState: "hard_declined" },
  code: "54",
  message: "Card expired",
});

export const told = (over: Partial<AttemptStory> = {}): AttemptStory => ({
  attempt: anAttempt(),
  vault,
  method,
  heard: null,
  ...over,
});

export const aStory = (payout: Partial<Payout> = {}, attempts: readonly AttemptStory[] = [told()]): Story => ({
  payout: aPayout(payout),
  attempts,
  references: null,
});

export const asked = (method: string, target: string, body?: unknown): Asked => {
  const [path = "", query = ""] = target.split("?");
  return {
    method,
    path,
    params: {},
    query: new URLSearchParams(query),
    headers: {},
    body,
    target,
    rawBody: Buffer.alloc(0),
    requestId: "3f0c".repeat(8),
    now: noon,
  };
};

/** Every `null` in a value, by its path. */
export function nullsIn(value: unknown, path = "$"): string[] {
  if (value === null) return [path];
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, member]) => nullsIn(member, `${path}.${name}`));
}

const notAsked = () => Promise.reject(new Error("nobody asks for this here"));
/** What the server lends to the dialect, without any keys. */
export const ports: FrisbiiPorts = {
  findKey: () => Promise.resolve(undefined),
  keys: {
    create: notAsked,
    list: () => Promise.resolve([]),
    revoke: notAsked,
    ofHash: notAsked,
    findPublic: () => Promise.resolve(undefined),
  },
  browserSecret: Buffer.alloc(32, 3),
  url: () => "http://disburse.example",
};

/** Services over a few maps: commands are decided on them one at a time, and nothing else of an engine is there. */
export class Memory {
  readonly customers = new Map([[customer.handle, customer]]);
  readonly methods = new Map([[method.id, method]]);
  readonly tokens = new Map([[token.id, token]]);
  readonly sessions = new Map<string, CardSession>();
  readonly names = new Set([`customer ${customer.handle}`]);
  readonly stories: Story[] = [];
  readonly answers: Answer[] = [];
  counter = 0;
  ids = 5000;
  accept: Services["accept"] = () => Promise.reject(new Error("no payout is expected here"));
  payouts: Services["reader"]["payouts"] = () => Promise.resolve({ rows: this.stories, next: null });
  story: Services["reader"]["story"] = (_, id) => Promise.resolve(this.stories.find(({ payout }) => payout.id === id));
  listMethods: Services["reader"]["methods"] = () => Promise.resolve({ rows: [...this.methods.values()], next: null });

  readonly services: Services = {
    accept: (request) => this.accept(request),
    commit: (command) => Promise.resolve(this.#decide(command)),
    ids: { row: () => String((this.ids += 1)), hex: () => (this.ids += 1).toString(16).padStart(32, "0") },
    sealCard: () => Promise.resolve(vault),
    sealAccount: () => Promise.resolve(vault),
    reader: {
      merchant: (id) => Promise.resolve(id === merchant.id ? merchant : undefined),
      story: (merchantId, id) => this.story(merchantId, id),
      storyOf: (_, handle) => Promise.resolve(this.stories.find(({ payout }) => payout.handle === handle)),
      payouts: (merchantId, filter) => this.payouts(merchantId, filter),
      find: () => Promise.resolve({ stories: this.stories, total: this.stories.length }),
      answers: () => Promise.resolve(this.answers),
      customer: (_, handle) => Promise.resolve(this.customers.get(handle)),
      method: (_, id) => Promise.resolve(this.methods.get(id)),
      methods: (merchantId, filter) => this.listMethods(merchantId, filter),
      token: (_, id) => Promise.resolve(this.tokens.get(id)),
      session: (_, id) => Promise.resolve(this.sessions.get(id)),
      customers: () => Promise.resolve({ rows: [...this.customers.values()], next: null }),
      searchCustomers: () => Promise.resolve({ rows: [...this.customers.values()], total: this.customers.size }),
      lastTime: () => Promise.resolve(undefined),
      keptCard: () => Promise.resolve(undefined),
      rate: () => Promise.resolve(undefined),
      accounts: () => Promise.resolve([]),
      funding: () => Promise.resolve(undefined),
      incidents: () => Promise.resolve([]),
    },
  };

  #decide<A extends object>(command: Command<A>) {
    const view = {
      now: noon,
      merchant,
      named: (kind: string, name: string) => (this.names.has(`${kind} ${name}`) ? "1" : undefined),
      method: (id: string) => this.methods.get(id),
      token: (id: string) => this.tokens.get(id),
      customer: (handle: string) => this.customers.get(handle),
      methodsOf: (handle: string) => [...this.methods.values()].filter((one) => one.customer === handle),
      underWay: () => this.stories.some(({ payout }) => isUnderWay(payout)),
      session: (id: string) => this.sessions.get(id),
      next: () => (this.counter += 1),
    } as unknown as View;
    const decision = command.decide(view);
    if (isRefusal(decision)) return decision;
    for (const one of decision.changes.customers ?? []) {
      this.customers.set(one.handle, one);
      this.names.add(`customer ${one.handle}`);
    }
    for (const one of decision.changes.sessions ?? []) this.sessions.set(one.id, one);
    for (const one of decision.changes.methods ?? []) this.methods.set(one.id, one);
    for (const one of decision.changes.tokens ?? []) this.tokens.set(one.id, one);
    return decision.answer;
  }
}

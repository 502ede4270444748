import { createSecretKey } from "node:crypto";
import type pg from "pg";
import { sleep, systemClock } from "../clock.ts";
import type { Command } from "../core/command.ts";
import type { RailPolicy } from "../core/rail.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { startCommitter, type Committer } from "../engine/commit.ts";
import { acceptPayout } from "../flow/accept.ts";
import { takeAnswer } from "../flow/answer.ts";
import { fundMerchant } from "../flow/fund.ts";
import type { Heard, Resolved } from "../flow/heard.ts";
import { addMethod, createToken } from "../flow/method.ts";
import type { Accepted, PayoutRequest } from "../flow/request.ts";
import { startIds } from "../ids.ts";
import { referencePrefix, referenceTools } from "../references.ts";
import { openClient } from "../store/db.ts";
import { openSession } from "../store/session.ts";
import { freshDatabase } from "./database.ts";

const key = createSecretKey(Buffer.alloc(32, 7));
export const tools = referenceTools("test", key);
export const ids = startIds();

/** A committer on a database, as a server would have it. */
export const committerOn = (url: string, over: Partial<Parameters<typeof startCommitter>[0]> = {}): Committer =>
  startCommitter({
    flushers: 2,
    batch: 1_000,
    waiting: 10_000,
    doorMs: 10_000,
    beginWithinMs: 10_000,
    budgetMs: 10_000,
    sweepMs: 500,
    openSession: () => openSession(url),
    monotonic: systemClock.monotonic,
    sleep,
    chance: () => 0.5,
    log: () => {},
    ...over,
  });

/** A merchant with money, a customer and a saved card. */
export interface TestMerchant {
  readonly id: string;
  readonly methodId: string;
  readonly vaultId: string;
}

/** A database with a committer, and the words to set a scene. */
export class World {
  readonly url: string;
  readonly committer: Committer;
  readonly db: pg.Client;
  readonly #drop: () => Promise<void>;

  private constructor(url: string, db: pg.Client, drop: () => Promise<void>) {
    this.url = url;
    this.db = db;
    this.committer = committerOn(url);
    this.#drop = drop;
  }

  static async open(): Promise<World> {
    const { url, drop } = await freshDatabase();
    return new World(url, await openClient(url), drop);
  }

  /** On a database of the test's own making, migrated, which stays. */
  static async on(url: string): Promise<World> {
    return new World(url, await openClient(url), async () => {});
  }

  async close(): Promise<void> {
    await this.committer.close();
    await this.db.end();
    await this.#drop();
  }

  /** Commits, and insists on an answer. */
  async commit<A extends object>(command: Command<A>): Promise<A> {
    const answer: A | Refusal = await this.committer.commit(command);
    if (isRefusal(answer)) throw new Error(`refused: ${answer.refused}`);
    return answer;
  }

  async merchant(fundsMinor = 100_000_000n): Promise<TestMerchant> {
    const id = ids.row();
    const agreements = JSON.stringify([{ id: "sandbox", rail: "sandbox", brands: [], currencies: [], payout: true }]);
    await this.db.query(
      `insert into merchants (id, handle, name, currency, country, timezone, test, worldline_merchant_id, reference_prefix, approval,
                              agreements, created_at)
       values ($1, $2, 'Test', 'EUR', 'DE', 'Europe/Berlin', true, $3, $4, '{"frisbii": false, "worldline": true}', $5, now())`,
      [id, `merchant-${id}`, id.slice(-10), referencePrefix(key, id, 0), agreements],
    );
    const vaultId = ids.row();
    if (fundsMinor > 0n) {
      await this.commit(
        fundMerchant({ merchantId: id, id: ids.row(), reference: "start", currency: "EUR", amountMinor: fundsMinor }),
      );
    }
    const { token } = await this.commit(createToken(`ct_${ids.hex()}`, { merchantId: id, vaultId, ...card }));
    const { method } = await this.commit(
      addMethod({
        merchantId: id,
        id: `ca_${ids.hex()}`,
        tokenId: token.id,
        reference: null,
        customer: null,
        newCustomer: { handle: "customer-1", details: {}, metadata: null, debtorId: null, test: null },
        nameId: ids.row(),
        eventId: ids.row(),
      }),
    );
    return { id, methodId: method.id, vaultId };
  }

  async balances(merchantId: string): Promise<{ available: bigint; held: bigint; paidOut: bigint }> {
    const { rows } = await this.db.query(`select * from accounts where merchant_id = $1 and currency = 'EUR'`, [
      merchantId,
    ]);
    const [row] = rows;
    return {
      available: BigInt(row?.available_minor ?? 0),
      held: BigInt(row?.held_minor ?? 0),
      paidOut: BigInt(row?.paid_out_minor ?? 0),
    };
  }
}

const card = {
  kind: "card",
  sealed: "v1.erased", // nobody opens it
  fingerprint: "cst_00000000000000000000000000000000",
  masked: "411111XXXXXX1111",
  brand: "visa",
  expMonth: 12,
  expYear: 2039,
  amountTable: false,
} as const;

export const request = (merchant: TestMerchant, handle: string, over: Partial<PayoutRequest> = {}): PayoutRequest => ({
  merchantId: merchant.id,
  id: ids.row(),
  door: "frisbii",
  handle,
  amountMinor: 10_000n,
  currency: "EUR",
  text: null,
  statementText: null,
  merchantReference: null,
  customer: null,
  newCustomer: null,
  destination: { kind: "method", id: merchant.methodId },
  dueAt: null,
  permits: ["sandbox"],
  ...over,
});

export const accept = (merchant: TestMerchant, handle: string, over: Partial<PayoutRequest> = {}): Command<Accepted> =>
  acceptPayout(request(merchant, handle, over), tools);

/** The promises of the sandbox rail. */
export const rules: RailPolicy = { name: "sandbox", class: "deduplicates", fences: true, horizonMs: 0 };
export const nothing = { code: null, message: null, bankId: null, raw: "{}" } as const;

/** The bank's answer about the attempt of an accepted payout. */
export const answer = (
  { payout }: Pick<Accepted, "payout">,
  verdict: Heard["answer"]["verdict"],
  over: Partial<Heard> = {},
): Command<Resolved> => {
  const fault =
    verdict === "declined"
      ? ({ error: "declined_by_acquirer", errorState: "hard_declined" } as const)
      : ({ error: "acquirer_communication_error", errorState: "processing_error" } as const);
  const heard: Heard = {
    merchantId: payout.merchantId,
    payoutId: payout.id,
    attempt: payout.attempt,
    send: Number.MAX_SAFE_INTEGER,
    askedAt: Date.now(),
    source: verdict === "never_received" ? "inquiry" : "reply",
    answer: {
      ...nothing,
      verdict,
      fault: verdict === "paid" || verdict === "accepted" || verdict === "returned" ? null : fault,
    },
    rules,
    permit: false,
    ...over,
  };
  return takeAnswer(heard, tools);
};

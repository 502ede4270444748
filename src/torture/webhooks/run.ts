import { setTimeout as sleep } from "node:timers/promises";
import { Chance } from "../chance.ts";
import { adminToken, openSite, type Site } from "../site.ts";
import { quantile, Tally } from "../tally.ts";
import { readDue } from "./expected.ts";
import { Follower } from "./follower.ts";
import { moods, type Mood } from "./mood.ts";
import { Caller } from "./payer.ts";
import { Receiver, type Format } from "./receiver.ts";
import { judge, judgeFeed, type Verdict } from "./verdict.ts";

export interface Options {
  readonly folder: string;
  /** Webhooks that have to be told under faults. */
  readonly webhooks: number;
  readonly kills: number;
  readonly seed: number;
  /** Payouts a second while it is measured how soon receivers hear, and for how many seconds. */
  readonly measured: { readonly perSecond: number; readonly seconds: number };
}

export interface Told extends Verdict {
  readonly receiver: Receiver;
  readonly due: number;
}

export interface Result {
  readonly told: readonly Told[];
  readonly feed: { readonly missed: number; readonly twice: number; readonly outOfOrder: number };
  readonly feedEvents: number;
  /** Notices that no state accounts for at the end: neither told nor given up. */
  readonly left: number;
  readonly kills: number;
  readonly payouts: number;
  /** From the commit to the first time it was taken, without faults, in milliseconds. */
  readonly soonMs: readonly number[];
  readonly underFaultsSeconds: number;
  readonly restSeconds: number;
}

/** Whoever follows the run from outside reads this. */
export interface Progress {
  phase: string;
  payouts: number;
  taken: number;
}

const receivers: readonly [Format, Mood][] = [
  ["frisbii", moods.fails],
  ["frisbii", moods.hangs],
  ["worldline", moods.redirects],
  ["worldline", moods.well],
  ["standard", moods.away],
  ["standard", moods.fails],
];
const customers = 200;
const clients = 40;
/** Moods last so long at least: a receiver that is away for a minute comes back, and goes on failing. */
const leastMoodyMs = 100_000;
const restWithinMs = 400_000;

export async function run(options: Options, progress: Progress): Promise<Result> {
  const { folder, seed } = options;
  const chance = new Chance(seed);
  // A call that failed is made again after a second, two hundred times.
  const settings = { DISBURSE_WEBHOOK_RETRIES: "1s*200" };
  const site = await openSite(
    { folder, servers: 2, seed, fsync: true, plant: undefined, calmBank: true, settings, log: () => {} },
    new Tally(),
  );
  const open: Receiver[] = [];
  try {
    await site.start();
    const caller = new Caller(() => site.lines.clients.map(({ port }) => port));
    const admin = `Bearer ${adminToken}`;
    const { merchantId, own, cards } = await makeMerchant(caller, admin);
    for (const [n, [format, mood]] of receivers.entries()) {
      const receiver = await Receiver.open(format, mood, chance.of(`receiver ${n}`));
      open.push(receiver);
      const made = await caller.call("POST", `/admin/merchants/${merchantId}/endpoints`, admin, {
        format,
        url: receiver.url,
      });
      receiver.endpointId = made.id;
      receiver.secret = made.secret.value;
    }
    for (const receiver of open) if (receiver.format === "frisbii") receiver.secret = open[0]!.secret;
    const follower = new Follower(caller, admin, merchantId);
    const since = new Date();
    const pay = async (n: number) => {
      const source = cards[chance.between(0, cards.length - 1)];
      const body = { handle: `webhook-${n}`, amount: 100, currency: "EUR", destination: source };
      await caller.call("POST", "/v1/payout", own, body);
      progress.payouts += 1;
      progress.taken = open.reduce((sum, { taken }) => sum + taken.length, 0);
    };

    progress.phase = "measuring how soon";
    const soonMs = await measure(options.measured, pay, open);
    progress.phase = "under faults";
    for (const receiver of open) receiver.beMoody(true);
    const from = performance.now();
    const kills = await underFaults(options, site, chance.of("kills"), pay, progress.payouts);
    await sleep(Math.max(0, from + leastMoodyMs - performance.now()));
    const underFaultsSeconds = (performance.now() - from) / 1_000;
    progress.phase = "coming to rest";
    const over = performance.now();
    for (const receiver of open) receiver.beMoody(false);
    await rest(site, progress, open);
    const restSeconds = (performance.now() - over) / 1_000;
    progress.phase = "comparing";
    await follower.end();
    const told: Told[] = [];
    for (const receiver of open) {
      const { due } = await readDue(site.database, receiver.endpointId, receiver.format, since);
      told.push({ receiver, due: due.length, ...judge(due, receiver.taken) });
    }
    const versions = await site.database.ask<{ id: string; version: number }>("select id, version from payouts");
    const feed = judgeFeed(follower.seen, new Map(versions.map(({ id, version }) => [id, version])));
    return {
      told,
      feed,
      feedEvents: follower.seen.length + follower.customers,
      left: await waiting(site),
      kills,
      payouts: progress.payouts,
      soonMs,
      underFaultsSeconds,
      restSeconds,
    };
  } finally {
    await site.close();
    for (const receiver of open) receiver.close();
  }
}

/** The merchant that may be told on this machine, with money and customers. */
async function makeMerchant(caller: Caller, admin: string) {
  const profile = { handle: "demo", currency: "EUR", approval: { frisbii: false, worldline: false } };
  const made = await caller.call("POST", "/admin/merchants", admin, profile);
  const merchantId: string = made.merchant.id;
  const funds = { reference: "funds", currency: "EUR", amount_minor: 1_000_000_000_000 };
  await caller.call("POST", `/admin/merchants/${merchantId}/funds`, admin, funds);
  const own = `Basic ${Buffer.from(`${made.frisbii.private_key}:`).toString("base64")}`;
  const cards: string[] = [];
  for (let n = 0; n < customers; n += 1) {
    const card = { number: "4111111111111111", cvv: "123", exp_month: 12, exp_year: 2039 };
    const token = await caller.call("POST", "/sandbox/card-tokens", own, card);
    const method = { source: token.id, customer: { handle: `customer-${n}` } };
    cards.push((await caller.call("POST", "/v1/payment_method", own, method)).id);
  }
  return { merchantId, own, cards };
}

/** Payouts at a steady rate, whatever becomes of them; then how long each webhook took that was taken. */
async function measure(
  { perSecond, seconds }: Options["measured"],
  pay: (n: number) => Promise<void>,
  open: readonly Receiver[],
): Promise<number[]> {
  const from = performance.now();
  const begun: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = from + (n * 1_000) / perSecond;
    if (due > performance.now()) await sleep(due - performance.now());
    begun.push(pay(n));
  }
  await Promise.all(begun);
  await sleep(3_000);
  return open.flatMap(({ taken }) =>
    taken.flatMap(({ at, happenedAt }) => (happenedAt === null ? [] : [at - happenedAt])),
  );
}

/** Payouts from many clients until enough has to be told, while servers are killed. Resolves with how many were. */
async function underFaults(
  { webhooks, kills }: Options,
  site: Site,
  chance: Chance,
  pay: (n: number) => Promise<void>,
  first: number,
): Promise<number> {
  const perPayout = 2 * 1 + 2 * 2 + 2 * 3; // a Frisbii receiver hears of the end, a Worldline one of two statuses, ours of three events
  const last = first + Math.ceil(webhooks / perPayout);
  let next = first;
  let killed = 0;
  const client = async () => {
    while (next < last) await pay(next++);
  };
  const killer = async () => {
    for (let at = 1; at <= kills; at += 1) {
      const due = first + ((last - first) * at) / (kills + 1);
      const isDue = () => next >= due;
      while (!isDue()) await sleep(20);
      const server = site.servers[at % site.servers.length]!;
      await server.kill();
      killed += 1;
      await sleep(chance.between(100, 3_000));
      await server.start();
    }
  };
  await Promise.all([killer(), ...Array.from({ length: clients }, client)]);
  return killed;
}

async function waiting(site: Site): Promise<number> {
  const [row] = await site.database.ask<{ n: number }>(
    "select count(*)::int as n from notices where next_at is not null or state in ('failed', 'disabled')",
  );
  return row!.n;
}

async function rest(site: Site, progress: Progress, open: readonly Receiver[]): Promise<void> {
  const ask = "select count(*)::int as n from notices where next_at is not null";
  for (const until = performance.now() + restWithinMs; performance.now() < until; await sleep(250)) {
    progress.taken = open.reduce((sum, { taken }) => sum + taken.length, 0);
    const [open_] = await site.database.ask<{ n: number }>(
      "select count(*)::int as n from payouts where next_at is not null",
    );
    if (open_!.n === 0 && (await site.database.ask<{ n: number }>(ask))[0]!.n === 0) return;
  }
}

export const p = (values: readonly number[], share: number): number => quantile(values, share) ?? NaN;

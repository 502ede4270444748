import { setMaxListeners } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fingerprintKey, toAccount, toCard } from "../sandbox/destination.ts";
import { readBankBooks, type Booking } from "./bank-books.ts";
import { Chance } from "./chance.ts";
import { checkBooks } from "./check.ts";
import { compare, type Differences } from "./compare.ts";
import { pauseFor, type Drive, type Merchant } from "./drive.ts";
import { Faults } from "./faults.ts";
import { FrisbiiMerchant, type OpenFrisbii } from "./frisbii-clients.ts";
import { countOpen, readLedger } from "./ledger.ts";
import { makeMerchants } from "./merchants.ts";
import type { To } from "./orders.ts";
import { planFaults, type Killed } from "./plan.ts";
import { timeRecovery } from "./recovery.ts";
import { Router } from "./router.ts";
import { openSite, type Plant, type Site } from "./site.ts";
import { Tally } from "./tally.ts";
import { tamper } from "./tamper.ts";
import { ToldList } from "./told.ts";
import { WorldlineMerchant } from "./worldline-clients.ts";

export interface RunOptions {
  readonly folder: string;
  /** The run ends after so many seconds, or, if it is given, when so many payouts have been begun. */
  readonly seconds: number;
  readonly payouts: number | undefined;
  readonly kills: number;
  /** Kill nothing else. */
  readonly only: Killed | undefined;
  readonly clients: number;
  readonly servers: number;
  readonly seed: number;
  readonly fsync: boolean;
  readonly plant: Plant | undefined;
  readonly Disburse: OpenFrisbii;
  readonly log: (line: string) => void;
}

export interface Result extends Differences {
  readonly tally: Tally;
  readonly site: Pick<Site, "watch" | "callbacks">;
  readonly told: ToldList;
  /** Invariants that do not hold, in words. */
  readonly invariants: readonly string[];
  readonly driveSeconds: number;
  readonly restSeconds: number;
}

/** What of a run can be watched from outside. */
export interface Progress {
  phase: "starting" | "under load" | "ending what was begun" | "coming to rest" | "comparing";
  tally: Tally;
}

const merchantCount = 4;
const never = new Promise<never>(() => {});
/** So long clients may go on with what they have begun when the faults are over, and so long the servers may with one payout. */
const clientsRestMs = 60_000;
const serversRestMs = 400_000;

/** One run: everything is started, driven and hurt, left to come to rest, and held against each other. */
export async function run(options: RunOptions, progress: Progress): Promise<Result> {
  const { folder, servers, seed } = options;
  const chance = new Chance(seed);
  const { tally } = progress;
  const site = await openSite(options, tally);
  try {
    await site.start();
    const { merchants, funded } = await makeMerchants(site.portOf(0), merchantCount);
    const told = new ToldList(join(folder, "told.jsonl"));
    const giveUp = new AbortController();
    const looks: (() => Promise<void>)[] = [];
    setMaxListeners(0, giveUp.signal);
    const router = new Router(site.lines.clients.map(({ port }) => port));
    const drive = driveOf({ site, tally, told, router, signal: giveUp.signal, looks });
    let recoveries = 0;
    const faults = new Faults(site, tally, chance.of("victims"), {
      timeRecovery: (of) => timeRecovery(drive, merchants[0]!, `recovery-${(recoveries += 1)}`, of),
      log: (line) => appendFileSync(join(folder, "faults.log"), `${line}\n`),
    });

    progress.phase = "under load";
    const from = performance.now();
    const share = () =>
      options.payouts === undefined
        ? (performance.now() - from) / (options.seconds * 1000)
        : tally.payouts / options.payouts;
    const clients = startClients(options, drive, merchants, chance, tally, () => share() >= 1);
    const plan = planFaults(chance.of("faults"), {
      kills: options.kills,
      servers,
      only: options.plant === "lost-commits" ? "database" : options.only,
    });
    await Promise.race([faults.run(plan, share), clients.then(() => never)]);
    progress.phase = "ending what was begun";
    const patience = setTimeout(() => giveUp.abort(), clientsRestMs);
    await clients;
    clearTimeout(patience);
    const driveSeconds = (performance.now() - from) / 1000;

    progress.phase = "coming to rest";
    const restFrom = performance.now();
    const journal = join(site.bankFolder, "books.jsonl");
    await comeToRest(site, journal);
    for (const look of looks) await look();
    router.close();
    const restSeconds = (performance.now() - restFrom) / 1000;

    progress.phase = "comparing";
    const bank = await readBankBooks(journal);
    const invariants = await checkBooks(site.database.url);
    await told.close();
    if (options.plant === "told") tamper(told.payouts);
    const { seen } = site.watch;
    const ledger = await readLedger(site.database.url);
    const differences = compare({ told: told.payouts, ledger, bank, funded, seen });
    return { ...differences, tally, site, told, invariants, driveSeconds, restSeconds };
  } finally {
    await site.close();
  }
}

function driveOf({ site, tally, told, router, signal, looks }: DriveParts): Drive {
  const key = fingerprintKey(site.bankFolder);
  return {
    told,
    ports: site.lines.clients.map(({ port }) => port),
    signal,
    pick: (own) => router.pick(own),
    fingerprint: (to: To) =>
      to.kind === "iban"
        ? toAccount(key, { holder: to.holder, iban: to.iban, sortCode: "", accountNumber: "" }).fingerprint
        : toCard(key, { number: to.number }).fingerprint,
    pause: (ms) => pauseFor(ms, signal),
    leftOpen: (look) => void looks.push(look),
    refused: (what) => void tally.refused.push(what),
  };
}

interface DriveParts {
  readonly site: Site;
  readonly tally: Tally;
  readonly told: ToldList;
  readonly router: Router;
  readonly signal: AbortSignal;
  readonly looks: (() => Promise<void>)[];
}

/** Half of the clients speak one API, half the other; each makes one payout after another. Resolves when the last is done. */
async function startClients(
  { clients, payouts, Disburse }: RunOptions,
  drive: Drive,
  merchants: readonly Merchant[],
  chance: Chance,
  tally: Tally,
  isOver: () => boolean,
): Promise<void> {
  const frisbii = merchants.map(
    (merchant) => new FrisbiiMerchant(drive, merchant, Disburse, chance.of(`frisbii ${merchant.id}`)),
  );
  const worldline = merchants.map((merchant) => new WorldlineMerchant(drive, merchant));
  const client = async (n: number): Promise<void> => {
    const own = chance.of(`client ${n}`);
    const merchant = (n % 2 === 0 ? frisbii : worldline)[(n >> 1) % merchants.length]!;
    for (let serial = 1; !isOver() && !drive.signal.aborted; serial += 1) {
      if (payouts !== undefined && tally.payouts >= payouts) return;
      tally.payouts += 1;
      await merchant.payOne(`t-${n}-${serial}`, own);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
}

/** Waits until nothing is under way: in our books, and in the bank's mind, and we have heard of all that came back. */
async function comeToRest(site: Site, journal: string): Promise<void> {
  let fewest = Infinity;
  for (let until = performance.now() + serversRestMs; performance.now() < until; await sleep(1_000)) {
    const open = await countOpen(site.database.url);
    if (open < fewest) [fewest, until] = [open, performance.now() + serversRestMs];
    if (open > 0) continue;
    const bank = await readBankBooks(journal);
    if (bank.some(({ pending }) => pending)) continue;
    if (isLearnt(bank, (await readLedger(site.database.url)).payouts)) return;
  }
}

function isLearnt(
  bank: readonly Booking[],
  payouts: readonly { readonly state: string; readonly frozen: boolean; readonly references: readonly string[] }[],
): boolean {
  const owners = new Map(payouts.flatMap((payout) => payout.references.map((name) => [name, payout] as const)));
  return bank.every(({ status, reference }) => {
    const owner = owners.get(reference);
    return status !== "returned" || owner === undefined || owner.frozen || owner.state === "returned";
  });
}

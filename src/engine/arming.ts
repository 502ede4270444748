import type pg from "pg";
import { isRefusal, refusals, type Refusal } from "../core/refusal.ts";
import type { Tools } from "../flow/intent.ts";
import { recoverSend } from "../flow/recover.ts";
import { laterReferences } from "../flow/reference.ts";
import type { Hinted } from "../flow/send.ts";
import type { Rail } from "../rails/rail.ts";
import { arm, readCluster } from "../store/dispatch-state.ts";
import { remember, skipNumbers, type BankTransfer } from "../store/forgotten.ts";
import { prefixOf, readFailed } from "../store/known-attempts.ts";
import type { Armed } from "./armed.ts";
import type { Commit } from "./commit.ts";
import { compare, compareWith, isUnsent, type Behind, type Comparison, type Unknown } from "./comparison.ts";
import { askFirstMs } from "./send-guard.ts";

export interface ArmingPorts {
  readonly pool: pg.Pool;
  readonly rails: readonly Rail[];
  readonly armed: Armed;
  readonly tools: Tools;
  readonly name: string | undefined;
  readonly commit: Commit;
  /** Has the bank asked about a payout, and commits what it says. */
  hint(merchantId: string, payoutId: string, of: Hinted): Promise<unknown>;
}

/** Who arms, and why. `force`: also when not everything could be found out. */
export interface ArmingOrder {
  readonly by: string;
  readonly reason: string;
  readonly force: boolean;
}

export interface Arming {
  readonly armed: boolean;
  /** Why not, or, where it was forced, in spite of what. */
  readonly problems: readonly string[];
  readonly since: number;
  readonly rails: readonly {
    readonly rail: string;
    readonly listed: number;
    readonly recovered: number;
    readonly forgotten: number;
    readonly foreign: number;
  }[];
}

/** Payouts that are brought up to their banks at once. */
const atOnce = 32;

/** Numbers of orders and customers that are left out, since the database has forgotten which of them were given. */
const skipped = 1_000_000;

/**
 * Has payouts sent again, once every bank was asked for what it has done: payouts that are behind their bank are brought up to
 * it, and transfers that nobody here knows of are kept, for whoever asks for them again. Can be done again after whatever failed.
 */
export async function armDispatch(ports: ArmingPorts, { by, reason, force }: ArmingOrder): Promise<Arming> {
  const { pool, armed, rails, name = null } = ports;
  const since = armed.since;
  const wasFrozen = armed.state.frozenAt !== null;
  const told = await Promise.all(rails.map((rail) => recover(ports, rail, since)));
  const problems = told.flatMap((one) => one.problems);
  const result = { since, rails: told.map(({ counts }) => counts), problems };
  await armed.recall();
  if (problems.length > 0 && !force) return { ...result, armed: false };

  const rewound = wasFrozen || told.some(({ counts }) => counts.forgotten + counts.recovered > 0);
  if (rewound) await skipNumbers(pool, skipped);
  const to = { ...(await readCluster(pool)), name, askFirstMs: rewound ? askFirstMs : 0 };
  const facts = { since: new Date(since).toISOString(), rails: result.rails, problems };
  await arm(pool, to, { by, reason, forced: problems.length > 0, facts });
  await armed.verify();
  return { ...result, armed: true };
}

interface Told {
  readonly counts: Arming["rails"][number];
  readonly problems: readonly string[];
}

/** Asks one rail, and brings the database up to it. */
async function recover(ports: ArmingPorts, rail: Rail, since: number): Promise<Told> {
  const nothing = { rail: rail.rules.name, listed: 0, recovered: 0, forgotten: 0, foreign: 0 };
  if (rail.listSince === undefined) {
    const problem = `${rail.rules.name} cannot be asked: hold its statement against the payouts`;
    return { counts: nothing, problems: rail.rules.class === "neither" ? [problem] : [] };
  }
  let found: Comparison;
  try {
    found = await compare(ports.pool, rail, since);
  } catch (error) {
    return {
      counts: nothing,
      problems: [`${rail.rules.name} does not tell what it has done (${(error as Error).message})`],
    };
  }
  const { listed, foreign, unknown, behind } = found;
  await remember(ports.pool, unknown);
  await ports.armed.recall();
  const problems = (await inGroups(behind, (one) => catchUp(ports, one))).filter((problem) => problem !== undefined);
  problems.push(...(await catchUpRetries(ports, unknown)));

  const transfers = [...behind.map(({ transfer }) => transfer), ...unknown];
  const left = await compareWith(ports.pool, rail.rules.name, transfers);
  const open = left.behind.filter(({ attempt }) => isUnsent(attempt));
  if (problems.length === 0)
    problems.push(...open.map(({ transfer }) => `${transfer.reference} is behind its bank still`));
  const recovered = transfers.length - left.unknown.length - left.behind.length;
  return { counts: { rail: rail.rules.name, listed, foreign, recovered, forgotten: left.unknown.length }, problems };
}

/** Records that it was sent, if that was forgotten, and asks the bank what became of it. */
async function catchUp(ports: ArmingPorts, { transfer, attempt }: Behind): Promise<string | undefined> {
  const { merchantId, payoutId } = attempt;
  if (isUnsent(attempt)) {
    const recorded = await ports.commit(
      recoverSend({ ...transfer, merchantId, payoutId, attempt: attempt.attempt }, ports.tools),
    );
    if (isRefusal(recorded)) return unrecorded(transfer, recorded);
    if (recorded.payout.frozen) return undefined; // a person has to look
  }
  await ask(ports, merchantId, payoutId, attempt);
  return undefined;
}

/** What cannot be asked about now is asked about in its turn: it is on record as sent, and that is what matters. */
const ask = ({ hint }: ArmingPorts, merchantId: string, payoutId: string, of: Hinted): Promise<unknown> =>
  hint(merchantId, payoutId, of).catch(() => undefined);

/** A forgotten attempt may be the next one of a payout that has failed here: then that payout has not failed. */
async function catchUpRetries(ports: ArmingPorts, unknown: readonly Unknown[]): Promise<string[]> {
  const { pool, tools, commit } = ports;
  const problems: string[] = [];
  const moved = new Map(unknown.filter(({ status }) => status !== "declined").map((one) => [one.reference, one]));
  for (const merchantId of new Set([...moved.values()].map((one) => one.merchantId))) {
    for await (const { id, reference } of failedPayouts(pool, merchantId)) {
      const later = laterReferences(prefixOf(reference), reference, tools);
      const done = later.map((one) => moved.get(one)).findLast((one) => one !== undefined);
      if (done === undefined) continue;
      const recorded = await commit(recoverSend({ ...done, payoutId: id }, tools));
      if (isRefusal(recorded)) problems.push(unrecorded(done, recorded));
      else await ask(ports, merchantId, id, { ...done, attempt: recorded.payout.attempt });
    }
  }
  return problems;
}

async function* failedPayouts(pool: pg.Pool, merchantId: string) {
  for (let after = { failedAt: 0, id: "0" }; ;) {
    const page = await readFailed(pool, merchantId, after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

const unrecorded = ({ reference }: BankTransfer, { refused }: Refusal): string =>
  `${reference} was sent, which cannot be recorded: ${refusals[refused]}`;

async function inGroups<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let first = 0; first < all.length; first += atOnce) {
    results.push(...(await Promise.all(all.slice(first, first + atOnce).map(work))));
  }
  return results;
}

import type { Chance } from "./chance.ts";
import { payOverFrisbii, payOverWorldline, type ClientPorts } from "./clients.ts";
import { settleIncidents, waitsForSomebody } from "./operator.ts";
import { payWithProductClient } from "./product-client.ts";
import { manners } from "./rails.ts";
import { isAtRest, judge } from "./verdict.ts";
import { cards, World, type WorldOptions } from "./world.ts";

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly payouts: number;
  readonly faults: ReadonlyMap<string, number>;
  /** The names of the faults that happened. */
  readonly fired: readonly string[];
  readonly goals: ReadonlyMap<string, number>;
  readonly points: ReadonlyMap<string, number>;
  readonly virtualMs: number;
  readonly steps: number;
  readonly traceHash: string;
}

/** So long faults go on, so long everything may take afterwards to come to rest, and so often that is looked at. */
const faultsMs = 150_000;
const restMs = 4 * 3_600_000;
const lookMs = 5_000;

/** Runs one seed to its end: faults, then quiet, then the comparison of the books. */
export const runSeed = (options: WorldOptions): Promise<Outcome> => runWorld(new World(options), options.seed);

/** The same in a world that somebody wants to look at afterwards. */
export async function runWorld(world: World, seed: number): Promise<Outcome> {
  const { timeline, faults, watch } = world;
  const onRejection = (error: unknown) => watch.violated(`L4: nobody caught ${String(error)}`);
  process.on("unhandledRejection", onRejection);
  try {
    await world.open();
    let working = world.profile.payouts;
    for (let number = 0; number < world.profile.payouts; number += 1)
      void beginPayout(world, number).then(() => (working -= 1));
    disturb(world);
    await timeline.run(() => watch.violations.length > 0, faultsMs);
    faults.on = false;
    world.tell("from here on nothing goes wrong any more");
    await toRest(world, () => working === 0);
    // Again, while the banks still have news: what is new freezes a payout also after somebody has settled it.
    for (let rounds = 0; rounds < 10 && waitsForSomebody(world); rounds += 1) {
      let settled = false;
      void settleIncidents(world).then(() => (settled = true));
      await toRest(world, () => settled);
    }
    if (watch.violations.length === 0) judge(world);
    if (watch.violations.length === 0) for (const finding of await world.database.audit()) watch.violated(finding);
  } finally {
    process.off("unhandledRejection", onRejection);
  }
  return {
    seed,
    violations: watch.violations,
    payouts: world.database.tables.payouts.size,
    faults: faults.counts(),
    fired: faults.fired,
    goals: watch.goals,
    points: faults.points,
    virtualMs: timeline.now,
    steps: timeline.steps,
    traceHash: world.traceHash,
  };
}

/** Lets everything go on until it is `ready` and nothing is under way any more. */
async function toRest(world: World, ready: () => boolean): Promise<void> {
  const { timeline, watch } = world;
  let rests = false;
  const look = (): void => {
    rests = ready() && isAtRest(world);
    if (!rests) timeline.after(lookMs, look);
  };
  look();
  await timeline.run(() => rests || watch.violations.length > 0, restMs);
}

async function beginPayout(world: World, number: number): Promise<void> {
  const chance = world.chance.of(`client ${number}`);
  const { timeline } = world;
  const merchant = chance.pick(world.merchants);
  const currency = world.profile.database.jumps ? "EUR" : chance.pick(Object.keys(manners));
  const ports: ClientPorts = {
    chance,
    currency,
    ask: (request) => world.ask(chance, request),
    sleep: (ms) => new Promise((resolve) => timeline.after(ms, resolve)),
    wall: () => world.wall(),
    told: (handle) => world.ledger.of(`${merchant.id} ${handle}`),
  };
  await ports.sleep(chance.between(0, world.profile.rushMs));
  const amount = chance.between(1, 200) * 100;
  const way = chance.weighed({ frisbii: 4, product: 2, worldline: 4 });
  if (way !== "worldline") {
    const client = { key: merchant.frisbiiKey, handle: `payout-${number}`, amount, destinations: merchant.methods };
    if (way === "frisbii") await payOverFrisbii(ports, client);
    else {
      const after = (ms: number, then: () => void) => timeline.after(ms, then);
      await payWithProductClient({ ...ports, after, monotonic: () => timeline.now }, client);
    }
  } else {
    const { worldlineMerchantId: merchantId, worldlineKey } = merchant;
    const reference = `order-${number}`;
    await payOverWorldline(ports, { merchantId, ...worldlineKey, reference, amount, card: cards[0] });
  }
}

/** What goes wrong by itself: kills and pauses at any time, a database that crashes or whose clock jumps, banks that are away. */
function disturb(world: World): void {
  const { faults, timeline, profile } = world;
  const again = (name: string, everyMs: number, happen: (chance: Chance) => void, may = () => true): void => {
    if (everyMs === 0) return;
    const chance = world.chance.of(`disturbance ${name}`);
    const next = (): void => {
      timeline.after(chance.between(everyMs / 2, everyMs * 1.5), () => {
        if (!faults.on) return;
        if (may() && faults.happens(name, 1)) happen(chance);
        next();
      });
    };
    next();
  };
  const someServer = (chance: Chance) => {
    const running = world.servers.filter((server) => server !== null);
    return running.length === 0 ? undefined : chance.pick(running);
  };
  const kill = (chance: Chance) => someServer(chance)?.process.kill();
  again("kill at any time", profile.killEveryMs, kill, () => faults.mayKill());
  again("pause at any time", profile.pauseEveryMs, (chance) => someServer(chance)?.process.pause(profile.pauseMs));
  again("database crash", profile.database.crashEveryMs, (chance) => world.database.crash(chance.skewed(100, 20_000)));
  again("database clock jump", profile.database.jumps ? 20_000 : 0, (chance) => {
    world.database.skewMs = chance.between(-3_600_000, 3_600_000);
  });
  again("bank down", profile.bank.downEveryMs, (chance) => {
    chance.pick([...world.banks.values()]).downUntil = timeline.now + chance.skewed(1_000, 180_000);
  });
}

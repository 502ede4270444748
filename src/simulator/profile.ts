import type { Chance } from "./chance.ts";
import { points } from "./points.ts";

/** Which faults a run has, and how many. Each seed draws its own: uniform mixtures hide what needs one fault to be intense. */
export interface Profile {
  readonly servers: number;
  readonly merchants: number;
  readonly payouts: number;
  /** Clients begin within so long. */
  readonly rushMs: number;
  /** Balances that do not suffice for everything. */
  readonly poor: boolean;
  readonly mostKills: number;
  readonly killAt: Readonly<Record<string, number>>;
  /** Mean time between kills at any place; 0: none. */
  readonly killEveryMs: number;
  readonly pauseAt: Readonly<Record<string, number>>;
  readonly pauseEveryMs: number;
  readonly pauseMs: number;
  readonly database: {
    readonly reset: number;
    readonly commitLost: number;
    readonly conflict: number;
    readonly full: number;
    readonly stall: number;
    readonly crashEveryMs: number;
    readonly jumps: boolean;
    /** A statement takes up to so long: batches of several servers meet where it is slow. */
    readonly slowMs: number;
  };
  /** Between servers and banks. */
  readonly wire: {
    readonly refused: number;
    readonly lost: number;
    readonly late: number;
    readonly slow: number;
    readonly replyLost: number;
  };
  /** Between clients and servers. */
  readonly door: { readonly lost: number; readonly replyLost: number; readonly twice: number };
  readonly bank: {
    readonly declines: number;
    readonly accepts: number;
    readonly returns: number;
    readonly errors: number;
    readonly garbage: number;
    readonly mixedUp: number;
    readonly oddWords: number;
    readonly lies: number;
    readonly callbacks: number;
    readonly forged: number;
    readonly downEveryMs: number;
  };
  readonly skewMs: number;
}

export function drawProfile(chance: Chance): Profile {
  const crowd = chance.of("crowd"); // a stream of its own: one more draw in it shifts no other
  const sometimes = (probability: number, least: number, most: number) =>
    chance.happens(probability) ? chance.skewed(least * 1_000, most * 1_000) / 1_000 : 0;
  const place = (probability: number, least: number, most: number): Record<string, number> => {
    const chosen: Record<string, number> = {};
    for (let more = chance.happens(probability) ? chance.between(1, 2) : 0; more > 0; more -= 1)
      chosen[chance.pick(points)] = chance.skewed(least * 1_000, most * 1_000) / 1_000;
    return chosen;
  };
  const every = (probability: number) => (chance.happens(probability) ? chance.skewed(3_000, 60_000) : 0);
  return {
    servers: chance.between(1, 3),
    merchants: chance.between(1, 2),
    payouts: chance.between(4, 12),
    rushMs: crowd.happens(0.3) ? 1_000 : 40_000,
    poor: chance.happens(0.15),
    mostKills: chance.between(0, 6),
    killAt: place(0.6, 0.01, 0.5),
    killEveryMs: every(0.4),
    pauseAt: place(0.35, 0.01, 0.3),
    pauseEveryMs: every(0.2),
    pauseMs: chance.skewed(500, 90_000),
    database: {
      reset: sometimes(0.3, 0.002, 0.1),
      commitLost: sometimes(0.4, 0.01, 0.4),
      conflict: sometimes(0.3, 0.005, 0.2),
      full: sometimes(0.1, 0.005, 0.1),
      stall: sometimes(0.2, 0.002, 0.05),
      crashEveryMs: every(0.15),
      jumps: chance.happens(0.1),
      slowMs: crowd.happens(0.4) ? crowd.skewed(10, 200) : 4,
    },
    wire: {
      refused: sometimes(0.3, 0.02, 0.4),
      lost: sometimes(0.4, 0.02, 0.5),
      late: sometimes(0.4, 0.02, 0.5),
      slow: sometimes(0.3, 0.02, 0.6),
      replyLost: sometimes(0.5, 0.02, 0.5),
    },
    door: { lost: sometimes(0.3, 0.02, 0.3), replyLost: sometimes(0.4, 0.02, 0.4), twice: sometimes(0.3, 0.05, 0.5) },
    bank: {
      declines: sometimes(0.6, 0.05, 0.6),
      accepts: sometimes(0.5, 0.05, 0.6),
      returns: sometimes(0.4, 0.05, 0.6),
      errors: sometimes(0.3, 0.02, 0.4),
      garbage: sometimes(0.2, 0.02, 0.3),
      mixedUp: sometimes(0.2, 0.02, 0.3),
      oddWords: sometimes(0.2, 0.02, 0.3),
      lies: sometimes(0.15, 0.02, 0.3),
      callbacks: sometimes(0.6, 0.2, 1),
      forged: sometimes(0.2, 0.05, 0.4),
      downEveryMs: every(0.2),
    },
    skewMs: chance.happens(0.3) ? chance.between(-3_600_000, 3_600_000) : 0,
  };
}

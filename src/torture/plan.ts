import type { Chance } from "./chance.ts";

/** One thing that is done to somebody. */
export type Fault = {
  /** When, as a share of the run. */
  readonly at: number;
  /** Which server, where it is about one, from 0; another one, where that one is still suffering from something else. */
  readonly server: number;
  /** How long it stays dead, stands still or is cut off. */
  readonly forMs: number;
} & (
  | { readonly kind: "kill"; readonly what: Killed }
  | { readonly kind: "stop" }
  | { readonly kind: "pause"; readonly what: "server" | "database" | "bank" }
  | { readonly kind: "cut"; readonly what: Cut; readonly line: LineName }
  | { readonly kind: "end sessions" }
);

export const killed = ["server", "database", "session", "bank"] as const;
export type Killed = (typeof killed)[number];

/** `break`: connections are reset. `block`: and nobody gets through. `stall`: bytes arrive late. `commit`: the answer to a COMMIT is lost. */
export type Cut = "break" | "block" | "stall" | "commit";
/** From each server: its clients' line to it, and its own to the database and to the bank. */
export type LineName = "clients" | "database" | "bank";

/** A lease is 25 seconds: ten until a send may leave, fifteen for its answer. Whoever is paused for longer misses its end, and does not know. */
const longPauseMs = [26_000, 28_000] as const;

/** What will be done to whom, and when: so many kills (`only`: all of them of one kind), as many cuts, and some pauses and stops. */
export function planFaults(
  chance: Chance,
  { kills, servers, only }: { kills: number; servers: number; only?: Killed | undefined },
): Fault[] {
  const times = (count: number, from: number, to: number, make: (n: number) => object): Fault[] =>
    Array.from({ length: Math.ceil(count) }, (_, n) => {
      const at = from + chance.next() * (to - from);
      return { at, server: chance.between(0, servers - 1), ...make(n) } as Fault;
    });
  return [
    ...times(kills, 0.02, 0.97, () => ({ ...aKill(chance), ...(only !== undefined && { what: only }) })),
    ...times(kills, 0.02, 0.97, () => aCut(chance)),
    ...times(kills / 8, 0.02, 0.7, (n) => aPause(n, chance)),
    ...times(kills / 10, 0.05, 0.95, () => ({ kind: "stop", forMs: chance.between(0, 1_000) })),
  ].sort((a, b) => a.at - b.at);
}

const aKill = (chance: Chance) => ({
  kind: "kill",
  what: chance.weighted([
    [55, "server"],
    [15, "database"],
    [12, "session"],
    [18, "bank"],
  ] as const),
  forMs: chance.between(0, 1_000),
});

/** The first pause is a server's, for longer than its leases; so are most. */
function aPause(n: number, chance: Chance) {
  const what =
    n === 0
      ? "server"
      : chance.weighted([
          [6, "server"],
          [2, "database"],
          [2, "bank"],
        ] as const);
  const [least, most] = what === "server" ? longPauseMs : [500, what === "bank" ? 12_000 : 5_000];
  return { kind: "pause", what, forMs: chance.between(least, most) };
}

function aCut(chance: Chance) {
  if (chance.falls(0.12)) return { kind: "end sessions", forMs: 0 };
  const line = chance.weighted<LineName>([
    [3, "clients"],
    [4, "database"],
    [3, "bank"],
  ]);
  const what = chance.weighted<Cut>([
    [5, "break"],
    [2, "block"],
    [3, "stall"],
    [line === "database" ? 5 : 0, "commit"],
  ]);
  const forMs = what === "break" ? 0 : chance.between(200, line === "bank" ? 6_000 : 4_000);
  return { kind: "cut", what, line, forMs };
}

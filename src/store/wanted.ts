import type { Command, NameClaim } from "../core/command.ts";
import { keyOf, type WorkingCopy } from "./working-copy.ts";

/** A merchant's row by its name or id. */
export type Key = readonly [merchantId: string, name: string];
export type Claim = NameClaim & { readonly merchantId: string };

/** The names that commands claim, each once: the first command's claim counts. In one total order. */
export function wantedNames(commands: readonly Command[]): Claim[] {
  const claims = new Map<string, Claim>();
  for (const { merchantId, names = [] } of commands) {
    for (const claim of names) {
      const key = keyOf(merchantId, claim.kind, claim.name);
      if (!claims.has(key)) claims.set(key, { ...claim, merchantId });
    }
  }
  return [...claims.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim);
}

/** The rows that commands name, as far as that can be told from what is in the working copy. Each kind in one total order. */
export const wanted = {
  payouts: (commands: readonly Command[], copy: WorkingCopy) =>
    keys(commands, (c) => [...(c.payouts ?? []), ...payoutsNamed(c, copy)]),
  tokens: (commands: readonly Command[]) => keys(commands, (c) => c.tokens ?? []),
  methods: (commands: readonly Command[]) => keys(commands, (c) => c.methods ?? []),
  sessions: (commands: readonly Command[]) => keys(commands, (c) => c.sessions ?? []),
  belongings: (commands: readonly Command[]) => keys(commands, (c) => c.belongings ?? []),
  /** With the owners of methods, sessions and payouts that are asked for again: whoever deals with these deals with their customer. */
  customers: (commands: readonly Command[], copy: WorkingCopy) =>
    keys(commands, (c) => [...(c.customers ?? []), ...ownersOf(c, copy)]),
  merchants: (commands: readonly Command[]) => [...new Set(commands.map((c) => c.merchantId))].sort(),
  counters: (commands: readonly Command[]) => keys(commands, (c) => c.counters ?? []),
  /** In the currencies that were named, and in those of the payouts. */
  accounts: (commands: readonly Command[], copy: WorkingCopy) =>
    keys(commands, (c) => {
      const named = [...(c.payouts ?? []), ...payoutsNamed(c, copy)];
      const currencies = named.flatMap((id) => copy.payouts.get(keyOf(c.merchantId, id))?.currency ?? []);
      return c.currency === undefined ? currencies : [...currencies, c.currency];
    }),
};

/** Unique keys in one total order, so that two batches never wait for each other in a circle. */
function keys(commands: readonly Command[], named: (command: Command) => readonly string[]): Key[] {
  const unique = new Map<string, Key>();
  for (const command of commands) {
    for (const name of named(command)) unique.set(keyOf(command.merchantId, name), [command.merchantId, name]);
  }
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

const payoutsNamed = (command: Command, copy: WorkingCopy): string[] =>
  (command.names ?? [])
    .filter((claim) => claim.kind === "payout" || claim.kind === "idempotence")
    .flatMap((claim) => copy.knownNames.get(keyOf(command.merchantId, claim.kind, claim.name)) ?? []);

const ownersOf = (command: Command, copy: WorkingCopy): string[] =>
  [
    ...(command.methods ?? []).map((id) => copy.methods.get(keyOf(command.merchantId, id))),
    ...(command.sessions ?? []).map((id) => copy.sessions.get(keyOf(command.merchantId, id))),
    ...payoutsNamed(command, copy).map((id) => copy.payouts.get(keyOf(command.merchantId, id))),
  ].flatMap((row) => row?.customer ?? []);

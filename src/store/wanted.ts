import type { Command, NameClaim } from "../core/command.ts";
import { keyOf } from "./working-copy.ts";

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

/** What has to be known of rows in order to tell which others are wanted. None of it ever changes. A working copy is one. */
export interface Facts {
  readonly knownNames: ReadonlyMap<string, string>;
  readonly payouts: Rows<{ readonly customer: string; readonly currency: string }>;
  readonly methods: Rows<{ readonly customer: string }>;
  readonly sessions: Rows<{ readonly customer: string }>;
}
interface Rows<R> {
  get(key: string): R | undefined;
}

/** The rows that commands name, as far as that can be told from what is known. Each kind in one total order. */
export const wanted = {
  payouts: (commands: readonly Command[], facts: Facts) =>
    keys(commands, (c) => [...(c.payouts ?? []), ...payoutsNamed(c, facts)]),
  tokens: (commands: readonly Command[]) => keys(commands, (c) => c.tokens ?? []),
  methods: (commands: readonly Command[]) => keys(commands, (c) => c.methods ?? []),
  sessions: (commands: readonly Command[]) => keys(commands, (c) => c.sessions ?? []),
  belongings: (commands: readonly Command[]) => keys(commands, (c) => c.belongings ?? []),
  /** With the owners of methods, sessions and payouts that are asked for again: whoever deals with these deals with their customer. */
  customers: (commands: readonly Command[], facts: Facts) =>
    keys(commands, (c) => [...(c.customers ?? []), ...ownersOf(c, facts)]),
  merchants: (commands: readonly Command[]) => [...new Set(commands.map((c) => c.merchantId))].sort(),
  counters: (commands: readonly Command[]) => keys(commands, (c) => c.counters ?? []),
  /** In the currencies that were named, and in those of the payouts. */
  accounts: (commands: readonly Command[], facts: Facts) =>
    keys(commands, (c) => {
      const named = [...(c.payouts ?? []), ...payoutsNamed(c, facts)];
      const currencies = named.flatMap((id) => facts.payouts.get(keyOf(c.merchantId, id))?.currency ?? []);
      return c.currency === undefined ? currencies : [...currencies, c.currency];
    }),
};

/** Whether the facts tell of all customers and accounts that the commands want. */
export const tellAll = (facts: Facts, commands: readonly Command[]): boolean =>
  commands.every((command) => {
    const known = (rows: Rows<unknown>) => (id: string) => rows.get(keyOf(command.merchantId, id)) !== undefined;
    return (
      (command.payouts ?? []).every(known(facts.payouts)) &&
      payoutsNamed(command, facts).every(known(facts.payouts)) &&
      (command.methods ?? []).every(known(facts.methods)) &&
      (command.sessions ?? []).every(known(facts.sessions)) &&
      (command.belongings ?? []).length === 0
    );
  });

/** Unique keys in one total order, so that two batches never wait for each other in a circle. */
function keys(commands: readonly Command[], named: (command: Command) => readonly string[]): Key[] {
  const unique = new Map<string, Key>();
  for (const command of commands) {
    for (const name of named(command)) unique.set(keyOf(command.merchantId, name), [command.merchantId, name]);
  }
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

const payoutsNamed = (command: Command, { knownNames }: Facts): string[] =>
  (command.names ?? [])
    .filter((claim) => claim.kind === "payout" || claim.kind === "idempotence")
    .flatMap((claim) => knownNames.get(keyOf(command.merchantId, claim.kind, claim.name)) ?? []);

const ownersOf = (command: Command, facts: Facts): string[] =>
  [
    ...(command.methods ?? []).map((id) => facts.methods.get(keyOf(command.merchantId, id))),
    ...(command.sessions ?? []).map((id) => facts.sessions.get(keyOf(command.merchantId, id))),
    ...payoutsNamed(command, facts).map((id) => facts.payouts.get(keyOf(command.merchantId, id))),
  ].flatMap((row) => row?.customer ?? []);

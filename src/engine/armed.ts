import type pg from "pg";
import type { Forgotten } from "../flow/intent.ts";
import type { Rail, RailRules } from "../rails/rail.ts";
import {
  beat,
  bind,
  freeze,
  nameInstallation,
  readCluster,
  readDispatch,
  sinceOf,
  type Cluster,
  type DispatchState,
} from "../store/dispatch-state.ts";
import { readForgotten } from "../store/forgotten.ts";
import { compare, proofsIn } from "./comparison.ts";
import { countsFrom, isAskedFirst, type SendGuard } from "./send-guard.ts";
import { judge, type Judgement, type Seen, type Witness } from "./witness.ts";

export interface ArmedPorts {
  readonly pool: pg.Pool;
  readonly rails: readonly Rail[];
  /** The installation's id, and the name that this server was given for it. */
  readonly installation: string;
  readonly name: string | undefined;
  readonly witness: Witness;
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  log(event: Record<string, unknown>, message: string): void;
  /** Tells whoever is at the terminal that nothing is sent any more, and why. */
  say(because: string): void;
}

/** `asking`: not every bank has told yet what it knows that this database does not. */
export type Dispatch =
  { readonly is: "armed"; readonly because: null } | { readonly is: "asking" | "frozen"; readonly because: string };

/** Forgotten transfers that are kept in mind. */
const mostForgotten = 1_000_000;

/**
 * Knows whether this server may send. The database says so for all of them, and is looked at every second, and again whenever a
 * connection to it is made; it is not believed when it is behind what was seen of it, or behind its banks.
 */
export class Armed implements SendGuard {
  readonly #ports: ArmedPorts;
  readonly #openedAt: number;
  /** From when on banks are asked: fixed before anything is committed here. */
  readonly #since: number;
  /** Rails that have told since this server was opened. */
  readonly #told = new Set<string>();
  #state: DispatchState;
  #stranger: string | null = null;
  #forgotten: ReadonlyMap<string, Forgotten> = new Map();
  #committed = 0;
  /** The counter that the witness has; null: it cannot be told. */
  #witnessed: number | null = 0;

  private constructor(ports: ArmedPorts, state: DispatchState) {
    this.#ports = ports;
    this.#state = state;
    this.#openedAt = state.now;
    this.#since = sinceOf(state);
  }

  /** Looks at the database before anything is done with it. Never refuses: one that is not trusted is frozen. */
  static async open(ports: ArmedPorts): Promise<Armed> {
    const armed = new Armed(ports, await readDispatch(ports.pool));
    const judgement = await armed.#judge(ports.witness.read());
    if (armed.#state.frozenAt === null) await armed.#begin(judgement);
    else armed.#tell();
    await armed.recall();
    return armed;
  }

  async #begin(judgement: Judgement): Promise<void> {
    const { pool, name = null } = this.#ports;
    if (judgement.is === "rewound") await this.#freeze(judgement.because);
    if (judgement.is === "stranger") {
      this.#stranger = judgement.because;
      this.#tell();
    }
    if (judgement.is === "fine" && name !== null && this.#state.name === null) await nameInstallation(pool, name);
    if (judgement.is !== "new") return;
    const first = await bind(pool, await readCluster(pool), name);
    this.#state = await readDispatch(pool);
    if (!first) await this.#begin(await this.#judge(undefined)); // somebody else has it, perhaps by another name
  }

  get state(): DispatchState {
    return this.#state;
  }

  get forgotten(): ReadonlyMap<string, Forgotten> {
    return this.#forgotten;
  }

  /** From when on banks have to be asked before it is armed. */
  get since(): number {
    return this.#state.since ?? this.#since;
  }

  /** How it stands, for people. */
  dispatch(): Dispatch {
    const because = this.#state.frozenBecause ?? this.#stranger;
    if (because !== null) return { is: "frozen", because };
    const silent = this.#ports.rails.map(({ rules }) => rules.name).filter((rail) => !this.#hasTold(rail));
    if (silent.length === 0) return { is: "armed", because: null };
    return { is: "asking", because: `${silent.join(" and ")} has not told yet what it has done` };
  }

  maySend(rail: string): boolean {
    return this.#state.frozenAt === null && this.#stranger === null && this.#hasTold(rail);
  }

  asksFirst(rules: RailRules, reference: string): boolean {
    return isAskedFirst(this.#state, rules, this.#ports.now()) || this.#forgotten.has(reference);
  }

  believes(rules: RailRules, askedAt: number): boolean {
    return askedAt >= countsFrom(this.#state, rules);
  }

  /**
   * Looks at the database again; when anything was committed here since the last time (`committed` counts commands), raises its
   * counter, and then keeps outside what was seen. Nothing is raised before the banks have told: they are asked from there on.
   */
  async beat(committed: number): Promise<void> {
    await this.verify();
    if (this.dispatch().is !== "armed") return;
    if (committed !== this.#committed) {
      const before = this.#state;
      const raised = await beat(this.#ports.pool, before.counter);
      if (raised === undefined) return this.verify(); // it has fallen meanwhile, or was frozen
      if (before !== this.#state) return; // somebody has looked meanwhile, and perhaps frozen it
      this.#state = raised;
      this.#committed = committed;
    }
    this.#testify();
  }

  /** Whether the database is still what it was a moment ago; freezes it if not. `cluster`: where a connection leads, if it is about one. */
  async verify(cluster?: Cluster): Promise<void> {
    const before = this.#state;
    const state = await readDispatch(this.#ports.pool);
    const seen = { installation: this.#ports.installation, counter: before.counter };
    const judgement = state.frozenAt === null ? await this.#judge(seen, state, cluster) : null;
    const rearmed = state.armedAt !== before.armedAt;
    if (judgement?.is === "rewound") return this.#freeze(judgement.because); // whatever else was seen meanwhile
    if (rearmed || state.frozenAt !== null) await this.recall(); // before anything is sent again
    if (before !== this.#state) return; // somebody has looked after us
    this.#state = state;
    if (state.frozenAt !== null && before.frozenAt === null) this.#tell();
    if (rearmed) this.#rearm();
  }

  /** Asks the rails that have not told yet. One that does not answer is asked again at the next call. */
  async look(): Promise<void> {
    for (const rail of this.#ports.rails) {
      if (this.#state.frozenAt !== null || this.#hasTold(rail.rules.name)) continue;
      const { name } = rail.rules;
      const proofs = proofsIn(await compare(this.#ports.pool, rail, this.#since));
      if (proofs.length === 0) this.#told.add(name);
      else {
        const references = proofs.slice(0, 20).map(({ reference }) => reference);
        const because = `the bank ${name} has made ${proofs.length} of its transfers that it knows nothing of: it was restored`;
        await this.#freeze(because, { rail: name, references });
      }
    }
  }

  /** Reads again what the database was reminded of. */
  async recall(): Promise<void> {
    const kept = await readForgotten(this.#ports.pool, { unclaimed: false, most: mostForgotten });
    this.#forgotten = new Map(kept.map((one) => [one.reference, one]));
  }

  /** An operator has armed it after all rails were asked; which servers were there, he knew. */
  #rearm(): void {
    for (const { rules } of this.#ports.rails) this.#told.add(rules.name);
    if ((this.#state.armedAt ?? 0) >= this.#openedAt) this.#stranger = null;
    if (this.dispatch().is === "armed") this.#testify();
    this.#ports.log({}, "dispatch is armed: payouts are sent again");
  }

  #hasTold(rail: string): boolean {
    return this.#told.has(rail) || this.#ports.rails.find(({ rules }) => rules.name === rail)?.listSince === undefined;
  }

  async #judge(seen: Seen | undefined, state = this.#state, cluster?: Cluster): Promise<Judgement> {
    const { pool, installation, name } = this.#ports;
    return judge({ state, cluster: cluster ?? (await readCluster(pool)), seen, installation, name });
  }

  /** In this server at once, and in the database for all of them. */
  async #freeze(because: string, facts: Record<string, unknown> = {}): Promise<void> {
    const { now } = this.#state;
    this.#state = { ...this.#state, frozenAt: now, frozenBecause: because, rewoundAt: now };
    this.#tell();
    await freeze(this.#ports.pool, because, facts);
    this.#state = await readDispatch(this.#ports.pool);
  }

  #tell(): void {
    const { because } = this.dispatch();
    this.#ports.log({ because }, "dispatch is frozen: payouts are taken on, and nothing is sent");
    this.#ports.say(because ?? "");
  }

  /** A folder that cannot be written to is complained of once: the banks remain as witnesses. */
  #testify(): void {
    const { witness, installation } = this.#ports;
    const { counter } = this.#state;
    if (this.#witnessed === counter) return;
    try {
      witness.write({ installation, counter });
      this.#witnessed = counter;
    } catch (error) {
      if (this.#witnessed === null) return;
      this.#witnessed = null;
      this.#ports.log({ err: error }, "what was seen of the database cannot be kept in the data folder");
    }
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Chance } from "./chance.ts";
import { lag } from "./lag.ts";
import type { Fault } from "./plan.ts";
import type { Site } from "./site.ts";
import type { Tally } from "./tally.ts";

/** A graceful stop ends within this, on a machine that has time for it. */
const stopWithinMs = 10_000;

export interface FaultPorts {
  /** How long it takes until payouts are acknowledged again, in milliseconds; undefined: for ever. */
  timeRecovery(of: Recovers): Promise<number | undefined>;
  log(line: string): void;
}

/** Does to a site what was planned. Each part of it suffers one thing at a time; parts are hurt independently of each other. */
export class Faults {
  readonly #site: Site;
  readonly #tally: Tally;
  readonly #chance: Chance;
  readonly #timeRecovery: FaultPorts["timeRecovery"];
  readonly #log: FaultPorts["log"];
  readonly #recoveries: Promise<void>[] = [];
  readonly #turns = new Map<string, Promise<void>>();
  #isLate: () => boolean = () => false;
  #problem: unknown;

  constructor(site: Site, tally: Tally, chance: Chance, { timeRecovery, log }: FaultPorts) {
    this.#site = site;
    this.#tally = tally;
    this.#chance = chance;
    this.#timeRecovery = timeRecovery;
    this.#log = log;
  }

  /** Begins with each fault when its time has come; resolves when all of them are over. Throws if one could not be done. */
  async run(plan: readonly Fault[], progress: () => number): Promise<void> {
    this.#isLate = () => progress() > 0.9;
    for (const fault of plan) {
      while (progress() < fault.at && this.#problem === undefined) await sleep(20);
      if (this.#problem !== undefined) break;
      this.#begin(fault);
    }
    while (this.#turns.size > 0) await Promise.all(this.#turns.values());
    await Promise.all(this.#recoveries);
    if (this.#problem !== undefined) throw this.#problem;
  }

  /** A server that is busy suffering is spared, where another one is free; and of several, one at most stands still. */
  #begin(fault: Fault): void {
    const part = partOf(fault);
    if (part !== "a server") return void this.#inTurn(part, () => this.#do(fault));
    const others = this.#site.servers.map((_, n) => (fault.server + n) % this.#site.servers.length);
    const server = others.find((n) => !this.#turns.has(`server ${n}`)) ?? fault.server;
    const work = () => this.#do({ ...fault, server });
    if (fault.kind === "pause") void this.#inTurn("pause", () => this.#inTurn(`server ${server}`, work));
    else void this.#inTurn(`server ${server}`, work);
  }

  #inTurn(part: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(part) ?? Promise.resolve();
    const turn = before.then(work).catch((problem: unknown) => void (this.#problem ??= problem));
    this.#turns.set(part, turn);
    void turn.then(() => this.#turns.get(part) === turn && this.#turns.delete(part));
    return turn;
  }

  async #do(fault: Fault): Promise<void> {
    const { at: _, ...what } = fault;
    this.#log(`${Date.now()} begins ${JSON.stringify(what)}`);
    await this.#carryOut(fault);
    this.#log(`${Date.now()} is over ${JSON.stringify(what)}`);
  }

  async #carryOut(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "kill":
        return this.#kill(fault);
      case "stop":
        return this.#stop(fault);
      case "pause":
        return this.#pause(fault);
      case "cut":
        return this.#cut(fault);
      case "end sessions":
        this.#tally.cuts["sessions"]! += 1;
        await this.#site.database.endSessions(0.5).catch(() => 0); // it may be recovering
    }
  }

  async #kill({ what, server, forMs }: Extract<Fault, { kind: "kill" }>): Promise<void> {
    const { database, bank, servers } = this.#site;
    if (what === "session") {
      while (!database.killSession((sessions) => this.#chance.pick(sessions))) await sleep(50);
    }
    this.#tally.kills[what]! += 1;
    this.#recoveries.push(this.#recover({ server: what === "server" ? server : undefined, paid: what === "bank" }));
    if (what === "session") return sleep(forMs);
    const victim = what === "server" ? servers[server]! : what === "bank" ? bank : database;
    await victim.kill();
    await sleep(forMs);
    await victim.start();
  }

  async #recover(of: Recovers): Promise<void> {
    const tookMs = await this.#timeRecovery(of);
    if (tookMs === undefined) this.#tally.unrecovered += 1;
    else this.#tally.recoveriesMs.push(tookMs);
  }

  async #stop({ server, forMs }: Fault): Promise<void> {
    const program = this.#site.servers[server]!;
    const lostBefore = lag.totalMs;
    const { how, tookMs } = await program.stop();
    this.#tally.stopsMs.push(tookMs);
    if (how !== "code 0" || tookMs - (lag.totalMs - lostBefore) > stopWithinMs)
      this.#tally.badStops.push(`${program.name} ended with ${how} after ${Math.round(tookMs)} ms`);
    await sleep(forMs);
    await program.start();
  }

  async #pause({ what, server, forMs }: Extract<Fault, { kind: "pause" }>): Promise<void> {
    if (this.#isLate()) return; // it had to wait for others, and would only draw out the end
    const { database, bank, servers } = this.#site;
    this.#tally.pauses[what]! += 1;
    const victim = what === "server" ? servers[server]! : what === "bank" ? bank : database;
    victim.pause();
    await sleep(forMs);
    victim.resume();
  }

  async #cut({ what, line: name, server, forMs }: Extract<Fault, { kind: "cut" }>): Promise<void> {
    this.#tally.cuts[what]! += 1;
    const line = this.#site.lines[name][server]!;
    if (what === "break") line.cut();
    else if (what === "commit") line.loseAnswerTo("commit");
    else if (what === "block") line.block();
    else line.stall();
    await sleep(forMs);
    line.heal();
  }
}

/** Who has to answer again after a kill; `paid`: with a payout that the bank has paid. */
export interface Recovers {
  readonly server: number | undefined;
  readonly paid: boolean;
}

function partOf(fault: Fault): string {
  if (fault.kind === "cut") return `${fault.line} line ${fault.server}`;
  if (fault.kind === "stop") return "a server";
  if (fault.kind === "end sessions" || fault.what === "session") return "database";
  return fault.what === "server" ? "a server" : fault.what;
}

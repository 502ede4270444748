import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault, Payer, Told } from "./payers.ts";

/** Clients of some merchants, who ask for one payout after another through both APIs, whatever they are answered. */
export class Crowd {
  /** Everything that was no answer, so far. */
  readonly faults: Fault[] = [];
  readonly #payers: readonly Payer[];
  readonly #asked: Promise<readonly [Payer, Told]>[] = [];
  readonly #driving: Promise<void>;
  #stopped = false;

  /** `everyMs`: how often one of them asks. `name` is what their payouts' handles begin with. */
  constructor(payers: readonly Payer[], name: string, everyMs: number) {
    this.#payers = payers;
    this.#driving = this.#drive(name, everyMs);
  }

  async #drive(name: string, everyMs: number): Promise<void> {
    for (let count = 0; !this.#stopped; count += 1) {
      const payer = this.#payers[count % this.#payers.length]!;
      const door = count % (2 * this.#payers.length) < this.#payers.length ? "frisbii" : "worldline";
      const hear = (fault: Fault) => void this.faults.push(fault);
      const asked = payer.pay(door, `${name}-${count}`, hear).then((told) => [payer, told] as const);
      asked.catch(() => {}); // whoever stops the crowd hears of it
      this.#asked.push(asked);
      await delay(everyMs);
    }
  }

  /** Resolves when somebody who asked after now was answered `status`. */
  async hears(status: number): Promise<void> {
    const before = this.faults.length;
    const deadline = performance.now() + 30_000;
    while (!this.faults.slice(before).some((fault) => fault.status === status)) {
      assert.ok(performance.now() < deadline, `nobody was answered ${status}`);
      await delay(20);
    }
  }

  /** Nobody asks for more. Resolves with how many payouts there are, when all were taken on. */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#driving;
    await Promise.all(this.#asked);
    return this.#asked.length;
  }

  /** Asks about every payout that was taken on: each is paid. */
  async assertAllPaid(): Promise<void> {
    for (const [payer, told] of await Promise.all(this.#asked)) assert.equal(await payer.isPaid(told), true, told.name);
  }

  /** How long anybody waited for what was no answer. */
  get slowestMs(): number {
    return Math.max(0, ...this.faults.map(({ afterMs }) => afterMs));
  }

  /** What to tell whoever runs the test. */
  get summary(): string {
    const statuses = [...new Set(this.faults.map(({ status }) => status))].sort();
    const times = statuses.map((one) => `${this.faults.filter(({ status }) => status === one).length} times ${one}`);
    const told =
      times.length === 0
        ? "nobody told to try again"
        : `${times.join(", ")}, after ${this.slowestMs.toFixed()} ms at most`;
    return `${this.#asked.length} payouts, ${told}`;
  }
}

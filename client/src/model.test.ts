import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Disburse } from "./disburse.ts";
import { DisburseRefusal } from "./errors.ts";
import type { Fetch } from "./options.ts";
import type { Payout } from "./payout.ts";
import { again, broken, key, refusal, reply, request, told, VirtualClock, type Reply } from "./script.ts";

/** What becomes of a request, and, if it is a create that begins an attempt, of that attempt. */
interface Chance {
  readonly fate: "answered" | "lost" | "answer lost" | "late" | "hangs, then late" | "500" | "503" | "429" | "garbage";
  /** How much later a late one arrives, of what `lateMs` allows. */
  readonly share: number;
  readonly attempt: "paid" | "hard_declined" | "soft_declined" | "processing_error";
  /** How long the bank takes, in milliseconds. */
  readonly takesMs: number;
  /** Whether the destination can be paid when this create arrives. */
  readonly payable: boolean;
}

const lateMs = 20_000;
const timeoutMs = 5_000;

/** A server that keeps the rules of the API, on a line that keeps none. */
class Model {
  readonly clock = new VirtualClock();
  readonly #chances: readonly Chance[];
  #asked = 0;
  #state: Payout["state"] | null = null;
  #errors: string[] = [];
  payments = 0;

  constructor(chances: readonly Chance[]) {
    this.#chances = chances;
  }

  readonly fetch: Fetch = async (_url, { method }) => {
    const chance = this.#chances[this.#asked++ % this.#chances.length]!;
    const handle = () => (method === "POST" ? this.#create(chance) : this.#tell());
    const later = (ms: number) => void this.clock.sleep(ms).then(handle);
    switch (chance.fate) {
      case "answered":
        return reply(handle());
      case "lost":
        throw broken();
      case "answer lost":
        handle();
        throw broken();
      case "late":
        later(chance.share * lateMs);
        throw broken();
      case "hangs, then late":
        later(timeoutMs + chance.share * lateMs);
        return new Promise<never>(() => {});
      case "500":
        handle();
        return reply(refusal(500, 2));
      case "503":
        return reply(refusal(503, 2));
      case "429":
        return reply({ ...refusal(429, 122), headers: { "retry-after": "1" } });
      case "garbage":
        handle();
        return reply({ status: 200, body: "{" });
    }
  };

  #create({ payable, attempt, takesMs }: Chance): Reply {
    if (this.#state === "paid") return refusal(400, 134);
    if (this.#state === "processing") return refusal(400, 133);
    if (!payable) return refusal(404, 40);
    this.#state = "processing";
    if (takesMs === 0) this.#end(attempt);
    else void this.clock.sleep(takesMs).then(() => this.#end(attempt));
    return this.#tell();
  }

  #end(attempt: Chance["attempt"]): void {
    this.#state = attempt === "paid" ? "paid" : "failed";
    if (attempt === "paid") this.payments += 1;
    else this.#errors.push(attempt);
  }

  #tell(): Reply {
    return this.#state === null ? refusal(404, 137) : told(this.#state, this.#errors);
  }
}

const chance = fc.record<Chance>({
  fate: fc.oneof(
    { weight: 3, arbitrary: fc.constant("answered" as const) },
    { weight: 4, arbitrary: fc.constantFrom("lost", "answer lost", "late", "hangs, then late", "500", "503", "429", "garbage") },
  ), // prettier-ignore
  share: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  attempt: fc.constantFrom("paid", "hard_declined", "soft_declined", "processing_error"),
  takesMs: fc.constantFrom(0, 0, 0, 300, 4_000, 90_000),
  payable: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
});

/** Calls `pay` until it tells more than *open*, lets everything arrive that is under way, and compares. */
async function story(chances: readonly Chance[], limitMs: number, options: object): Promise<string> {
  const model = new Model(chances);
  const { fetch, clock } = model;
  const url = "https://payouts.example.com";
  const ports = { fetch, sleep: clock.sleep, now: clock.now };
  const disburse = new Disburse({ url, privateKey: key, ...ports, ...again, lateMs, timeoutMs, limitMs, ...options });
  let end = "open";
  for (let calls = 0; end === "open" && calls < 5; calls += 1) {
    const calledAt = clock.now();
    end = await disburse.pay(request).then(
      ({ outcome }) => outcome,
      (error: unknown) => (error instanceof DisburseRefusal ? "refused" : Promise.reject(error)),
    );
    assert.ok(clock.now() - calledAt <= limitMs + timeoutMs, "a call ends soon after its limit");
  }
  const toldAs = model.payments;
  await clock.sleep(300_000);
  if (end === "paid") assert.equal(toldAs, 1, "told as paid, and paid");
  if (end === "failed" || end === "refused") assert.equal(model.payments, 0, `told as ${end}, and money moved`);
  assert.ok(model.payments <= 1);
  return end;
}

const stories = (runs: number, options: object, seen: Map<string, number>) =>
  fc.check(
    fc.asyncProperty(fc.array(chance, { minLength: 1, maxLength: 12 }), fc.constantFrom(15_000, 120_000), async (...args) => {
      const end = await story(...args, options);
      seen.set(end, (seen.get(end) ?? 0) + 1);
    }),
    { numRuns: runs, seed: 4 },
  ); // prettier-ignore

test("on any line, what is told as paid is paid, and what is told as failed or refused moves no money afterwards", async () => {
  const seen = new Map<string, number>();
  const { failed, errorInstance, counterexample } = await stories(1_000, { softRetries: 1 }, seen);
  assert.ok(!failed, `${String(errorInstance)} ${JSON.stringify(counterexample)}`);
  for (const end of ["paid", "failed", "refused", "open"]) assert.ok((seen.get(end) ?? 0) > 10, end);
});

test("that is found out: a client that does not wait for what may come late tells a failure and pays", async () => {
  assert.ok((await stories(1_000, { lateMs: 0 }, new Map())).failed);
});

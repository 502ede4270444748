import type { CallMade } from "../store/notice-calls.ts";
import { isOutdated } from "../store/db.ts";
import { sqlState } from "../store/sql-state.ts";
import { isConnection, isForEverybody } from "./flusher.ts";

export interface KeepPorts {
  save(calls: readonly CallMade[]): Promise<void>;
  sleep(ms: number): Promise<void>;
  log(event: Record<string, unknown>, message: string): void;
}

/** How calls went is kept many at a time, so long after the first of them. */
const saveWithinMs = 15;
const saveAtOnce = 500;
const longestPauseMs = 5_000;

interface Waiting {
  readonly call: CallMade;
  readonly over: (kept: boolean) => void;
}

/** Keeps how calls to endpoints went. What cannot be stored of one call keeps no other waiting: it is found by halving. */
export class CallKeeper {
  readonly #ports: KeepPorts;
  readonly #waiting: Waiting[] = [];
  #saving = false;

  constructor(ports: KeepPorts) {
    this.#ports = ports;
  }

  get saving(): boolean {
    return this.#saving;
  }

  /** Resolves when it is kept, however long the database is away. False: it cannot be, so its notice stands as before. */
  keep(call: CallMade): Promise<boolean> {
    return new Promise((over) => {
      this.#waiting.push({ call, over });
      if (!this.#saving) void this.#saveAll();
    });
  }

  async #saveAll(): Promise<void> {
    const { sleep, log } = this.#ports;
    this.#saving = true;
    await sleep(saveWithinMs);
    let failures = 0;
    for (let atOnce = saveAtOnce; this.#waiting.length > 0;) {
      const batch = this.#waiting.slice(0, atOnce);
      try {
        const kept = batch.length > 1 ? await this.#save(batch) : await this.#saveOne(batch[0]!);
        this.#waiting.splice(0, batch.length);
        for (const { over } of batch) over(kept);
        failures = 0;
        atOnce = Math.min(saveAtOnce, 2 * atOnce);
      } catch (err) {
        if (isOfOne(err)) {
          atOnce = Math.ceil(batch.length / 2);
          continue;
        }
        failures += 1;
        log({ err, failures }, "how calls to endpoints went could not be kept; it is tried again");
        await sleep(Math.min(longestPauseMs, 100 * 2 ** failures));
      }
    }
    this.#saving = false;
  }

  async #save(batch: readonly Waiting[]): Promise<true> {
    await this.#ports.save(batch.map(({ call }) => call));
    return true;
  }

  /** Where it is what the receiver said that cannot be stored, the rest is: the notice is over, or waits, as it should. */
  async #saveOne({ call }: Waiting): Promise<boolean> {
    const said = { fault: "what was answered could not be kept", headers: {}, body: "" };
    for (const one of [call, { ...call, call: { ...call.call, ...said } }]) {
      try {
        await this.#ports.save([one]);
        return true;
      } catch (err) {
        if (!isOfOne(err)) throw err;
        this.#ports.log({ err, notice: call.noticeId }, "how one call to an endpoint went cannot be kept");
      }
    }
    return false;
  }
}

/** Whether some call is to blame, and not the database or the way there. */
function isOfOne(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined ? !isConnection(error) : !isForEverybody(state) && !isOutdated(error);
}

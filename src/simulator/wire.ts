import type { HttpAnswer } from "../rails/http.ts";
import type { Transport } from "../rails/sandbox.ts";
import type { Bank } from "./bank.ts";
import type { Chance } from "./chance.ts";
import type { Faults } from "./faults.ts";
import type { Place } from "./points.ts";
import type { Process } from "./process.ts";
import { flightMs } from "./rails.ts";
import type { Timeline } from "./timeline.ts";

export interface WirePorts {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly chance: Chance;
  readonly process: Process;
  readonly bank: Bank;
  /** The first byte of an order is about to leave. */
  onWrite(body: string): void;
  tell(line: string): void;
}

/** So long a server waits for a bank. */
const patienceMs = 10_000;

/** The network between a server and a bank: what is written may be lost, late, or answered to nobody. */
export function wireTo(ports: WirePorts): Transport {
  const { timeline, faults, chance, process, bank, onWrite, tell } = ports;
  const { refused, lost, late, slow, replyLost } = faults.profile.wire;
  const exchange = (method: "GET" | "POST", path: string, body?: string, leaves?: () => void): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const place: Place = method === "POST" ? "rail.send" : path.includes("status=") ? "rail.list" : "rail.find";
      faults.atPoint(`${place}.before`, process);
      if (process.pausedMs > 0)
        return process.resume(() => void exchange(method, path, body, leaves).then(resolve, reject));
      if (!process.alive) return;
      const hear = (ms: number, then: () => void) =>
        timeline.after(ms, () =>
          process.resume(() => {
            faults.atPoint(`${place}.after`, process);
            process.resume(then);
          }),
        );
      if (faults.happens("connection to the bank refused", refused)) {
        hear(chance.between(1, 50), () => reject(new Error("refused")));
        return;
      }
      try {
        leaves?.();
      } catch (error) {
        hear(0, () => reject(error));
        return;
      }
      if (method === "POST" && body !== undefined) onWrite(body);
      timeline.after(patienceMs, () => process.resume(() => reject(new Error("the bank did not answer in time"))));
      if (faults.happens(`${place} lost on its way`, lost)) return;
      const flight = faults.happens(`${place} late`, late) ? chance.skewed(1_000, flightMs) : chance.between(2, 80);
      timeline.after(flight, () => {
        const reply = bank.receive(method, path, body);
        tell(`${bank.manner.rules.name} bank: ${method} ${path} from ${process.name} → ${JSON.stringify(reply)}`);
        if (reply === "silence" || faults.happens(`answer to ${place} lost`, replyLost)) return;
        const slowly = faults.happens(`answer to ${place} slow`, slow);
        hear(slowly ? chance.between(1_000, 9_500) : chance.between(2, 80), () => resolve(reply));
      });
    });
  return {
    ask: (path) => exchange("GET", path),
    send: (transfer, leaves) => exchange("POST", "/transfers", transfer, leaves),
    close: () => Promise.resolve(),
  };
}

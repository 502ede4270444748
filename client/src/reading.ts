import { DisburseSilence } from "./errors.ts";
import type { Settings } from "./options.ts";
import { OutOfPatience, type Patience } from "./patience.ts";
import type { Payout } from "./payout.ts";
import type { Wire } from "./wire.ts";

/** The payout, asked for until there is an answer; null if there is none. Throws DisburseRefusal and DisburseSilence. */
export async function readPayout(
  handle: string,
  wire: Wire,
  settings: Settings,
  patience: Patience,
): Promise<Payout | null> {
  let why = new DisburseSilence("aborted");
  try {
    for (let repeats = 0; ; repeats += 1) {
      const answer = await wire.read(handle, patience.signal);
      if (answer.kind === "payout") return answer.payout;
      if (answer.kind === "refused") {
        if (answer.refusal.code === 137) return null;
        throw answer.refusal;
      }
      why = answer.why;
      if (answer.afterMs > 0) await patience.wholePause(answer.afterMs);
      else await patience.pause(patience.growing(settings.repeats, repeats));
    }
  } catch (error) {
    throw error instanceof OutOfPatience ? why : error;
  }
}

import { DisburseSilence } from "./errors.ts";
import { insist } from "./insist.ts";
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
    const said = await insist(
      () => wire.read(handle, patience.signal),
      settings.repeats,
      patience,
      (missed) => (why = missed.why),
    );
    if (said.kind === "payout") return said.payout;
    if (said.refusal.code === 137) return null;
    throw said.refusal;
  } catch (error) {
    throw error instanceof OutOfPatience ? why : error;
  }
}

import type { Missed, Said } from "./answer.ts";
import type { Pauses } from "./options.ts";
import type { Patience } from "./patience.ts";

/**
 * Asks the same again until there is an answer that says something. `missed` hears of every time there was none.
 * Throws OutOfPatience.
 */
export async function insist(
  ask: () => Promise<Said | Missed>,
  pauses: Pauses,
  patience: Patience,
  missed: (answer: Missed) => void,
): Promise<Said> {
  for (let repeats = 0; ; repeats += 1) {
    const answer = await ask();
    if (answer.kind === "payout" || answer.kind === "refused") return answer;
    missed(answer);
    const pause = patience.growing(pauses, repeats);
    // What the server asks for is kept, and the crowd that it asked at once is spread.
    if (answer.afterMs > 0) await patience.wholePause(answer.afterMs + pause);
    else await patience.pause(pause);
  }
}

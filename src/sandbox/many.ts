import type { ServerResponse } from "node:http";
import type { Reaction } from "./answers.ts";
import type { Clock } from "./clock.ts";

/** The content type of many transfers in one request, a line each. */
export const linesOfJson = "application/x-ndjson";

/**
 * Answers each of many transfers that came in one request by itself, as soon as it can: a line with its number, counted from 0, the
 * status and the body that it would have had alone. One that gets no answer has no line. A blank line asks for nothing.
 */
export function answerEach(
  transfers: readonly string[],
  receive: (transfer: string) => Promise<Reaction>,
  response: ServerResponse,
  clock: Clock,
): void {
  let [open, told] = [1, ""];
  const write = () => {
    if (open > 0 && told !== "") response.write(told);
    told = "";
  };
  const over = (line: string) => {
    if (told === "" && line !== "") setImmediate(write); // those that are ready in the same moment go together
    told += line;
    open -= 1;
    if (open === 0) response.end(told);
  };
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  for (const [number, transfer] of transfers.entries()) {
    if (transfer.trim() === "") continue;
    open += 1;
    void receive(transfer).then((reaction) => {
      if ("silentMs" in reaction) clock.after(reaction.silentMs, () => over(""));
      else over(`${number} ${reaction.status} ${reaction.body}\n`);
    });
  }
  over("");
}

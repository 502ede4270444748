import type { Told } from "../dialects/services.ts";
import { openDesk, type Desk } from "./desk.ts";
import { configOf, type Overrides } from "./settings.ts";
import { CommandProblem, type Terminal } from "./terminal.ts";

export type DeskOptions = Overrides & { readonly json?: true };
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Body = any;

/** Works at the operator's desk, and says what came of it: for programs as the API tells it, else in lines. */
export async function atDesk(
  terminal: Terminal,
  options: DeskOptions,
  work: (desk: Desk) => Promise<{ body: unknown; lines: readonly string[] }>,
): Promise<void> {
  const desk = await openDesk(configOf(terminal, options), (line) => terminal.note(line));
  try {
    const { body, lines } = await work(desk);
    for (const line of options.json === true ? [JSON.stringify(body)] : lines) terminal.say(line);
  } finally {
    await desk.close();
  }
}

/** The answer, when it is the one that was hoped for. */
export function bodyOf({ status, body }: Told, hoped = 200): Body {
  if (status === hoped) return body;
  throw new CommandProblem((body as Body)?.error?.message ?? `the answer was ${status}`);
}

/** The id of the merchant of that handle. */
export async function merchantId({ call }: Desk, handle: string): Promise<string> {
  const found = bodyOf(await call("GET", `/admin/merchants?handle=${encodeURIComponent(handle)}`));
  const id: string | undefined = found.merchants[0]?.id;
  if (id === undefined) throw new CommandProblem(`There is no merchant ${handle}.`);
  return id;
}

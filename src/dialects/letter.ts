import { assert } from "../core/assert.ts";
import type { SigningSecret } from "../core/endpoint.ts";
import type { Letter, OpenEndpoint } from "../engine/mailbox.ts";
import type { DueNotice } from "../store/due-notices.ts";

/**
 * Writes what an endpoint is told of a notice. Undefined: its API has no words for that. The same notice gives the same body and the
 * same id every time; `now` (milliseconds since 1970) is for formats that say when they were sent.
 */
export type LetterWriter = (endpoint: OpenEndpoint, notice: DueNotice, now: number) => Letter | undefined;

/**
 * The headers of a letter: those of its format, Basic authentication where the endpoint has a user, and those that the merchant wants
 * to see, which never take the place of others. Names are in lower case, so each is there once.
 */
export function headersOf(
  { username, secrets }: Pick<OpenEndpoint, "username" | "secrets">,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const wanted = Object.entries(secrets.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const basic = Buffer.from(`${username ?? ""}:${secrets.password ?? ""}`).toString("base64");
  return {
    ...(Object.fromEntries(wanted) as Record<string, string>),
    ...(username === null ? {} : { authorization: `Basic ${basic}` }),
    ...own,
  };
}

/** What letters are signed with now. */
export function newestSecret({ id, secrets }: Pick<OpenEndpoint, "id" | "secrets">): SigningSecret {
  const newest = secrets.signing[0];
  assert(newest !== undefined, `endpoint ${id} has a secret`);
  return newest;
}

/** What every call says of itself. Answers are wanted as they are: nothing here unpacks them. */
const ours = { "user-agent": "Disburse", accept: "*/*" };
const always = { "accept-encoding": "identity" };

/** Headers that belong to the connection, or decide where a message ends: not the caller's. */
const reserved =
  /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|expect|te|trailer|proxy-.*|accept-encoding)$/;

/** The headers of a call as they are sent, with names in lower case; a text says which cannot be. Values are never repeated in it. */
export function readHeaders(headers: Readonly<Record<string, string>>): Record<string, string> | string {
  const read: Record<string, string> = { ...ours };
  for (const [written, value] of Object.entries(headers)) {
    const name = written.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) return "a header's name cannot be sent";
    if (reserved.test(name)) return `the header ${name} cannot be chosen`;
    if (!/^[\t\x20-\x7e\xa0-\xff]{0,8192}$/.test(value)) return `the value of the header ${name} cannot be sent`;
    read[name] = value;
  }
  return { ...read, ...always };
}

/** Secrets in the headers of a call, which a receiver that repeats what it gets would have us keep. */
export const secretsIn = ({ authorization = "" }: Readonly<Record<string, string>>): readonly string[] =>
  [authorization, authorization.replace(/^\S+\s+/, "")].filter((secret) => secret.length >= 8);

import { field, list, optional, type Field } from "./fields.ts";
import { text } from "./values.ts";

/** What we set ourselves, and what means this connection and nothing beyond it (RFC 9110, 7.6.1). */
const ours =
  /^(?:host|content-.*|user-agent|authorization|accept|accept-encoding|date|x-gcs-.*|webhook-.*|svix-.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|http2-settings|x-forwarded-.*|forwarded|via)$/i;

const headerName = (name: string): boolean => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(name) && !ours.test(name);
const headerValue = (value: unknown): value is string =>
  typeof value === "string" && /^(?:[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?)?$/.test(value);

/** Headers that a merchant wants to see. Names are told apart without case: a receiver would see one of two alike. */
const headers: Field<Readonly<Record<string, string>>> = field(
  "an object of at most 10 headers (printable ASCII, none that Disburse or the connection sets), each a text",
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value);
    const names = new Set(entries.map(([name]) => name.toLowerCase()));
    const fit = entries.length <= 10 && names.size === entries.length;
    return fit && entries.every(([name, one]) => headerName(name) && headerValue(one))
      ? Object.fromEntries(entries)
      : undefined;
  },
);

const orNone = <T>({ says, read }: Field<T>): Field<T | null> => ({
  says: `${says}, or null for none`,
  read: (value, name) => (value === null ? null : read(value, name)),
});

/** HTTP's Basic scheme has no way to say a colon in a user name. */
const username = field("text of 1 to 255 characters without a colon", (value) =>
  typeof value === "string" && /^[^\p{Cc}:]{1,255}$/u.test(value) ? value : undefined,
);

const eventTypes: Field<readonly string[] | null> = {
  says: "a list of the events that it is told, in its format's words, or null for all that are usual",
  read: (value, name) => (value === null ? null : list(text(64), 100).read(value, name)),
};

export const endpointUrl = text(2_048);
/** What can be said of an endpoint beside its URL. */
export const endpointFields = {
  event_types: optional(eventTypes),
  headers: optional(headers),
  username: optional(orNone(username)),
  password: optional(orNone(text(255))),
};

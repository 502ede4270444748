/** An instant as this API writes it: `2025-08-04T12:46:01.853+00:00`. */
export const timestamp = (at: number): string => `${new Date(at).toISOString().slice(0, -1)}+00:00`;

/** The same where there may be none: an absent member, never `null`. */
export const timestampOf = (at: number | null): string | undefined => (at === null ? undefined : timestamp(at));

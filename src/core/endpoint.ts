import type { Topic } from "./notice.ts";

export const endpointFormats = ["frisbii", "worldline", "standard"] as const;
export type EndpointFormat = (typeof endpointFormats)[number];

/** Where a merchant is told of what happens. Instants are milliseconds since 1970. */
export interface Endpoint {
  readonly merchantId: string;
  readonly id: string;
  readonly format: EndpointFormat;
  readonly url: string;
  /** The events it asked for, in its format's words; null: all that are usual. */
  readonly types: readonly string[] | null;
  readonly topics: readonly Topic[];
  /** Of Basic authentication. */
  readonly username: string | null;
  readonly createdAt: number;
  readonly disabled: { readonly at: number; readonly because: string } | null;
  /** No longer the merchant's; what it was told can still be looked up. */
  readonly removedAt: number | null;
}

/** What an endpoint's secrets are, opened. */
export interface EndpointSecrets {
  /** What its letters are signed with, newest first; an older one that is still being replaced stands behind it. */
  readonly signing: readonly SigningSecret[];
  readonly password: string | null;
  /** Headers that the merchant wants to see, by name. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningSecret {
  readonly id: string;
  readonly secret: string;
  readonly createdAt: number;
}

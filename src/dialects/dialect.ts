import type { Asked, Told } from "./services.ts";

/** Who asks: a merchant by one of its keys, or the operator. */
export interface Caller {
  /** Null for the operator. */
  readonly merchantId: string | null;
  /** Limits are kept per key. */
  readonly keyId: string;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` for parameters, which arrive decoded. */
  readonly path: string;
  /** Answered to anyone, without a key. */
  readonly open?: boolean;
  /** Its body is a form (application/x-www-form-urlencoded), which stands in `rawBody`, and not JSON. */
  readonly form?: boolean;
  handle(asked: Asked, caller: Caller): Promise<Told>;
}

/** What can go wrong before or around a handler; each dialect has its own words for all of it. */
export type EdgeFault =
  | { readonly kind: "unreadable"; readonly message: string } // not JSON as we read it
  | { readonly kind: "too_large" | "unknown_route" | "wrong_method" | "rate" | "concurrency" }
  | { readonly kind: "overloaded" | "unavailable" | "unknown_outcome" | "too_slow" | "broken" };

/** One API spoken on the port: its routes, who may call them, and its words for what goes wrong. */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly Route[];
  /** Who asks is known by the `authorization` header alone, which is the same in every request. */
  readonly keyAlone?: boolean;
  /** Whether a request that fits no route is this dialect's to refuse. */
  claims(asked: Pick<Asked, "path" | "headers">): boolean;
  /** The caller, or the refusal of a missing or wrong key. */
  authenticate(asked: Asked): Promise<Caller | Told>;
  refuse(fault: EdgeFault, asked: Asked): Told;
}

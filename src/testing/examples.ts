import type { Kind } from "./belongings.ts";

/** Stands for one thing of a kind in a request: whose it is decides who asks for the example. */
export type The = (kind: Kind) => string;

/** A request as an example has it. */
export interface Asking {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** How a route is asked by somebody for what is their own, and what becomes of that. */
export interface Example {
  ask(the: The): Asking;
  /** The status for one's own things, where it is no success: the example cannot go further. */
  readonly own?: number;
  /** The status for what is another's, or nobody's. */
  readonly no?: number;
  /** A list in which the caller's own of this kind is found, and nobody else's. */
  readonly lists?: Kind;
  /** Why anybody may ask. */
  readonly open?: string;
  /** What it names is its own key: who knows it may use it. */
  readonly bearer?: true;
}

export type Examples = Readonly<Record<string, Example>>;

/** Names one thing of this kind in its path. */
export const named = (param: string, kind: Kind, more: Partial<Example> = {}, body?: object): Example => ({
  ask: (the) => ({ params: { [param]: the(kind) }, ...(body !== undefined && { body }) }),
  ...more,
});

/** Names nothing. */
export const plain = (asking: Asking = {}, more: Partial<Example> = {}): Example => ({ ask: () => asking, ...more });

let count = 0;
/** A name that nobody has yet. */
export const fresh = (what: string): string => `${what}-${process.pid}-${(count += 1)}`;

import { setTimeout as sleep } from "node:timers/promises";
import type { To } from "./orders.ts";
import type { Chance } from "./chance.ts";
import type { ToldList } from "./told.ts";

/** A merchant with keys for both APIs. */
export interface Merchant {
  readonly id: string;
  readonly worldlineId: string;
  readonly privateKey: string;
  readonly key: { readonly key_id: string; readonly secret: string };
  /** Whether what is asked for over the Worldline API waits for approval. */
  readonly approves: boolean;
  readonly cards: readonly Extract<To, { kind: "saved" }>[];
}

/** What every client needs. */
export interface Drive {
  readonly told: ToldList;
  /** Where each server is reached, over lines that may fail. */
  readonly ports: readonly number[];
  /** The number of the server that a request goes to. */
  pick(chance: Chance): number;
  /** Aborted when clients are to give up. */
  readonly signal: AbortSignal;
  /** The bank's own name for a destination. */
  fingerprint(to: To): string;
  pause(ms: number): Promise<void>;
  /** A payout was open when its client gave up; at rest it looks once more. */
  leftOpen(look: () => Promise<void>): void;
  /** An answer that nobody should get. */
  refused(what: string): void;
}

/** Waits, but not for longer than `signal`. */
export const pauseFor = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

import { answerWithinMs, sendWithinMs } from "../flow/intent.ts";
import type { RailRules } from "../rails/rail.ts";
import type { DispatchState } from "../store/dispatch-state.ts";

/** What stands between a decision to send and the bank, when the database may not be what it was (armed.ts). */
export interface SendGuard {
  /** Whether anything may leave over this rail now. */
  maySend(rail: string): boolean;
  /** Whether the bank is asked about a reference before each send: the database may have forgotten an earlier one. */
  asksFirst(rules: RailRules, reference: string): boolean;
  /** Whether "never received" may count, when it was asked for at that time (the database's clock). */
  believes(rules: RailRules, askedAt: number): boolean;
}

/** Of a database that was never restored. */
export const unguarded: SendGuard = { maySend: () => true, asksFirst: () => false, believes: () => true };

/** So long after a restored database was armed, banks that do not recognise every reference for good are asked before each send. */
export const askFirstMs = 30 * 86_400_000;

/** Whether a rail of these rules is asked before each send at the time `now` (milliseconds since 1970). */
export const isAskedFirst = ({ asksFirstUntil }: DispatchState, rules: RailRules, now: number): boolean =>
  (rules.class === "asks" || rules.windowMs !== undefined) && asksFirstUntil !== null && now < asksFirstUntil;

/**
 * When "never received" counts again after the database was found to be restored: what was sent before may still be on its way
 * until then, and no intent tells of it any more, so neither a deadline that is on record nor a bar up to a send's number does.
 */
export const countsFrom = ({ rewoundAt }: DispatchState, rules: RailRules): number =>
  rewoundAt === null ? 0 : rewoundAt + sendWithinMs + answerWithinMs + rules.horizonMs;

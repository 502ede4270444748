/**
 * What a bank promises about the references by which it knows our attempts. A rail declares it; the rules of sending that follow
 * from it are applied by the engine, in one place for all rails (docs/rails.md).
 */
export interface RailPolicy {
  readonly name: string;
  /**
   * `deduplicates`: a repeated reference is paid once, and the bank can be asked what became of it. `asks`: it can be asked, but a
   * repeated reference is paid again. `neither`: one send in an attempt's life, and nobody to ask.
   */
  readonly class: "deduplicates" | "asks" | "neither";
  /** Only of `deduplicates`: how long after its first arrival a reference is recognised; left out: for good. */
  readonly windowMs?: number;
  /** Asking also bars the reference to the sends made so far, so "never received" counts at once. */
  readonly fences: boolean;
  /**
   * Otherwise "never received" counts when it is asked for at least this long after the deadline of the last send: as long as a
   * send may be under way, and what has arrived may stay unseen. For `neither`: how long the bank may take to tell what became of
   * a transfer that it accepted.
   */
  readonly horizonMs: number;
}

import type { Account } from "../core/ledger.ts";
import type { Merchant } from "../core/parties.ts";
import type { Payout, PayoutHistory } from "../core/payout.ts";
import type { Reader } from "../dialects/services.ts";
import type { PaymentStore } from "../payments.ts";
import type { Chance } from "./chance.ts";
import type { Faults } from "./faults.ts";
import type { Tables } from "./memory/tables.ts";
import type { Process } from "./process.ts";
import type { Recorded } from "./record.ts";
import type { Timeline } from "./timeline.ts";

/** What a commit changed. */
export interface Committed {
  readonly payouts: readonly Payout[];
  readonly accounts: readonly Account[];
  readonly events: readonly PayoutHistory[];
}

export interface DatabasePorts {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly chance: Chance;
  /** Milliseconds since 1970 at the beginning. */
  readonly epoch: number;
  /** After everything of a batch has been committed. */
  onCommit(committed: Committed): void;
  /** Hears what is done to it. */
  record?: ((event: Recorded) => void) | undefined;
}

/** The database of a simulated world. */
export interface Database {
  /** What is committed. */
  readonly tables: Tables;
  /** Its wall clock, and how far that is off. */
  readonly now: number;
  skewMs: number;
  /** It crashes as a whole, and is back after `ms`. What was committed is there. */
  crash(ms: number): void;
  addMerchant(merchant: Merchant): Promise<void>;
  /** The database as one process reaches it. */
  reach(process: Process, chance: Chance): { store: PaymentStore; reader: Reader };
  /** What is wrong in it, once everything is at rest. */
  audit(): Promise<string[]>;
}

export type OpenDatabase = (ports: DatabasePorts) => Database;

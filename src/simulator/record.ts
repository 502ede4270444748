import type { Command } from "../core/command.ts";
import type { Outcome } from "../store/batch.ts";

/** What was done to the database in memory, in order, so that it can be done again on PostgreSQL. */
export type Recorded =
  /** A batch has locked and read all that its commands name, at this time by the database's clock. */
  | { readonly kind: "read"; readonly xid: string; readonly now: number; readonly commands: readonly Command[] }
  | { readonly kind: "committed"; readonly xid: string; readonly outcomes: readonly Outcome[] }
  /** Its rows are there already: it breaks this constraint. */
  | { readonly kind: "refused"; readonly xid: string; readonly constraint: string }
  /** It came to nothing: refused, or for a reason that only the simulation knows. */
  | { readonly kind: "ended"; readonly xid: string };

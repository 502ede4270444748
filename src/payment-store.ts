import type pg from "pg";
import type { Notice } from "./core/notice.ts";
import type { PaymentStore } from "./payments.ts";
import { readCursor, saveCursor } from "./store/cursors.ts";
import { findAttempt, readDue, readVaultItems, readVaultOf } from "./store/due.ts";
import { openSession } from "./store/session.ts";
import { analyzeGrownTables } from "./store/statistics.ts";

/**
 * PostgreSQL as the store of payments: `pool` for reads, connections of its own at `url` for commits. `told` hears what was committed
 * that endpoints are to be told.
 */
export const postgresStore = (
  url: string,
  pool: pg.Pool,
  told?: (notices: readonly Notice[]) => void,
): PaymentStore => ({
  openSession: () => openSession(url, told),
  readDue: (rail, work, most, without) => readDue(pool, rail, work, most, without),
  readVaultOf: (due) => readVaultOf(pool, due),
  async readVault(merchantId, vaultId) {
    const item = (await readVaultItems(pool, [{ merchantId, vaultId }])).get(vaultId);
    if (item === undefined) throw new Error(`vault item ${vaultId} is not there`);
    return item;
  },
  findAttempt: (reference) => findAttempt(pool, reference),
  readCursor: (rail) => readCursor(pool, rail),
  saveCursor: (rail, cursor) => saveCursor(pool, rail, cursor),
  tidy: () => analyzeGrownTables(pool),
});

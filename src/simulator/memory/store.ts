import type { Chance } from "../chance.ts";
import type { Faults } from "../faults.ts";
import type { Place } from "../points.ts";
import type { Process } from "../process.ts";
import type { Timeline } from "../timeline.ts";
import type { PaymentStore } from "../../payments.ts";
import type { Reader } from "../../dialects/services.ts";
import { keyOf } from "../../store/working-copy.ts";
import type { MemoryDatabase } from "./database.ts";
import { memoryReader } from "./reader.ts";
import { MemorySession } from "./session.ts";

/** The database in memory as one process reaches it. */
export function memoryStore(ports: {
  database: MemoryDatabase;
  process: Process;
  timeline: Timeline;
  faults: Faults;
  chance: Chance;
}): { store: PaymentStore; reader: Reader } {
  const { database, process, chance } = ports;
  const { tables } = database;
  const at = <T>(place: Place, work: () => T) =>
    process.port(place, chance.between(1, 3), () => {
      database.mayAnswer();
      return work();
    });
  const attemptOf = (merchantId: string, payoutId: string) => tables.attempts.get(keyOf(merchantId, payoutId))?.at(-1);
  const store: PaymentStore = {
    openSession: () => MemorySession.open(ports),
    readDue: (rail, work, most, without) =>
      at("read.due", () =>
        [...tables.payouts.values()]
          .filter((p) => p.rail === rail && p.nextAt !== null && p.nextAt <= database.now)
          .filter((p) => (work === "send" ? p.state === "queued" && !p.frozen : p.state !== "queued"))
          .filter((p) => !without.includes(p.merchantId))
          .sort((one, other) => one.nextAt! - other.nextAt! || (one.id < other.id ? -1 : 1))
          .slice(0, most)
          .map(({ merchantId, id }) => ({ merchantId, id })),
      ),
    readVaultOf: (due) =>
      at("read.vault", () => {
        const items = due.map(({ merchantId, id }) =>
          tables.vault.get(keyOf(merchantId, attemptOf(merchantId, id)!.vaultId))!,
        );
        return new Map(items.map((item) => [item.vaultId, item]));
      }),
    readVault: (merchantId, vaultId) =>
      at("read.vault", () => {
        const item = tables.vault.get(keyOf(merchantId, vaultId));
        if (item === undefined) throw new Error(`vault item ${vaultId} is not there`);
        return item;
      }),
    findAttempt: (reference) => at("read.attempt", () => tables.byReference.get(reference)),
    readCursor: (rail) => at("read.cursor", () => tables.cursors.get(rail) ?? ""),
    saveCursor: (rail, cursor) => at("save.cursor", () => void tables.cursors.set(rail, cursor)),
    tidy: () => Promise.resolve(),
  };
  return { store, reader: memoryReader(tables, (work) => at("read.story", work)) };
}

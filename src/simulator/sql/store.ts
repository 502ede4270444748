import type pg from "pg";
import type { Chance } from "../chance.ts";
import type { Place } from "../points.ts";
import type { Process } from "../process.ts";
import { postgresStore } from "../../payment-store.ts";
import type { PaymentStore } from "../../payments.ts";
import type { Reader } from "../../dialects/services.ts";
import { openReader } from "../../store/reader.ts";
import { sessionOn } from "../../store/session.ts";
import { numberSql } from "../../store/transaction.ts";
import { SqlConnection } from "./connection.ts";
import type { SqlDatabase } from "./database.ts";

/** The production store as one simulated process has it, on simulated connections. */
export function sqlStore(ports: { database: SqlDatabase; process: Process; chance: Chance }): {
  store: PaymentStore;
  reader: Reader;
} {
  const { database, process, chance } = ports;
  const open = (place?: Place): SqlConnection => {
    const connection = new SqlConnection({ ...ports, ...(place !== undefined && { place }) });
    database.connect(connection);
    return connection;
  };
  const storeAt = (place: Place) =>
    postgresStore(
      "",
      poolOf(() => open(place)),
    );
  const { readDue } = storeAt("read.due");
  const { readVaultOf, readVault } = storeAt("read.vault");
  const { findAttempt } = storeAt("read.attempt");
  const { readCursor } = storeAt("read.cursor");
  const { saveCursor } = storeAt("save.cursor");
  const store: PaymentStore = {
    async openSession() {
      const client = (await process.port("db.open", chance.between(1, 5), () => open())) as unknown as pg.Client;
      return sessionOn(client, await numberSql(client));
    },
    readDue,
    readVaultOf,
    readVault,
    findAttempt,
    readCursor,
    saveCursor,
    tidy: () => Promise.resolve(),
  };
  return { store, reader: openReader(poolOf(() => open("read.story"))) };
}

/** A pool with a connection for everybody who asks. */
const poolOf = (open: () => SqlConnection): pg.Pool =>
  ({ connect: () => new Promise((resolve) => resolve(open())) }) as unknown as pg.Pool;

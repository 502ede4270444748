import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import type { Reader } from "../../dialects/services.ts";
import type { PaymentStore } from "../../payments.ts";
import { postgresStore } from "../../payment-store.ts";
import { openReader } from "../../store/reader.ts";
import { Chance } from "../chance.ts";
import { Faults } from "../faults.ts";
import type { MemoryDatabase } from "../memory/database.ts";
import { memoryStore } from "../memory/store.ts";
import type { Tables } from "../memory/tables.ts";
import type { Process } from "../process.ts";
import { manners } from "../rails.ts";
import { Timeline } from "../timeline.ts";
import { drawProfile } from "../profile.ts";

type Reads = Pick<PaymentStore, "readDue" | "readVaultOf" | "readVault" | "findAttempt"> & Reader;

/** Asks both databases everything that a server asks, and tells what they answer otherwise. */
export async function differentReads(tables: Tables, now: number, pool: pg.Pool): Promise<string[]> {
  const postgres: Reads = { ...postgresStore("", pool), ...openReader(pool) };
  const memory = readsAtOnce(tables, now);
  const found: string[] = [];
  const compare = async (what: string, ask: (reads: Reads) => Promise<unknown>): Promise<void> => {
    const [one, other] = [plain(await ask(memory)), plain(await ask(postgres))];
    if (!isDeepStrictEqual(one, other)) found.push(`${what}: memory answers otherwise than PostgreSQL`);
  };
  for (const [merchantId] of tables.merchants) {
    await compare(`merchant ${merchantId}`, (reads) => reads.merchant(merchantId));
    await compare(`accounts of ${merchantId}`, (reads) => reads.accounts(merchantId));
    await compare(`customer of ${merchantId}`, (reads) => reads.customer(merchantId, "customer-1"));
    for (const {
      rules: { name: rail },
    } of Object.values(manners))
      for (const work of ["send", "ask"] as const)
        for (const without of [[], [merchantId]])
          await compare(`due to ${work} on ${rail}`, (reads) => reads.readDue(rail, work, 20, without));
  }
  for (const { merchantId, id, handle } of tables.payouts.values()) {
    await compare(`payout ${id}`, (reads) => reads.story(merchantId, id));
    await compare(`approval of ${id}`, (reads) => reads.lastTime(merchantId, id, "approved"));
    await compare(`payout ${handle}`, (reads) => reads.storyOf(merchantId, handle));
    await compare(`where ${id} goes`, (reads) => reads.readVaultOf([{ merchantId, id }]));
  }
  for (const { merchantId, payoutId, attempt, reference, vaultId } of tables.byReference.values()) {
    await compare(`answers about ${reference}`, (reads) => reads.answers(merchantId, payoutId, attempt));
    await compare(`vault item ${vaultId}`, (reads) => reads.readVault(merchantId, vaultId));
    const found = (reads: Reads) =>
      reads.findAttempt(reference).then((one) => [one?.merchantId, one?.payoutId, one?.attempt]);
    await compare(`attempt ${reference}`, found);
  }
  for (const { merchantId, id, customer } of tables.methods.values()) {
    await compare(`method ${id}`, (reads) => reads.method(merchantId, id));
    await compare(`card kept as ${customer}`, (reads) => reads.keptCard(merchantId, customer));
  }
  return found;
}

/** The reads of the database in memory, without anybody who has to wait for them. */
function readsAtOnce(tables: Tables, now: number): Reads {
  const chance = new Chance("reads");
  const { store, reader } = memoryStore({
    database: { tables, now, mayAnswer: () => {} } as unknown as MemoryDatabase,
    process: { port: async (_: string, __: number, work: () => unknown) => work() } as unknown as Process,
    chance,
    faults: new Faults(drawProfile(chance), chance, () => {}, undefined),
    timeline: new Timeline(),
  });
  return { ...store, ...reader };
}

/** Nobody who tells a story has a use for a sealed number: the database in memory leaves it in. */
const plain = (answer: unknown): unknown => {
  if (answer === null || typeof answer !== "object" || !("attempts" in answer)) return answer;
  const attempts = answer.attempts as { vault: Record<string, unknown> }[];
  const facts = (vault: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(vault).filter(([name]) => !["merchantId", "sealed", "at"].includes(name)));
  return { ...answer, attempts: attempts.map((one) => ({ ...one, vault: facts(one.vault) })) };
};

import { checkBooks } from "../../store/check.ts";
import { Tables } from "../memory/tables.ts";
import type { Recorded } from "../record.ts";
import { runWorld } from "../run.ts";
import { World } from "../world.ts";
import { readBooks } from "./books.ts";
import { addMerchant, connect, empty, openPool, prepare, setNow } from "./connect.ts";
import { differences } from "./difference.ts";
import { differentReads } from "./reads.ts";
import { Replay } from "./replay.ts";

/** How the database in memory and PostgreSQL compare. */
export interface Conformance {
  seeds: number;
  batches: number;
  /** Batches that were open while another one was. */
  beside: number;
  refused: number;
  readonly differences: { readonly seed: number; readonly what: string }[];
}

/**
 * Runs seeds on the database in memory, and then all their batches on the PostgreSQL at `url`, an empty database with the schema.
 * Every batch has to come to the same, the same rows have to stand in the end, and they have to keep every invariant.
 */
export async function conform(
  url: string,
  seeds: Iterable<number>,
  onSeed: (sofar: Conformance) => void = () => {},
): Promise<Conformance> {
  const sum: Conformance = { seeds: 0, batches: 0, beside: 0, refused: 0, differences: [] };
  const client = await connect(url);
  const pool = openPool(url);
  const replay = new Replay(url);
  try {
    await prepare(client);
    for (const seed of seeds) {
      const { recorded, moments } = await recordSeed(seed);
      await empty(client);
      let done = 0;
      for (const { at, tables, now } of moments) {
        const later = now + aWhileMs;
        if (done === 0) for (const merchant of tables.merchants.values()) await addMerchant(client, merchant);
        await replay.run(recorded.slice(done, at));
        done = at;
        await setNow(pool, later);
        const inPostgres = new Tables();
        await readBooks(client, inPostgres);
        const found = [
          ...replay.differences.splice(0),
          ...differences(tables, inPostgres, ["memory", "PostgreSQL"]),
          ...(await differentReads(tables, later, pool)),
          ...(await checkBooks(pool, false)).map(({ invariant, rows }) => `${invariant}: ${JSON.stringify(rows)}`),
        ];
        sum.differences.push(...found.map((what) => ({ seed, what })));
      }
      await replay.giveUp();
      sum.seeds += 1;
      count(sum, recorded);
      onSeed(sum);
    }
  } finally {
    await replay.close();
    await pool.end();
    await client.end();
  }
  return sum;
}

/** After so many steps the two are compared. */
const compareEvery = 50;
/** So much later everything under way is due. */
const aWhileMs = 86_400_000;

/** What the tables in memory held when so much had been recorded. */
interface Moment {
  readonly at: number;
  readonly tables: Tables;
  readonly now: number;
}

/** Everything that a seed does to the database, and its tables now and then, and at the end. */
async function recordSeed(seed: number): Promise<{ recorded: Recorded[]; moments: Moment[] }> {
  const recorded: Recorded[] = [];
  const moments: Moment[] = [];
  const keep = (tables: Tables) => moments.push({ at: recorded.length, tables, now: world.database.now });
  const record = (event: Recorded): void => {
    if (recorded.push(event) % compareEvery === 0) keep(copyOf(world.database.tables));
  };
  const world = new World({ seed, record });
  await runWorld(world, seed);
  keep(world.database.tables);
  return { recorded, moments };
}

function copyOf(tables: Tables): Tables {
  const copy = new Tables();
  for (const [name, rows] of Object.entries(copy))
    for (const [key, value] of tables[name as keyof Tables] as unknown as ReadonlyMap<string, unknown>)
      (rows as Map<string, unknown>).set(key, Array.isArray(value) ? [...value] : value);
  return copy;
}

function count(sum: Conformance, recorded: readonly Recorded[]): void {
  const open = new Set<string>();
  for (const { kind, xid } of recorded) {
    if (kind === "refused") sum.refused += 1;
    if (kind !== "read") open.delete(xid);
    else {
      sum.batches += 1;
      if (open.size > 0) sum.beside += 1;
      open.add(xid);
    }
  }
}

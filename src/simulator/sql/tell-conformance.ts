import { conform } from "./conformance.ts";
import { openDatabases } from "./server.ts";

/** Holds the database in memory against PostgreSQL, and prints what came of it. False: they differ. */
export async function tellConformance(say: (line: string) => void, from: number, count: number): Promise<boolean> {
  const { urls, close } = await openDatabases(1);
  try {
    const startedAt = performance.now();
    const seeds = Array.from({ length: count }, (_, at) => from + at);
    const { batches, beside, refused, differences } = await conform(urls[0]!, seeds);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    say(`${count} seeds in ${seconds} s: ${batches} batches, ${beside} of them beside others, ${refused} refused`);
    for (const { seed, what } of differences.slice(0, 20)) say(`seed ${seed}: ${what}`);
    say(`${differences.length} differences between the database in memory and PostgreSQL`);
    return differences.length === 0;
  } finally {
    await close();
  }
}

import type pg from "pg";
import type { Config } from "./config.ts";
import { Armed } from "./engine/armed.ts";
import type { Log } from "./log.ts";
import { within } from "./clock.ts";
import type { Rail } from "./rails/rail.ts";
import { witnessIn } from "./witness.ts";

export interface ArmedSurroundings {
  readonly config: Config;
  /** The installation's id. */
  readonly installation: string;
  readonly pool: pg.Pool;
  readonly rails: readonly Rail[];
  readonly log: Log;
  say(line: string): void;
}

/** Finds out whether the database is the one that it was. Banks have three seconds to tell what they know; who is late is asked again. */
export async function openArmed({ config, installation, pool, rails, log, say }: ArmedSurroundings): Promise<Armed> {
  const armed = await Armed.open({
    pool,
    rails,
    installation,
    name: config.installation,
    witness: witnessIn(config.dataDir),
    now: Date.now,
    log: (event, message) => log.warn(event, message),
    say: (because) => howToArm(because).forEach(say),
  });
  await within(
    3_000,
    armed.look().catch(() => undefined),
  );
  return armed;
}

const howToArm = (because: string): string[] => [
  `Payouts are taken on, but nothing is sent: this database is not trusted, because ${because}.`,
  'Look into it (docs/backup.md), and then: disburse arm --reason "restored the backup of …"',
];

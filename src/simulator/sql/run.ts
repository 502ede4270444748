import { runSeed, type Outcome } from "../run.ts";
import type { WorldOptions } from "../world.ts";
import { SqlDatabase } from "./database.ts";
import { Ground } from "./ground.ts";

/** What runs by itself looks around so much more seldom: each look is three statements that have to be waited for. */
const pace = 60;

/** Runs seeds on a PostgreSQL database with the schema, one after another. */
export interface SqlRunner {
  run(options: WorldOptions): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openRunner(url: string): Promise<SqlRunner> {
  const ground = await Ground.open(url);
  return {
    async run(options) {
      await ground.clear();
      return runSeed({ ...options, pace, openDatabase: (ports) => new SqlDatabase(ground, ports) });
    },
    close: () => ground.close(),
  };
}

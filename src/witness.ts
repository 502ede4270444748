import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSeen, type Seen, type Witness } from "./engine/witness.ts";
import { saveSecret } from "./secret-file.ts";

/** The witness in the data folder: `witness.json`, readable by its owner only, written whole or not at all. */
export function witnessIn(dataDir: string): Witness {
  const file = join(dataDir, "witness.json");
  return {
    read() {
      try {
        const seen: unknown = JSON.parse(readFileSync(file, "utf8"));
        return isSeen(seen) ? seen : undefined;
      } catch {
        return undefined; // none, or not readable: whoever knows nothing is a stranger
      }
    },
    write(seen: Seen) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      saveSecret(file, `${JSON.stringify(seen)}\n`, { overwrite: true });
    },
  };
}

import type { Chance } from "./chance.ts";
import type { Process } from "./process.ts";
import type { Profile } from "./profile.ts";

/** What goes wrong, and when. Every fault has a name, so that a run can be told to let only some of them happen. */
export class Faults {
  readonly profile: Profile;
  readonly fired: string[] = [];
  readonly points = new Map<string, number>();
  readonly #chance: Chance;
  readonly #streams = new Map<string, { readonly chance: Chance; draws: number }>();
  readonly #only: ReadonlySet<string> | undefined;
  readonly #tell: (line: string) => void;
  /** Off: nothing goes wrong any more. */
  on = true;
  #kills = 0;

  constructor(profile: Profile, chance: Chance, tell: (line: string) => void, only: ReadonlySet<string> | undefined) {
    this.profile = profile;
    this.#chance = chance;
    this.#tell = tell;
    this.#only = only;
  }

  happens(kind: string, probability: number, where = ""): boolean {
    if (probability <= 0) return false;
    let stream = this.#streams.get(kind);
    if (stream === undefined) this.#streams.set(kind, (stream = { chance: this.#chance.of(kind), draws: 0 }));
    stream.draws += 1;
    if (!stream.chance.happens(probability) || !this.on) return false;
    const name = `${kind}#${stream.draws}`;
    if (this.#only !== undefined && !this.#only.has(name)) return false;
    this.fired.push(name);
    this.#tell(`FAULT ${name} ${where}`);
    return true;
  }

  /** A named place in the code of a process, where it may be killed or paused. */
  atPoint(point: string, process: Process): void {
    this.points.set(point, (this.points.get(point) ?? 0) + 1);
    if (!this.on) return;
    const { killAt, mostKills, pauseAt, pauseMs } = this.profile;
    if (this.#kills < mostKills && this.happens(`kill at ${point}`, killAt[point] ?? 0, process.name)) {
      this.#kills += 1;
      process.kill();
    } else if (this.happens(`pause at ${point}`, pauseAt[point] ?? 0, process.name)) {
      process.pause(pauseMs);
    }
  }

  /** A kill at any time, wherever the process happens to be. */
  mayKill(): boolean {
    if (this.#kills >= this.profile.mostKills) return false;
    this.#kills += 1;
    return true;
  }

  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const name of this.fired) {
      const kind = name.slice(0, name.indexOf("#"));
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }
}

interface Waiting<V> {
  readonly resolve: (value: V | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Keys that are asked for in one read. */
const mostKeys = 100;

/**
 * Reads for many in one go: who asks while a read of the same group is under way shares the next one, so that a crowd costs little
 * more than one. Nobody waits for a timer, and nobody is told what was read before they asked.
 */
export class Gathering<V> {
  readonly #read: (group: string, keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  readonly #waiting = new Map<string, Map<string, Waiting<V>[]>>();
  readonly #underWay = new Set<string>();

  constructor(read: (group: string, keys: readonly string[]) => Promise<ReadonlyMap<string, V>>) {
    this.#read = read;
  }

  /** What is read under a key of a group; undefined: nothing. Rejects as the read does. */
  ask(group: string, key: string): Promise<V | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(group) ?? new Map<string, Waiting<V>[]>();
      this.#waiting.set(group, waiting);
      const same = waiting.get(key);
      if (same === undefined) waiting.set(key, [{ resolve, reject }]);
      else same.push({ resolve, reject });
      this.#begin(group);
    });
  }

  #begin(group: string): void {
    if (this.#underWay.has(group) || !this.#waiting.has(group)) return;
    this.#underWay.add(group);
    void this.#readSome(group).finally(() => {
      this.#underWay.delete(group);
      this.#begin(group);
    });
  }

  async #readSome(group: string): Promise<void> {
    const taken = this.#take(group);
    try {
      const found = await this.#read(group, [...taken.keys()]);
      for (const [key, callers] of taken) for (const { resolve } of callers) resolve(found.get(key));
    } catch (error) {
      for (const callers of taken.values()) for (const { reject } of callers) reject(error);
    }
  }

  #take(group: string): ReadonlyMap<string, readonly Waiting<V>[]> {
    const waiting = this.#waiting.get(group)!;
    const taken = new Map([...waiting].slice(0, mostKeys));
    for (const key of taken.keys()) waiting.delete(key);
    if (waiting.size === 0) this.#waiting.delete(group);
    return taken;
  }
}

/** A transaction, as far as locks see it. */
export interface Holder {
  readonly xid: string;
  /** Keys that it holds. */
  readonly held: Set<string>;
  waitsFor: string | undefined;
}

interface Waiting {
  readonly holder: Holder;
  grant(): void;
}

/** Row locks: exclusive, granted in the order in which they were asked for, kept until the transaction ends. */
export class Locks {
  readonly #owners = new Map<string, Holder>();
  readonly #lines = new Map<string, Waiting[]>();

  /** True: it is granted now. False: `grant` is called when it is. */
  take(holder: Holder, key: string, grant: () => void): boolean {
    const owner = this.#owners.get(key);
    if (owner === undefined || owner === holder) {
      this.#own(holder, key);
      return true;
    }
    const line = this.#lines.get(key) ?? [];
    line.push({ holder, grant });
    holder.waitsFor = key;
    this.#lines.set(key, line);
    return false;
  }

  #giveUp(holder: Holder): void {
    if (holder.waitsFor === undefined) return;
    const line = this.#lines.get(holder.waitsFor)?.filter((waiting) => waiting.holder !== holder);
    if (line !== undefined) this.#lines.set(holder.waitsFor, line);
    holder.waitsFor = undefined;
  }

  /** Whether waiting for `key` would be waiting for oneself. */
  isCircle(holder: Holder, key: string): boolean {
    const seen = new Set<Holder>();
    for (let wanted: string | undefined = key; wanted !== undefined;) {
      const owner = this.#owners.get(wanted);
      if (owner === undefined || seen.has(owner)) return false;
      if (owner === holder) return true;
      seen.add(owner);
      wanted = owner.waitsFor;
    }
    return false;
  }

  /** The transaction is over: it holds nothing and waits for nothing. */
  release(holder: Holder): void {
    this.#giveUp(holder);
    for (const key of holder.held) {
      this.#owners.delete(key);
      const next = this.#lines.get(key)?.shift();
      if (next === undefined) continue;
      next.holder.waitsFor = undefined;
      this.#own(next.holder, key);
      next.grant();
    }
    holder.held.clear();
  }

  #own(holder: Holder, key: string): void {
    this.#owners.set(key, holder);
    holder.held.add(key);
  }
}

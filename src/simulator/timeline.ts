/** What happens at an instant. A promise is waited for before anything else happens. */
type Happening = () => void | Promise<void>;

interface Entry {
  readonly at: number;
  readonly order: number;
  run: Happening | null;
}

/** Virtual time: nothing happens but in order, one thing after another, and between two of them no time passes. */
export class Timeline {
  /** Milliseconds since the beginning. */
  now = 0;
  steps = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  /** Has something happen `ms` from now, unless the returned function is called before. */
  after(ms: number, run: Happening): () => void {
    const entry: Entry = { at: this.now + Math.max(0, Math.round(ms)), order: (this.#order += 1), run };
    this.#push(entry);
    return () => void (entry.run = null);
  }

  /** Lets everything happen until `done` says so, nothing is left, or `mostMs` have passed. Tells whether `done` was reached. */
  async run(done: () => boolean, mostMs: number): Promise<boolean> {
    const end = this.now + mostMs;
    await drained();
    while (!done()) {
      const entry = this.#heap[0];
      if (entry === undefined || entry.at > end) return false;
      this.#pop();
      if (entry.run === null) continue;
      this.now = Math.max(this.now, entry.at);
      this.steps += 1;
      const waiting = entry.run();
      if (waiting !== undefined) await waiting;
      await drained();
    }
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** Resolves when every promise that could go on has gone on. */
const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

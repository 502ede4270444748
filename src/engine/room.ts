/** Room for so many at a time; who finds none waits their turn. */
export class Room {
  readonly #size: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  #used = 0;
  constructor(size: number) {
    this.#size = size;
  }

  get used(): number {
    return this.#used;
  }

  /** Runs `work`, which does not reject, as soon as there is room. */
  enter(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#next();
  }

  #next(): void {
    while (this.#used < this.#size) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      this.#used += 1;
      void work().finally(() => {
        this.#used -= 1;
        this.#next();
      });
    }
  }
}

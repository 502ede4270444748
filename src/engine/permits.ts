/** A merchant counts as being there for so long after it last took a permit, or wanted one. */
const presentMs = 60_000;

/**
 * So many at once. Where several merchants are there, the last eighth of the room is kept from one that has an eighth of it waiting
 * for commits already: a merchant whose rows somebody holds locked does not keep all the others waiting.
 */
export class Permits {
  readonly #most: () => number;
  readonly #monotonic: () => number;
  readonly #waiting = new Map<string, number>();
  #underWay = 0;
  #latest: string | undefined;
  #otherUntil = -Infinity;

  constructor(most: () => number, { monotonic }: { monotonic(): number }) {
    this.#most = most;
    this.#monotonic = monotonic;
  }

  get underWay(): number {
    return this.#underWay;
  }

  free(): number {
    return Math.max(0, this.#most() - this.#underWay);
  }

  /**
   * Room for one more, which waits for its commit until {@link committed}, and is given back with {@link release}.
   * `othersWait`: it is known, or must be feared, that other merchants have something to do here too.
   */
  take(merchantId: string, othersWait = false): boolean {
    const free = this.free();
    const own = this.#waiting.get(merchantId) ?? 0;
    const share = Math.ceil(this.#most() / 8);
    const shared = this.#isShared(merchantId) || othersWait;
    if (free === 0 || (shared && own >= share && free <= share)) return false;
    this.#waiting.set(merchantId, own + 1);
    this.#underWay += 1;
    return true;
  }

  #isShared(merchantId: string): boolean {
    const now = this.#monotonic();
    if (this.#latest !== undefined && this.#latest !== merchantId) this.#otherUntil = now + presentMs;
    this.#latest = merchantId;
    return now < this.#otherUntil;
  }

  /** Its commit is through, or has failed. */
  committed(merchantId: string): void {
    const own = (this.#waiting.get(merchantId) ?? 0) - 1;
    if (own > 0) this.#waiting.set(merchantId, own);
    else this.#waiting.delete(merchantId);
  }

  release(): void {
    this.#underWay -= 1;
  }
}

/**
 * So many at once. Of those that still wait for their commit, the last eighth of the room is kept from a merchant that has taken an
 * eighth already: a merchant whose rows somebody holds locked does not keep all the others waiting.
 */
export class Permits {
  readonly #most: () => number;
  readonly #waiting = new Map<string, number>();
  #underWay = 0;

  constructor(most: () => number) {
    this.#most = most;
  }

  get underWay(): number {
    return this.#underWay;
  }

  free(): number {
    return Math.max(0, this.#most() - this.#underWay);
  }

  /** Room for one more, which waits for its commit until {@link committed}, and is given back with {@link release}. */
  take(merchantId: string): boolean {
    const free = this.free();
    if (free === 0) return false;
    const own = this.#waiting.get(merchantId) ?? 0;
    const share = Math.ceil(this.#most() / 8);
    if (own >= share && free <= share) return false;
    this.#waiting.set(merchantId, own + 1);
    this.#underWay += 1;
    return true;
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

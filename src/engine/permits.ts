/** A merchant counts as being there for so long after it last took a permit, or wanted one. */
const presentMs = 60_000;
/** The line is full when so many times as many wait as there is room for: they come in within a fraction of a second. */
const roomsInLine = 2;
/** For so long room is kept for what is due. */
const keptMs = 1_000;

/** A place in the line for a permit. */
export interface Turn {
  /** Resolves when the permit is there: it is held from then on. */
  readonly came: Promise<void>;
  /** Whoever waits no longer leaves. False: the permit has come, and is to be used or given back. */
  leave(): boolean;
}

interface Place {
  readonly since: number;
  come(): void;
}

/**
 * So many at once. Where there is no room one can wait in line: merchants take turns, and nobody takes what is free past those who
 * wait. Where several merchants are there, the last eighth of the room is kept from one that has an eighth of it waiting for commits
 * already: a merchant whose rows somebody holds locked does not keep all the others waiting.
 */
export class Permits {
  readonly #most: () => number;
  readonly #monotonic: () => number;
  readonly #uncommitted = new Map<string, number>();
  #allUncommitted = 0;
  readonly #line = new Map<string, Set<Place>>();
  #inLine = 0;
  #underWay = 0;
  #latest: string | undefined;
  #otherUntil = -Infinity;
  #keptUntil = -Infinity;

  constructor(most: () => number, { monotonic }: { monotonic(): number }) {
    this.#most = most;
    this.#monotonic = monotonic;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Most of what is under way waits for commits: it is not the bank that is slow. */
  get waitsForCommits(): boolean {
    return 2 * this.#allUncommitted > this.#underWay;
  }

  free(): number {
    return Math.max(0, this.#most() - this.#underWay);
  }

  /** How long the first of a merchant in the line has waited; 0: nobody does. In milliseconds. */
  waitOf(merchantId: string): number {
    const [first] = this.#line.get(merchantId) ?? [];
    return first === undefined ? 0 : this.#monotonic() - first.since;
  }

  /** Whether the line is full, and a merchant has its share of it: who has less may still join it. */
  isFull(merchantId: string): boolean {
    const places = roomsInLine * this.#most();
    const own = this.#line.get(merchantId)?.size ?? 0;
    return this.#inLine >= places && own >= Math.ceil(places / (this.#line.size + 1));
  }

  /**
   * Room for one more, which waits for its commit until {@link committed}, and is given back with {@link release}. For what was
   * taken on already, and goes past the line.
   */
  takeDue(merchantId: string): boolean {
    this.#isShared(merchantId);
    return this.free() > 0 && this.#isFor(merchantId, true) && this.#hold(merchantId);
  }

  /** The same for what is new. */
  take(merchantId: string): boolean {
    const shared = this.#isShared(merchantId);
    return this.#line.size === 0 && this.#hasRoom() && this.#isFor(merchantId, shared) && this.#hold(merchantId);
  }

  /** There is something due, and no room: for a second, an eighth is kept from what is new. */
  keepForDue(): void {
    this.#keptUntil = this.#monotonic() + keptMs;
  }

  /** A place in the line, to be left after a while. */
  waitFor(merchantId: string): Turn {
    let came = (): void => {};
    const place: Place = { since: this.#monotonic(), come: () => came() };
    const turn = new Promise<void>((resolve) => (came = resolve));
    const line = this.#line.get(merchantId);
    if (line === undefined) this.#line.set(merchantId, new Set([place]));
    else line.add(place);
    this.#inLine += 1;
    this.admit();
    return { came: turn, leave: () => this.#leave(merchantId, place) };
  }

  /** Its commit is through, or has failed. */
  committed(merchantId: string): void {
    const own = (this.#uncommitted.get(merchantId) ?? 0) - 1;
    if (own > 0) this.#uncommitted.set(merchantId, own);
    else this.#uncommitted.delete(merchantId);
    this.#allUncommitted -= 1;
    this.admit();
  }

  release(): void {
    this.#underWay -= 1;
    this.admit();
  }

  /** Gives what is free to those who wait, in turns; to be called when there is more room than before. */
  admit(): void {
    for (const [merchantId, line] of this.#line) {
      if (!this.#hasRoom()) return;
      const [first] = line;
      if (first === undefined || !this.#isFor(merchantId, this.#isShared(merchantId))) continue;
      this.#leave(merchantId, first);
      const rest = this.#line.get(merchantId);
      if (rest !== undefined) {
        this.#line.delete(merchantId); // to the end of the line, which this loop comes to as well
        this.#line.set(merchantId, rest);
      }
      this.#hold(merchantId);
      first.come();
    }
  }

  #leave(merchantId: string, place: Place): boolean {
    const line = this.#line.get(merchantId);
    const waited = line?.delete(place) === true;
    if (waited) this.#inLine -= 1;
    if (line?.size === 0) this.#line.delete(merchantId);
    return waited;
  }

  /** Whether there is room for what is new. */
  #hasRoom(): boolean {
    const kept = this.#monotonic() < this.#keptUntil ? this.#share() : 0;
    return this.free() > kept;
  }

  #isFor(merchantId: string, shared: boolean): boolean {
    const own = this.#uncommitted.get(merchantId) ?? 0;
    return !(shared && own >= this.#share() && this.free() <= this.#share());
  }

  #hold(merchantId: string): true {
    this.#uncommitted.set(merchantId, (this.#uncommitted.get(merchantId) ?? 0) + 1);
    this.#allUncommitted += 1;
    this.#underWay += 1;
    return true;
  }

  readonly #share = (): number => Math.ceil(this.#most() / 8);

  #isShared(merchantId: string): boolean {
    const now = this.#monotonic();
    if (this.#latest !== undefined && this.#latest !== merchantId) this.#otherUntil = now + presentMs;
    this.#latest = merchantId;
    return now < this.#otherUntil;
  }
}

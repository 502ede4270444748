/**
 * Counts the bytes of the bodies that are being worked on, of all callers together. How many commands wait is bounded by the
 * committer; this bounds how large they are together.
 */
export class Bodies {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether so many bytes more may be worked on; then {@link leave} follows. */
  enter(bytes: number): boolean {
    if (bytes > 0 && this.#bytes + bytes > this.#most) return false;
    this.#bytes += bytes;
    return true;
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
  }
}

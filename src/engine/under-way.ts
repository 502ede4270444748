export interface UnderWayPorts {
  within<T>(ms: number, work: Promise<T>): Promise<T | undefined>;
  log(event: Record<string, unknown>, message: string): void;
}

/** Work that goes on by itself, whoever began it: nobody waits for it but whoever stops the server. */
export class UnderWay {
  readonly #ports: UnderWayPorts;
  readonly #work = new Set<Promise<unknown>>();

  constructor(ports: UnderWayPorts) {
    this.#ports = ports;
  }

  follow(work: Promise<unknown>): void {
    const followed = work.catch((error: unknown) =>
      this.#ports.log({ err: error }, "a payout was not carried on; it will be looked at again"),
    );
    this.#work.add(followed);
    void followed.finally(() => this.#work.delete(followed));
  }

  /** Resolves when nothing is under way any more, or after `mostMs`. */
  async quiet(mostMs: number): Promise<void> {
    const done = async () => {
      while (this.#work.size > 0) await Promise.all(this.#work);
    };
    await this.#ports.within(mostMs, done());
  }
}

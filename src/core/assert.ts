/** A promise of our own that did not hold. The committer drops the one command that broke it; nothing else catches it. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Throws {@link BrokenPromise} when `holds` is false: for what can only be a fault of ours, never for input. */
export function assert(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new BrokenPromise(promise);
}

import type { KeyRing, Random } from "./keys.ts";
import { open, readEnvelope, seal, SealFault } from "./seal.ts";

/** A data key as it lies in the database. */
export interface Wrapped {
  readonly masterKeyId: string;
  /** What the master key's keeper made of it: opaque to everybody else. */
  readonly wrapped: string;
}

/**
 * Whoever keeps the master keys: the environment, a file, or a key management system of the operator's. It is asked once per data
 * key and start of a server, never per card.
 *
 * `context` says which data key it is; what was wrapped for one context should not unwrap for another, but the vault does not
 * rely on that.
 */
export interface KeyKeeper {
  /** The master key that wraps. What is wrapped under another one, a rotation wraps anew. */
  readonly currentId: string;
  wrap(plain: Buffer, context: string): Promise<Wrapped>;
  /** Rejects with a SealFault for a key that is not there, and for what was altered; with any other error when it cannot say now. */
  unwrap(from: Wrapped, context: string): Promise<Buffer>;
}

/** The keeper whose master keys are at hand. Throws an Error for an empty ring. */
export function ringKeeper(ring: KeyRing, random: Random): KeyKeeper {
  const { currentId } = ring;
  if (currentId === undefined) throw new Error("there is no master key to wrap with");
  const current = { id: currentId, key: ring.wrapping.get(currentId)! };
  return {
    currentId,
    wrap: (plain, context) =>
      Promise.resolve({ masterKeyId: currentId, wrapped: seal("w1", current, plain, context, random) }),
    unwrap: async (from, context) => unwrapWith(ring, from, context),
  };
}

function unwrapWith(ring: KeyRing, { masterKeyId, wrapped }: Wrapped, context: string): Buffer {
  const key = ring.wrapping.get(masterKeyId);
  if (key === undefined)
    throw new SealFault("unknown_key", `wrapped under master key ${masterKeyId}, which is not there`);
  const envelope = readEnvelope(wrapped, "w1");
  if (envelope.keyId !== masterKeyId)
    throw new SealFault("not_authentic", `not wrapped under master key ${masterKeyId}`);
  return open(envelope, key, context);
}

/** Two keepers as one, for moving from one to the other: the first wraps; what the ring's keys have wrapped, the ring unwraps. */
export const keeperBeside = (
  outside: KeyKeeper,
  ring: KeyRing,
  random: Random,
  wraps: "outside" | "ring",
): KeyKeeper => {
  const wrapping = wraps === "outside" ? outside : ringKeeper(ring, random);
  return {
    currentId: wrapping.currentId,
    wrap: (plain, context) => wrapping.wrap(plain, context),
    unwrap: async (from, context) =>
      ring.wrapping.has(from.masterKeyId) ? unwrapWith(ring, from, context) : outside.unwrap(from, context),
  };
};

import type { Due } from "./expected.ts";
import type { Taken } from "./receiver.ts";

export interface Verdict {
  /** Numbers that have to be 0. */
  readonly lost: number;
  readonly unasked: number;
  readonly outOfOrder: number;
  readonly otherId: number;
  readonly repeats: number;
  readonly examples: readonly string[];
}

/** Holds what a receiver took against what it had to be told. */
export function judge(due: readonly Due[], taken: readonly Taken[]): Verdict {
  const examples: string[] = [];
  const first = new Map<string, number>();
  const idOf = new Map<string, string>();
  const toldBy = new Map<string, string>();
  let otherId = 0;
  taken.forEach(({ id, told }, at) => {
    if (!first.has(told)) first.set(told, at);
    const wrong = (idOf.get(told) ?? id) !== id || (toldBy.get(id) ?? told) !== told;
    if (wrong) examples.push(`${told} came under the ids ${idOf.get(told)} and ${id}`);
    otherId += wrong ? 1 : 0;
    idOf.set(told, id);
    toldBy.set(id, told);
  });
  const wanted = new Set(due.map(({ told }) => told));
  const lost = [...wanted].filter((told) => !first.has(told));
  const unasked = [...first.keys()].filter((told) => !wanted.has(told) && !/^\S+ (customer|method)_/.test(told));
  let outOfOrder = 0;
  const last = new Map<string, { at: number; told: string }>();
  for (const { told, customer } of due) {
    const at = first.get(told);
    if (at === undefined) continue;
    const before = last.get(customer);
    if (before !== undefined && before.at > at) {
      outOfOrder += 1;
      examples.push(`${customer}: ${told} came before ${before.told}`);
    }
    last.set(customer, { at, told });
  }
  examples.push(
    ...lost.map((told) => `${told} was never told`),
    ...unasked.map((told) => `${told} was not to be told`),
  );
  return {
    lost: lost.length,
    unasked: unasked.length,
    outOfOrder,
    otherId,
    repeats: taken.length - first.size,
    examples: examples.slice(0, 5),
  };
}

/** Events that a follower missed, saw twice, or saw before one that came earlier in the same payout's life. */
export function judgeFeed(
  seen: readonly { readonly payout: string; readonly version: number }[],
  versions: ReadonlyMap<string, number>,
): { missed: number; twice: number; outOfOrder: number } {
  const last = new Map<string, number>();
  let [twice, outOfOrder] = [0, 0];
  const once = new Set<string>();
  for (const { payout, version } of seen) {
    const name = `${payout} ${version}`;
    if (once.has(name)) twice += 1;
    else if (version !== (last.get(payout) ?? 0) + 1) outOfOrder += 1;
    once.add(name);
    last.set(payout, Math.max(version, last.get(payout) ?? 0));
  }
  const all = [...versions.values()].reduce((sum, version) => sum + version, 0);
  return { missed: all - once.size, twice, outOfOrder };
}

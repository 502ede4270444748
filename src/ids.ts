import { randomBytes } from "node:crypto";
import type { Ids } from "./dialects/services.ts";

const epoch = Date.UTC(2025, 0, 1);

/**
 * Row ids: 41 bits of milliseconds, 10 bits of the process, 12 bits counted within the millisecond. They grow with time, so new
 * rows land at the end of every index. Processes count from another number each, in the lower half, so that those that drew the same
 * 10 bits do not all give the same ids; should they all the same, the primary key tells them apart, and one request has to be repeated.
 */
export function startIds(now: () => number = Date.now, random: (bytes: number) => Buffer = randomBytes): Ids {
  const drawn = random(4);
  const process = BigInt(drawn.readUInt16BE() & 1023) << 12n;
  const first = drawn.readUInt16BE(2) & 2047;
  let last = 0;
  let count = first;
  return {
    row() {
      const at = Math.max(now() - epoch, last);
      if (at > last) count = first;
      else count += 1;
      if (count === 4096) {
        last += 1; // a full millisecond borrows from the next
        count = first;
      } else last = at;
      return ((BigInt(last) << 22n) | process | BigInt(count)).toString();
    },
    hex: () => random(16).toString("hex"),
  };
}

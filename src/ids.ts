import { randomBytes } from "node:crypto";
import type { Ids } from "./dialects/services.ts";

const epoch = Date.UTC(2025, 0, 1);

/**
 * Row ids: 41 bits of milliseconds, 10 bits of the process, 12 bits counted within the millisecond. They grow with time, so new
 * rows land at the end of every index; two processes that drew the same 10 bits are told apart by the primary key.
 */
export function startIds(now: () => number = Date.now, random: (bytes: number) => Buffer = randomBytes): Ids {
  const process = BigInt(random(2).readUInt16BE() & 1023) << 12n;
  let last = 0;
  let count = 0;
  return {
    row() {
      const at = Math.max(now() - epoch, last);
      if (at > last) count = 0;
      else count += 1;
      if (count === 4096) {
        last += 1; // a full millisecond borrows from the next
        count = 0;
      } else last = at;
      return ((BigInt(last) << 22n) | process | BigInt(count)).toString();
    },
    hex: () => random(16).toString("hex"),
  };
}

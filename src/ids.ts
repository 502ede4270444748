import { randomBytes } from "node:crypto";
import type { Ids } from "./dialects/services.ts";

const epoch = Date.UTC(2025, 0, 1);

/**
 * Row ids: 41 bits of milliseconds, 10 bits of the process, 12 bits counted within the millisecond. They grow with time, so new
 * rows land at the end of every index. Processes count from another number each, in the lower half, so that those that drew the same
 * 10 bits do not all give the same ids; should they all the same, the primary key tells them apart, and one request has to be repeated.
 */
export function startIds(now: () => number = Date.now, random: (bytes: number) => Buffer = drawing(randomBytes)): Ids {
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

/** Chance in small pieces, of which many are drawn at once: each draw is a call of the system. No byte is handed out twice. */
function drawing(random: (bytes: number) => Buffer): (bytes: number) => Buffer {
  const atOnce = 4_096;
  let drawn: Buffer = Buffer.alloc(0);
  return (bytes) => {
    if (drawn.length < bytes) drawn = random(atOnce);
    const piece = drawn.subarray(0, bytes);
    drawn = drawn.subarray(bytes);
    return piece;
  };
}

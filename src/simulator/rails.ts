import type { BankManner } from "./bank.ts";

/** Requests that left a server arrive within this time, or never. */
export const flightMs = 60_000;

const visibleWithinMs = 20_000;
const horizonMs = flightMs + visibleWithinMs + 10_000;

/** Few at once, so that a place which is not given back is missed. */
const concurrency = 4;

/** The banks of the simulation, by the currency that is paid over them: one of each class. */
export const manners: Readonly<Record<string, BankManner>> = {
  EUR: {
    rules: { name: "sandbox", class: "deduplicates", fences: true, horizonMs: 0, concurrency },
    remembersMs: Infinity,
    visibleWithinMs: 0,
  },
  GBP: {
    rules: { name: "asks", class: "asks", fences: false, horizonMs, concurrency },
    remembersMs: 0,
    visibleWithinMs,
  },
  USD: {
    rules: { name: "window", class: "deduplicates", windowMs: 1_200_000, fences: false, horizonMs, concurrency },
    remembersMs: 1_200_000,
    visibleWithinMs,
  },
  DKK: {
    rules: { name: "neither", class: "neither", fences: false, horizonMs, concurrency },
    remembersMs: 0,
    visibleWithinMs,
  },
};

import type { ToldPayout } from "./told.ts";

/** Makes a list of what was told that is wrong in four places: a comparison that finds nothing now is blind. */
export function tamper(told: ToldPayout[]): void {
  const known = told.filter(({ acknowledged }) => acknowledged > 0);
  const [paid, other] = known.filter(({ state }) => state === "paid");
  const failed = known.find(({ state }) => state === "failed");
  if (paid === undefined || other === undefined || failed === undefined) throw new Error("too little was told");
  told.push({ ...paid, name: `${paid.name}-that-never-was` });
  Object.assign(paid, { state: "failed", everPaid: false });
  Object.assign(other, { amountMinor: other.amountMinor + 1 });
  Object.assign(failed, { state: "paid", everPaid: true });
}

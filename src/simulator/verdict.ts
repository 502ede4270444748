import { keyOf } from "../store/working-copy.ts";
import type { Payout } from "../core/payout.ts";
import type { World } from "./world.ts";

/** Whether nothing more can become of a payout without a person. */
const isSettled = (payout: Payout): boolean =>
  ["paid", "failed", "cancelled", "returned", "awaiting_approval"].includes(payout.state) || payout.frozen;

/** Whether everything that is going to happen has happened: payouts are settled, and returns have been heard of. */
export function isAtRest(world: World): boolean {
  const { database, banks, watch } = world;
  const { tables } = database;
  for (const [key, payout] of tables.payouts) {
    if (!isSettled(payout)) return false;
    if (payout.state === "failed" && !payout.frozen && world.hasLied(key) && !hasFrozen(world, key)) return false;
  }
  for (const bank of banks.values())
    for (const transfer of bank.transfers) {
      if (transfer.status === "accepted") return false;
      const attempt = tables.byReference.get(transfer.reference);
      const payout = attempt && tables.payouts.get(keyOf(attempt.merchantId, attempt.payoutId));
      if (
        transfer.status === "returned" &&
        payout?.state === "paid" &&
        payout.attempt === attempt?.attempt &&
        !payout.frozen
      )
        return false;
    }
  return watch.violations.length === 0;
}

/** Whether the payout has an incident, or had one. */
const hasFrozen = (world: World, key: string): boolean => incidentsOf(world, key).length > 0;
const incidentsOf = ({ database }: World, key: string) => database.tables.incidents.get(key) ?? [];

/** Compares three books once everything is quiet: ours, the banks', and what clients were told. */
export function judge(world: World): void {
  const { database, watch, ledger, merchants } = world;
  const { tables } = database;
  for (const [key, payout] of tables.payouts) {
    if (!isSettled(payout)) watch.violated(`L1: stuck ${payout.state}`);
    const lied = world.hasLied(key);
    const transfers = world.transfersOf(key);
    const moved = transfers.filter(({ status }) => status === "paid" || status === "returned");
    const hasContradiction = incidentsOf(world, key).some(({ kind }) => kind === "contradiction");
    // A database whose clock jumps cannot tell which of two answers is the older one: then a false alarm is the safe side.
    if (hasContradiction && !lied && !world.profile.database.jumps)
      watch.violated("I07: an incident, though no bank contradicted itself");
    if (payout.frozen) watch.violated(`L1: still waits for a person: ${payout.state}`);
    if (lied) {
      if (moved.length > 0 && payout.state === "failed" && !hasFrozen(world, key))
        watch.violated("a bank that contradicted itself was not noticed");
      continue;
    }
    const says = (what: string) => watch.violated(`I07: ${payout.state}, but the bank ${what}`);
    if ((payout.state === "paid" || payout.state === "returned") && moved.length !== 1) says("paid nothing");
    if ((payout.state === "failed" || payout.state === "cancelled") && moved.length > 0) says("paid");
    if (payout.state === "awaiting_approval" && moved.length > 0) says("paid");
    if (payout.state === "returned" && moved[0]?.status !== "returned") says("took nothing back");
    if (payout.state === "paid" && moved[0]?.status === "returned") says("took it back");
  }
  for (const merchant of merchants)
    for (const [handle, told] of ledger.payouts) {
      const [owner, name = ""] = handle.split(" ");
      if (owner !== merchant.id) continue;
      const id = tables.names.get(keyOf(merchant.id, "payout", name));
      const payout = id === undefined ? undefined : tables.payouts.get(keyOf(merchant.id, id));
      if (payout === undefined) {
        if (told.acknowledged) watch.violated("I08: LOST: a payout that was acknowledged is not there");
        continue;
      }
      const key = keyOf(merchant.id, payout.id);
      // A copy that the network makes of a request which was answered is a retry, and no client can know of it.
      if (told.over && !world.copied.has(name) && payout.state !== "failed")
        watch.violated(`told failed for good, and it is ${payout.state}`);
      if (told.paid && payout.state !== "paid" && payout.state !== "returned")
        watch.violated(`told paid, and it is ${payout.state}`);
      const failed = (tables.attempts.get(key) ?? []).filter(({ attempt }) => attempt <= told.failedAttempts);
      const paid = failed.some(({ reference }) =>
        world.transfersOf(key).some((t) => t.reference === reference && t.status !== "declined" && !t.lied),
      );
      if (paid) watch.violated("told failed, and it was paid");
    }
}

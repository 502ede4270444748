import type { Command } from "../core/command.ts";
import { isRefusal, type Refusal } from "../core/refusal.ts";
import { resolveIncident } from "../flow/resolve.ts";
import type { World } from "./world.ts";

/**
 * Somebody who looks at the banks' statements once everything is quiet, and settles what waits for a person: with what the
 * statement says where the outcome is not known, and with nothing but a reason where it is.
 */
export async function settleIncidents(world: World): Promise<void> {
  const { database, watch } = world;
  for (const [key, { merchantId, id, state, frozen }] of database.tables.payouts) {
    if (!frozen) continue;
    const kinds = (database.tables.incidents.get(key) ?? []).flatMap((one) =>
      one.resolved === null ? [one.kind] : [],
    );
    const moved = world.transfersOf(key).some(({ status }) => status === "paid" || status === "returned");
    const outcome = kinds.includes("silence") ? (moved ? "paid" : "failed") : null;
    world.tell(`an operator settles ${id}, ${state}, ${kinds.join(" and ")}: ${outcome ?? "it may go on"}`);
    const reason = "the statement says so";
    const answer = await insist(world, resolveIncident({ merchantId, payoutId: id, by: "operator", reason, outcome }));
    if (isRefusal(answer)) watch.violated(`an operator could not settle a payout: ${answer.refused}`);
    else watch.reached(`settled by a person, after ${kinds[0] ?? "nothing"}`);
  }
}

export const waitsForSomebody = ({ database }: World): boolean =>
  [...database.tables.payouts.values()].some(({ frozen }) => frozen);

/** Commits by any server that runs, and by another one where that one does not manage to. */
async function insist<A extends object>(world: World, command: Command<A>): Promise<A | Refusal> {
  for (;;) {
    const committer = world.servers.find((server) => server !== null && server.process.pausedMs === 0)?.payments
      .committer;
    const answer = await committer?.commit(command).catch(() => undefined);
    if (answer !== undefined) return answer;
    await new Promise<void>((resolve) => world.timeline.after(5_000, resolve));
  }
}

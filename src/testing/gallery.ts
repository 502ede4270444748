import { fundMerchant } from "../flow/fund.ts";
import { approvePayout, cancelPayout, withdrawApproval } from "../flow/approve.ts";
import { parkPayout } from "../flow/park.ts";
import { resolveIncident, type StatedOutcome } from "../flow/resolve.ts";
import { sendPayout } from "../flow/send.ts";
import type { Accepted, PayoutRequest } from "../flow/request.ts";
import { accept, answer, ids, rules, tools, type TestMerchant, type World } from "./world.ts";

/** A payout in every state, by every way that leads there, each named for how it went; and money put in and taken out. */
export async function fillGallery(world: World, merchant: TestMerchant): Promise<void> {
  const later = Date.now() + 3_600_000;
  const pay = (handle: string, over: Partial<PayoutRequest> = {}) => world.commit(accept(merchant, handle, over));
  const hear = async (of: Accepted, ...verdicts: Parameters<typeof answer>[1][]) => {
    for (const verdict of verdicts) await world.commit(answer(of, verdict, { source: "inquiry" }));
  };
  const on = ({ payout }: Accepted) => [merchant.id, payout.id] as const;
  const byTwo = { door: "worldline" } as const;

  await pay("awaiting", byTwo);
  await pay("queued", { dueAt: later });
  await pay("sent");
  await hear(await pay("accepted"), "accepted");
  await hear(await pay("in_doubt"), "unanswered");
  await hear(await pay("paid"), "paid");
  await hear(await pay("paid_late"), "unanswered", "accepted", "paid");
  await hear(await pay("declined"), "declined");
  await hear(await pay("returned"), "paid", "returned");
  await hear(await pay("returned_at_once"), "unanswered", "returned");
  await world.commit(cancelPayout(...on(await pay("cancelled_awaiting", byTwo))));
  await world.commit(cancelPayout(...on(await pay("cancelled_queued", { dueAt: later }))));

  const approved = await pay("approved_twice", byTwo);
  await world.commit(approvePayout(...on(approved), later));
  await world.commit(withdrawApproval(...on(approved)));
  await world.commit(approvePayout(...on(approved), 0));
  await world.commit(sendPayout(...on(approved), "sandbox", tools));
  await hear(approved, "paid");

  const lost = await pay("sent_twice");
  await hear(lost, "unanswered");
  await world.commit(answer(lost, "never_received", { permit: true }));
  await hear(lost, "paid");
  const never = await pay("never_received");
  await hear(never, "unanswered");
  await world.commit(answer(never, "never_received", { rules: { ...rules, windowMs: 0 } }));
  await world.commit(answer(await pay("unsent"), "unsent"));
  const late = await pay("unsent_once");
  await world.commit(answer(late, "unsent"));
  await world.db.query("update payouts set next_at = now() where id = $1", [late.payout.id]);
  await world.commit(sendPayout(...on(late), "sandbox", tools));
  await hear(late, "paid");

  await hear(await pay("retried"), "declined");
  await hear(await pay("retried", { amountMinor: 2_500n }), "paid");
  await hear(await pay("retry_cancelled"), "declined");
  await world.commit(cancelPayout(...on(await pay("retry_cancelled", byTwo))));

  const dear = { amountMinor: 10_000_000_000n };
  await pay("too_dear", dear);
  await fund(world, merchant, "more", dear.amountMinor);
  await hear(await pay("too_dear", dear), "paid");
  await fund(world, merchant, "less", -1_000n);

  const contradicted = await pay("contradicted");
  await hear(contradicted, "declined", "paid");
  const resolve = ({ payout }: Accepted, outcome: StatedOutcome | null) =>
    world.commit(
      resolveIncident({
        merchantId: merchant.id,
        payoutId: payout.id,
        by: "somebody",
        reason: "looked into it",
        outcome,
      }),
    );
  const resolved = await pay("resolved");
  await hear(resolved, "paid", "declined");
  await resolve(resolved, null);

  const mute = { rules: { ...rules, class: "neither", fences: false } } as const;
  await world.commit(answer(await pay("nobody_to_ask"), "unanswered", mute));
  for (const outcome of ["paid", "failed"] as const) {
    const silent = await pay(`silent_${outcome}`);
    await world.commit(answer(silent, "unanswered", mute));
    await resolve(silent, outcome);
  }
  const stuck = await pay("stuck", { permits: [] });
  await world.db.query("update payouts set next_at = now() - interval '1 minute' where id = $1", [stuck.payout.id]);
  await world.commit(parkPayout(...on(stuck), { broke: "a promise" }));
  const foundPaid = await pay("found_paid");
  await hear(foundPaid, "declined", "paid");
  await resolve(foundPaid, "paid");
  const foundAgain = await pay("found_paid_before");
  await hear(foundAgain, "declined");
  await pay("found_paid_before", { permits: [] });
  await world.commit(answer(foundAgain, "paid", { source: "inquiry" }));
  await resolve(foundAgain, "paid");
  const foundUnpaid = await pay("found_unpaid");
  await hear(foundUnpaid, "paid", "declined");
  await resolve(foundUnpaid, "failed");
}

const fund = (world: World, merchant: TestMerchant, reference: string, amountMinor: bigint) =>
  world.commit(fundMerchant({ merchantId: merchant.id, id: ids.row(), reference, currency: "EUR", amountMinor }));

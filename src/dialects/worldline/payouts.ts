import type { Command } from "../../core/command.ts";
import type { Payout } from "../../core/payout.ts";
import { isRefusal } from "../../core/refusal.ts";
import type { Story } from "../../core/story.ts";
import { approvePayout, cancelPayout, withdrawApproval } from "../../flow/approve.ts";
import { onceUnder } from "../../flow/once.ts";
import type { Reader, Told } from "../services.ts";
import { otherDecimals } from "./create-payout.ts";
import { startOfDay } from "./days.ts";
import { apiError, tellErrors } from "./errors.ts";
import { isFaults } from "./field-errors.ts";
import { readIdempotenceKey, repeatHeaders } from "./idempotence-key.ts";
import { knownAs, storyOf } from "./known.ts";
import type { Given, Operation, Tools } from "./operation.ts";
import { tellPayout } from "./payout-result.ts";
import { Busy, tellBusy } from "./running.ts";
import { readApprovePayout } from "./read-approve.ts";
import { readFindPayouts } from "./read-find.ts";
import { tellRefusal } from "./refusals.ts";

const tell = ({ timezone }: Tools, { merchant }: Given, story: Story) =>
  tellPayout(story, knownAs(story, merchant), timezone);

/** `GET /v1/{merchantId}/payouts/{payoutId}` */
export const getPayout: Operation = async (tools, given) => {
  const story = await storyOf(tools.services.reader, given.merchant, given.asked.params["payoutId"] ?? "");
  if (story === undefined) return tellErrors([apiError("unknownPayout")], given.answering);
  return { status: 200, body: tell(tools, given, story) };
};

/** `GET /v1/{merchantId}/payouts` */
export const findPayouts: Operation = async (tools, given) => {
  const wanted = readFindPayouts(given.asked.query);
  if (isFaults(wanted)) return tellErrors(wanted.errors, given.answering);
  const found = await tools.services.reader.find(given.merchant.id, { ...wanted, decimals: otherDecimals });
  const payouts = found.stories.map((story) => tell(tools, given, story));
  return { status: 200, body: { limit: wanted.limit, offset: wanted.offset, payouts, totalCount: found.total } };
};

/** `POST …/{payoutId}/approve`: 200 with the payout, its money held. */
export const approve: Operation = (tools, given) => {
  const read = readApprovePayout(given.asked.body);
  if (isFaults(read)) return Promise.resolve(tellErrors(read.errors, given.answering));
  const dueAt = read.datePayout === null ? null : startOfDay(read.datePayout, tools.timezone);
  const decide = (story: Story) => approvePayout(given.merchant.id, story.payout.id, dueAt);
  return change(tools, given, "approve", decide, (story) => ({ status: 200, body: tell(tools, given, story) }));
};

/** `POST …/{payoutId}/cancel`: 204, for good. */
export const cancel: Operation = (tools, given) =>
  change(
    tools,
    given,
    "cancel",
    ({ payout }) => cancelPayout(payout.merchantId, payout.id),
    () => ({ status: 204 }),
  );

/** `POST …/{payoutId}/cancelapproval`: 204, and it waits for approval anew. */
export const cancelApproval: Operation = (tools, given) =>
  change(
    tools,
    given,
    "cancelapproval",
    ({ payout }) => withdrawApproval(payout.merchantId, payout.id),
    () => ({ status: 204 }),
  );

/** What each call has done when it is through. */
const did = { approve: "approved", cancel: "cancelled", cancelapproval: "approval_withdrawn" } as const;
type Change = keyof typeof did;

/** Takes one payout one step further, once under an idempotence key. */
async function change(
  { services, running }: Tools,
  { asked, merchant, answering }: Given,
  call: Change,
  commandFor: (story: Story) => Command<{ payout: Payout }>,
  done: (story: Story) => Told,
): Promise<Told> {
  const key = readIdempotenceKey(asked.headers);
  if (isFaults(key)) return tellErrors(key.errors, answering);
  const story = await storyOf(services.reader, merchant, asked.params["payoutId"] ?? "");
  if (story === undefined) return tellErrors([apiError("unknownPayout")], answering);
  const command = commandFor(story);
  const name = key === null ? null : `${call} ${story.payout.id} ${key}`;
  const once = name === null ? command : onceUnder(name, story.payout.id, command);
  const changed = await running.alone(merchant.id, name, asked.now, () => services.commit<Changed>(once));
  if (changed instanceof Busy) return tellBusy(changed, answering);
  if (isRefusal(changed)) return tellRefusal(changed, call, answering);
  const told = done({ ...story, payout: changed.payout });
  const again = changed.repeated === true ? repeatHeaders(await firstTime(services.reader, changed.payout, call)) : {};
  return { ...told, headers: { ...told.headers, ...again } };
}

/** When the request was carried out that is repeated: what it did last happened then. */
async function firstTime(reader: Reader, { merchantId, id, changedAt }: Payout, call: Change): Promise<number> {
  return (await reader.lastTime(merchantId, id, did[call])) ?? changedAt;
}

interface Changed {
  readonly payout: Payout;
  readonly repeated?: boolean;
}

import { assert } from "../../core/assert.ts";
import { isRefusal, refuse } from "../../core/refusal.ts";
import type { Story } from "../../core/story.ts";
import { CommitFault } from "../../engine/fault.ts";
import type { Accepted, NewCustomer } from "../../flow/request.ts";
import { readPayout, requestOf } from "./create-payout.ts";
import { tellDetails } from "./details.ts";
import { ApiError, isApiError } from "./errors.ts";
import { readPayoutFilter } from "./payout-filter.ts";
import { tellList } from "./list.ts";
import type { Operation, Tools } from "./operation.ts";
import { withHandle } from "./payer.ts";
import { tellCreated, tellPayout } from "./payout.ts";
import { speakable } from "./speakable.ts";
import { isHandle } from "./texts.ts";
import { attemptOf } from "./transaction.ts";

/** `POST /v1/payout`: 200 whenever it was understood and taken on, whatever became of it. */
export const createPayout: Operation = async ({ services, merchants }, asked, merchantId) => {
  const read = readPayout(asked.body);
  if (isApiError(read) || isRefusal(read)) return read;
  const merchant = await merchants.of(merchantId, asked.now);
  const accept = (customer: NewCustomer | null) =>
    services.accept(requestOf(read, merchant, services.ids.row(), customer), merchant.approval.frisbii);
  const { draft } = read.payer;
  // A payout that is asked for again has its customer: another generated one would only contradict it.
  const repeats =
    draft?.handle === null && (await services.reader.storyOf(merchantId, read.fields.handle)) !== undefined;
  const accepted =
    draft === null || repeats ? await accept(null) : await withHandle(services, merchantId, draft, accept);
  if (isRefusal(accepted)) return accepted;
  if (!speakable(accepted.payout.amountMinor)) return refuse("payout_processing"); // in doubt, and asked for in another API
  return { body: tellCreated(await storyAfter({ services }, accepted)) };
};

/** What there is to tell of a payout just taken on: a first attempt is all there in the answer, a later one has to be read. */
async function storyAfter({ services }: Pick<Tools, "services">, accepted: Accepted): Promise<Story> {
  const { payout, attempt, reached, heard } = accepted;
  if (payout.attempt === 1 && reached !== null) {
    return { payout, attempts: [{ attempt, vault: reached.vault, method: reached.method, heard }], references: null };
  }
  const story = await services.reader.story(payout.merchantId, payout.id).catch((error: unknown) => {
    throw new CommitFault("unknown", error); // it was taken on: nobody may be told that nothing was done
  });
  assert(story !== undefined, `payout ${payout.id} can be read once it was taken on`);
  return story;
}

export const getPayout: Operation = async (tools, asked, merchantId) => {
  const story = await findPayout(tools, merchantId, asked.params["handle"]!);
  return story === undefined ? refuse("unknown_payout") : { body: tellPayout(story) };
};

export const listPayouts: Operation = async ({ services, merchants }, asked, merchantId) => {
  const merchant = await merchants.of(merchantId, asked.now);
  const read = readPayoutFilter(asked, merchant);
  if (isApiError(read)) return read;
  const page = await services.reader.payouts(merchantId, read.filter);
  return { body: tellList(read.part, page, merchant, tellPayout) };
};

/** Everything that was heard about one attempt, for people who look into it. */
export const getTransactionDetails: Operation = async (tools, asked, merchantId) => {
  const story = await findPayout(tools, merchantId, asked.params["id"]!);
  if (story === undefined) return refuse("unknown_payout");
  const told = attemptOf(story, asked.params["transaction"]!);
  if (told === undefined) return new ApiError(70);
  const answers = await tools.services.reader.answers(merchantId, story.payout.id, told.attempt.attempt);
  return { body: tellDetails(told.attempt, answers) };
};

/** A path says whatever it likes: what cannot be a handle is not looked for. */
async function findPayout({ services }: Tools, merchantId: string, handle: string): Promise<Story | undefined> {
  const story = isHandle(handle) ? await services.reader.storyOf(merchantId, handle) : undefined;
  return story !== undefined && speakable(story.payout.amountMinor) ? story : undefined;
}

import type { Refusal } from "../../core/refusal.ts";
import { keysOf, noticeStates, type NoticeFilter, type NoticeName, type ToldNotice } from "../../store/told.ts";
import type { Webhooks } from "../webhooks.ts";
import { isVerified, verification } from "../worldline/letter.ts";
import { findEndpoint } from "./endpoints.ts";
import { AdminError, invalid, isAdminError, unknown } from "./errors.ts";
import { ownEvents } from "./event-types.ts";
import { list, optional } from "./fields.ts";
import { ok, onMerchant } from "./operation.ts";
import { position } from "./payouts.ts";
import { instantOrNull, instantText } from "./show.ts";
import { numberFrom, oneOf, text } from "./values.ts";

/** So many are told again at once. */
const mostResent = 10_000;

function showNotice({ ids }: Pick<Webhooks, "ids">, notice: ToldNotice) {
  const { about } = notice;
  const [subjectId, version, topic] =
    "customerEvent" in about
      ? [about.customerEvent.id, 0, about.customerEvent.kind]
      : [about.event.payoutId, about.event.version, `${about.event.kind}/${about.event.state}`];
  return {
    id: ids.hide({ kind: "notice", noticeId: notice.id }),
    event: ids.hide({ kind: "event", subjectId, version }),
    type: ownEvents.nameOf(topic) ?? topic,
    payout: "customerEvent" in about ? null : about.story.payout.handle,
    customer: notice.customer,
    state: notice.state,
    tries: notice.tries,
    created_at: instantText(notice.createdAt),
    next_at: instantOrNull(notice.nextAt),
    first_fail_at: instantOrNull(notice.firstFailAt),
    last_fail_at: instantOrNull(notice.lastFailAt),
    done_at: instantOrNull(notice.doneAt),
  };
}

const closed = new AdminError(409, "endpoint_disabled", "nothing is sent to this endpoint: enable it first");

export const noticeOperations = [
  onMerchant("GET", "/endpoints/:endpoint/notices", {
    does: "lists what an endpoint was told and is to be told, newest first",
    query: { state: optional(oneOf(...noticeStates)), size: optional(numberFrom(1, 100)), after: optional(position) },
    async run(ports, { merchant, params, query, now }) {
      const endpoint = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(endpoint)) return endpoint;
      const part = { from: 0, to: now + 86_400_000, after: query.after ?? null, size: query.size ?? 20 };
      const states: Pick<NoticeFilter, "states"> = query.state === undefined ? {} : { states: [query.state] };
      const page = await ports.webhooks.told.page(merchant.id, { endpointId: endpoint.id, ...states, ...part });
      const next = page.next === null ? null : `${page.next.at}-${page.next.id}`;
      return ok({ notices: page.rows.map((notice) => showNotice(ports.webhooks, notice)), next });
    },
  }),
  onMerchant("GET", "/endpoints/:endpoint/notices/:notice", {
    does: "shows one, with each call that was made and what the receiver answered",
    async run(ports, { merchant, params }) {
      const { webhooks } = ports;
      const endpoint = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(endpoint)) return endpoint;
      const meant = webhooks.ids.show(params["notice"] ?? "");
      if (meant?.kind !== "notice") return unknown("notice");
      const found = await webhooks.told.named(merchant.id, endpoint.format, [{ noticeId: meant.noticeId }]);
      const notice = found?.find((one) => one.endpoint.id === endpoint.id);
      if (notice === undefined) return unknown("notice");
      const calls = (await webhooks.told.calls(merchant.id, notice.id)).map((call) => ({
        number: call.number,
        began_at: instantText(call.beganAt),
        duration_ms: call.durationMs,
        status: call.status,
        fault: call.fault,
        headers: call.headers,
        body: call.body,
      }));
      return ok({ ...showNotice(webhooks, notice), calls });
    },
  }),
  onMerchant("POST", "/endpoints/:endpoint/resend", {
    does: `has an endpoint told again, now: the notices that are named, or all in one state, the oldest ${mostResent.toLocaleString("en")} at once`,
    body: {
      notices: optional(list(text(64), 100)),
      state: optional(oneOf("failed", "disabled", "retrying", "completed")),
    },
    async run(ports, { merchant, params, body }) {
      const { webhooks } = ports;
      const endpoint = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(endpoint)) return endpoint;
      const key = { merchantId: merchant.id, endpointId: endpoint.id };
      if ((body.notices === undefined) === (body.state === undefined))
        return invalid("", "either notices or state says what is sent again");
      if (body.state !== undefined) {
        const count = await webhooks.told.resendAll(merchant.id, endpoint.id, body.state, mostResent);
        if (count === undefined) return closed;
        webhooks.wake([key]);
        return ok({ resent: count });
      }
      const names = (body.notices ?? []).map((id): NoticeName | undefined => {
        const meant = webhooks.ids.show(id);
        return meant?.kind === "notice" ? { noticeId: meant.noticeId } : undefined;
      });
      if (names.includes(undefined)) return unknown("notice");
      const changed = await webhooks.told.change<AdminError | Refusal>(
        merchant.id,
        endpoint.format,
        names as NoticeName[],
        (_, notices) => {
          if (notices.some((one) => one.endpoint.id !== endpoint.id)) return Promise.resolve(unknown("notice"));
          const shut = notices.some((one) => one.endpoint.disabled !== null || one.endpoint.removedAt !== null);
          return Promise.resolve(shut ? closed : { to: "pending" });
        },
      );
      if (changed === undefined) return unknown("notice");
      if (!Array.isArray(changed)) return changed as AdminError;
      webhooks.wake(keysOf(changed));
      return ok({ resent: changed.length });
    },
  }),
  onMerchant("POST", "/endpoints/:endpoint/verify", {
    does: "asks a Worldline endpoint to show that it expects webhooks: it has to echo a word of chance",
    async run(ports, { merchant, params }) {
      const endpoint = await findEndpoint(ports, merchant, params["endpoint"]);
      if (isAdminError(endpoint)) return endpoint;
      if (endpoint.format !== "worldline")
        return new AdminError(409, "no_verification", "only the Worldline format has a way to verify an endpoint");
      const word = ports.services.ids.hex();
      const heard = await ports.webhooks.ask(merchant, verification(endpoint, word));
      const verified = isVerified(word, heard);
      const answered = heard.status !== null && heard.status >= 200 && heard.status < 300;
      const why =
        heard.fault ?? (answered ? "its answer is not the word that it was sent" : `it answered ${heard.status}`);
      return ok({ verified, status: heard.status, because: verified ? null : why });
    },
  }),
];

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer as Heard } from "../../core/attempt.ts";
import { payoutStates } from "../../core/payout.ts";
import { refusals, refuse, type RefusalCode } from "../../core/refusal.ts";
import { Judge } from "../../testing/answers.ts";
import type { EdgeFault } from "../dialect.ts";
import { tellFault, tellRefusal } from "../frisbii/errors.ts";
import { tellCreated, tellPayout } from "../frisbii/payout.ts";
import * as trial from "../frisbii/trial.ts";
import type { Told } from "../services.ts";
import { declineOf } from "../worldline/declines.ts";
import { tellRejected } from "../worldline/errors.ts";
import { tellFault as tellWorldlineFault } from "../worldline/faults.ts";
import { tellPayout as tellWorldlinePayout } from "../worldline/payout-result.ts";
import { tellRefusal as tellWorldlineRefusal } from "../worldline/refusals.ts";

const judge = new Judge();
const requestId = "3f0c".repeat(8);
const root = "/v1/:merchantId/payouts";

/** Answers are as their descriptions say, whatever the state: also those that no server of the tests gets into. */
function fits(operation: string | null, told: Told, signed = false): void {
  const [method = "GET", route = null] = operation?.split(" ") ?? [];
  const headers = { "request-id": requestId, location: "http://127.0.0.1/v1", ...told.headers };
  const body = told.body === undefined ? "" : JSON.stringify(told.body);
  const faults = judge.faultsOf({ method, route, path: "/v1/nowhere", signed, status: told.status, headers, body });
  assert.deepEqual(faults, [], `${operation ?? "no route"} ${told.status}: ${body}`);
}

const faults = [
  null,
  { error: "insufficient_funds", errorState: "soft_declined" },
  { error: "credit_card_expired", errorState: "hard_declined" },
  { error: "acquirer_error", errorState: "processing_error" },
] as const;
/** What banks have said about an attempt, or nothing yet. */
const heards: (Heard | null)[] = [
  null,
  trial.anAnswer(),
  trial.expired,
  trial.anAnswer({ raw: '{"a":[1]}', bankId: null }),
];

const stories = payoutStates.flatMap((state) =>
  faults.flatMap((fault) =>
    heards.map((heard) => {
      const paidAt = state === "paid" || state === "returned" ? trial.noon : null;
      const failedAt = state === "failed" ? trial.noon : null;
      return trial.aStory({ state, fault, paidAt, failedAt }, [trial.told({ heard })]);
    }),
  ),
);

test("a payout in any state, with anything heard, is told as the Frisbii description says", () => {
  for (const story of stories) {
    fits("GET /v1/payout/:handle", { status: 200, body: tellPayout(story) });
    fits("POST /v1/payout", { status: 200, body: tellCreated(story) });
  }
});

test("a payout in any state, with anything heard, is told as the Worldline description says", () => {
  const known = { id: "00000088970012412214000-100001", merchantReference: "r", merchantOrderId: 7 };
  for (const story of stories) {
    const told = tellWorldlinePayout(story, known, "UTC");
    fits(`GET ${root}/:payoutId`, { status: 200, body: told });
    fits(`POST ${root}`, { status: 201, body: told });
    const errors = declineOf(story.payout);
    if (errors.length > 0) fits(`POST ${root}`, tellRejected(errors, told, { errorId: crypto.randomUUID() }));
  }
});

test("every refusal and every fault has the form that is described", () => {
  const answering = { errorId: crypto.randomUUID(), requestId: "7" };
  for (const code of Object.keys(refusals) as RefusalCode[]) {
    fits(null, tellRefusal(refuse(code), trial.asked("GET", "/v1/x")));
    fits(null, tellWorldlineRefusal(refuse(code), "create", answering), true);
  }
  for (const kind of kinds) {
    const fault = { kind, message: "a message" } as EdgeFault;
    fits(null, tellFault(fault, trial.asked("GET", "/v1/x")));
    fits(null, tellWorldlineFault(fault, answering), true);
  }
});

const kinds: readonly EdgeFault["kind"][] = [
  "unreadable",
  "too_large",
  "unknown_route",
  "wrong_method",
  "rate",
  "concurrency",
  "overloaded",
  "unavailable",
  "unknown_outcome",
  "too_slow",
  "broken",
];

test("what does not fit is found: a member more, one less, a status, a header, a word", () => {
  const payout = tellPayout(trial.aStory());
  const wrong = (body: object, more: object = {}) =>
    judge.faultsOf({
      method: "GET",
      route: "/v1/payout/:handle",
      path: "/v1/payout/x",
      signed: false,
      status: 200,
      headers: { "request-id": requestId },
      body: JSON.stringify(body),
      ...more,
    });
  assert.deepEqual(wrong(payout), []);
  assert.match(wrong({ ...payout, secret: 1 }).join(), /"additionalProperty":"secret"/);
  assert.match(wrong({ ...payout, customer: undefined }).join(), /required property 'customer'/);
  assert.match(wrong({ ...payout, state: "done" }).join(), /\/state must be equal to one of/);
  assert.match(wrong({ ...payout, created: "2025-08-04" }).join(), /\/created must match/);
  assert.match(wrong(payout, { status: 201 }).join(), /the status is not described/);
  assert.match(wrong(payout, { headers: {} }).join(), /Request-Id is missing/);
  assert.match(wrong(payout, { body: "no" }).join(), /is not JSON/);
  assert.match(wrong(payout, { route: null }).join(), /no refusal/);
});

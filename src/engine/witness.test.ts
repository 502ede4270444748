import assert from "node:assert/strict";
import { test } from "node:test";
import type { DispatchState } from "../store/dispatch-state.ts";
import { isSeen, judge, type Sight } from "./witness.ts";

const noon = Date.UTC(2026, 0, 1, 12);
const state: DispatchState = {
  counter: noon,
  beatenAt: noon,
  boundAt: noon,
  systemIdentifier: "7",
  timeline: 1,
  name: null,
  frozenAt: null,
  frozenBecause: null,
  since: null,
  rewoundAt: null,
  asksFirstUntil: null,
  armedAt: null,
  now: noon,
};
type Over = Partial<Omit<Sight, "state">> & { readonly state?: Partial<DispatchState> };
const judged = (over: Over = {}): string => {
  const sight: Sight = {
    cluster: { systemIdentifier: "7", timeline: 1 },
    seen: { installation: "one", counter: noon },
    installation: "one",
    name: undefined,
    ...over,
    state: { ...state, ...over.state },
  };
  const judgement = judge(sight);
  return "because" in judgement ? `${judgement.is}: ${judgement.because}` : judgement.is;
};

test("a database is taken for the one that it was when its server has seen it, and nothing of it is gone", () => {
  assert.equal(judged(), "fine");
  assert.equal(judged({ seen: { installation: "one", counter: noon - 1 } }), "fine");
  assert.equal(judged({ state: { boundAt: null }, seen: undefined }), "new");
});

test("one that is behind what was seen of it was restored, and its times are told", () => {
  assert.equal(
    judged({ seen: { installation: "one", counter: noon + 1 } }),
    "rewound: it ends at 2026-01-01T12:00:00.000Z, and this server has seen it at 2026-01-01T12:00:00.001Z: it was restored",
  );
});

test("one that runs on another PostgreSQL, or on another timeline, is not the one that was", () => {
  assert.match(judged({ cluster: { systemIdentifier: "8", timeline: 1 } }), /^rewound: .* a copy, or .* a dump$/);
  assert.match(judged({ cluster: { systemIdentifier: "7", timeline: 2 } }), /^rewound: .* timeline 1 to 2: .* standby/);
  assert.equal(
    judged({ cluster: { systemIdentifier: null, timeline: null } }),
    "fine",
    "what cannot be read says nothing",
  );
  assert.equal(judged({ state: { systemIdentifier: null, timeline: null } }), "fine");
});

test("a server that has never seen it is a stranger, unless it bears the installation's name", () => {
  const other = { installation: "two", counter: noon + 9 };
  assert.match(judged({ seen: undefined }), /^stranger: this server has never seen it/);
  assert.match(judged({ seen: other }), /^stranger: .* belongs to another installation/);
  assert.match(judged({ seen: undefined, name: "prod" }), /^stranger/, "a name that nobody gave it proves nothing");
  assert.equal(judged({ seen: undefined, name: "prod", state: { name: "prod" } }), "fine");
  assert.match(judged({ name: "staging", state: { name: "prod" } }), /^stranger: it belongs to the installation prod/);
  assert.equal(judged({ state: { name: "prod" } }), "fine", "the folder is enough");
});

test("a witness that cannot be understood is none", () => {
  assert.ok(isSeen({ installation: "one", counter: 1 }));
  for (const broken of [null, undefined, 1, {}, { installation: 1, counter: 1 }, { installation: "one", counter: "1" }])
    assert.ok(!isSeen(broken));
});

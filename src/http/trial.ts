import type { FastifyInstance } from "fastify";
import type { Caller, Dialect, EdgeFault, Route } from "../dialects/dialect.ts";
import type { Asked, Told } from "../dialects/services.ts";
import { limitPresets, Limits, type LimitSettings } from "./limits.ts";
import { buildServer } from "./server.ts";

/** A dialect of few words, to see what the shell around all of them does. */
export interface Toy {
  readonly app: FastifyInstance;
  readonly log: Record<string, unknown>[];
  readonly heard: Asked[];
  readonly clock: { now: number; wall: number };
  /** Requests that were refused. */
  readonly refused: Asked[];
  /** Merchants that have too much waiting. */
  readonly shut: Set<string>;
  /** How long answers were held back. */
  readonly slept: number[];
}

export const requestId = "0123456789abcdef0123456789abcdef";

export function openToy(
  handle: (asked: Asked, caller: Caller) => Promise<Told> = (asked) =>
    Promise.resolve({ status: 200, body: seen(asked) }),
  limits: LimitSettings = limitPresets.generous,
): Toy {
  const log: Record<string, unknown>[] = [];
  const heard: Asked[] = [];
  const clock = { now: 0, wall: 42 };
  const refused: Asked[] = [];
  const shut = new Set<string>();
  const slept: number[] = [];
  const listen = (asked: Asked, caller: Caller) => {
    heard.push(asked);
    return handle(asked, caller);
  };
  const routes: [Route["method"], string, boolean?][] = [
    ["GET", "/v1/things/:name"],
    ["DELETE", "/v1/things/:name"],
    ["POST", "/v1/things"],
    ["POST", "/v1/things/:name/turn"],
    ["GET", "/v1/open", true],
    ["POST", "/v1/open", true],
  ];
  const toy: Dialect = {
    name: "toy",
    keyAlone: true,
    routes: routes.map(([method, path, open = false]) => ({ method, path, open, handle: listen })),
    claims: ({ path }) => path.startsWith("/v1"),
    authenticate: (asked) =>
      Promise.resolve(
        asked.headers["authorization"] === undefined
          ? { status: 401, body: { no: "key" } }
          : { merchantId: "7", keyId: asked.headers["authorization"] },
      ),
    refuse(fault, asked) {
      refused.push(asked);
      return { status: statuses[fault.kind], body: { no: fault } };
    },
  };
  const app = buildServer([toy], {
    limits: new Limits(limits, () => clock.now),
    isShut: (merchantId) => shut.has(merchantId),
    sleep(ms) {
      slept.push(ms);
      return new Promise((resolve) => setImmediate(resolve));
    },
    requestId: () => requestId,
    now: () => clock.wall,
    log: (event, message) => log.push({ ...event, message }),
  });
  return { app, log, heard, refused, clock, shut, slept };
}

const statuses: Record<EdgeFault["kind"], number> = {
  unreadable: 422,
  too_large: 413,
  unknown_route: 404,
  wrong_method: 405,
  rate: 429,
  concurrency: 429,
  overloaded: 503,
  unavailable: 503,
  unknown_outcome: 500,
  too_slow: 503,
  broken: 500,
};

const seen = ({ method, path, params, query, body, now }: Asked) => ({
  method,
  path,
  params,
  query: [...query],
  body,
  now,
});

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Caller, Dialect, Route } from "../dialects/dialect.ts";
import type { Asked, Told } from "../dialects/services.ts";
import type { Bodies } from "./bodies.ts";
import { hideContentType, namesNothing, toAsked, withBody } from "./asked.ts";
import { holdBackMs, type Door } from "./door.ts";
import { describe, faultOf } from "./faults.ts";
import type { LimitKind } from "./limits.ts";
import type { ServerPorts } from "./server.ts";
import { tell } from "./tell.ts";

declare module "fastify" {
  interface FastifyRequest {
    asked: Asked | null;
    caller: Caller | null;
  }
}

/** Who asks on a route that is open to anyone: nobody whose requests are counted. */
const anyone: Caller = { merchantId: null, keyId: "anyone" };

const kindOf = (method: string): LimitKind => (method === "GET" || method === "HEAD" ? "reads" : "writes");

/** What all routes have in common. */
export interface Shared {
  readonly bodies: Bodies;
  readonly door: Door;
}

/** One operation of a dialect: key, rate, and whether it can be carried out soon, are looked at before the body is read. */
export function addRoute(
  app: FastifyInstance,
  dialect: Dialect,
  route: Route,
  ports: ServerPorts,
  { bodies, door }: Shared,
): void {
  const { limits } = ports;

  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const fault = faultOf(error);
    const asked = request.asked ?? toAsked(request, ports.now());
    if (fault.kind === "broken" || fault.kind === "unavailable" || fault.kind === "unknown_outcome") {
      const event = { requestId: asked.requestId, method: route.method, route: route.path, fault: fault.kind };
      ports.log({ ...event, error: describe(error) }, "a request failed");
    }
    tell(reply, asked.requestId, dialect.refuse(fault, asked));
  };

  /** Looks at the key and its rate; who may not go on has been answered. */
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const asked = hideContentType(request, toAsked(request, ports.now()));
    request.asked = asked;
    try {
      const no = namesNothing(asked)
        ? dialect.refuse({ kind: "unknown_route" }, asked)
        : await turnAway(request, asked);
      if (no === undefined) return undefined;
      tell(reply, asked.requestId, no);
    } catch (error) {
      fail(error, request, reply);
    }
    return reply;
  };

  const turnAway = async (request: FastifyRequest, asked: Asked): Promise<Told | undefined> => {
    if (route.open === true) return undefined;
    const caller = await dialect.authenticate(asked);
    if ("status" in caller) return caller;
    request.caller = caller;
    const kind = kindOf(asked.method);
    if (!limits.take(caller.keyId, kind)) return dialect.refuse({ kind: "rate" }, asked);
    if (kind === "reads" || caller.merchantId === null || !ports.isShut(caller.merchantId)) return undefined;
    door.remember(asked, dialect, caller.merchantId);
    await holdBack(asked);
    return dialect.refuse({ kind: "overloaded" }, asked);
  };

  const holdBack = async ({ now }: Asked): Promise<void> => {
    const left = now + holdBackMs - ports.now();
    if (left > 0) await ports.sleep(Math.min(left, holdBackMs));
  };

  const carryOut = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asked = request.asked!;
    const { caller } = request;
    const kind = kindOf(asked.method);
    if (caller !== null && !limits.enter(caller.keyId, kind)) {
      tell(reply, asked.requestId, dialect.refuse({ kind: "concurrency" }, asked));
      return reply;
    }
    const bytes = Buffer.isBuffer(request.body) ? request.body.length : 0;
    const fits = bodies.enter(bytes);
    try {
      if (!fits) tell(reply, asked.requestId, dialect.refuse({ kind: "overloaded" }, asked));
      else
        tell(reply, asked.requestId, await route.handle(withBody(asked, request.body, route.form), caller ?? anyone));
    } catch (error) {
      if (faultOf(error).kind === "overloaded") await holdBack(asked);
      fail(error, request, reply);
    } finally {
      if (fits) bodies.leave(bytes);
      if (caller !== null) limits.leave(caller.keyId, kind);
    }
    return reply;
  };

  app.route({ method: route.method, url: route.path, onRequest: admit, handler: carryOut, errorHandler: fail });
}

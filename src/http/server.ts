import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Dialect, EdgeFault } from "../dialects/dialect.ts";
import { allowedBy } from "./allowed.ts";
import { cleanTarget, toAsked } from "./asked.ts";
import { Bodies } from "./bodies.ts";
import { Door } from "./door.ts";
import { faultOf } from "./faults.ts";
import type { Limits } from "./limits.ts";
import { addRoute } from "./route.ts";
import { refuseGarbage, tell } from "./tell.ts";

export interface ServerPorts {
  readonly limits: Limits;
  /** Whether a merchant has so much waiting that something new of it would be refused: then its body is not even read. */
  isShut(merchantId: string): boolean;
  sleep(ms: number): Promise<void>;
  /** 32 lowercase hexadecimal digits. */
  requestId(): string;
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  log(event: Record<string, unknown>, message: string): void;
}

/** Several times what the largest request needs. */
const mostBytes = 256 * 1024;
/** More than a crowd of ordinary requests needs: some hundred thousand payouts, or 128 of the largest bodies. */
const mostBytesAtOnce = 128 * mostBytes;
/** A parameter is a handle of at most 255 characters, of which each may come as three. */
const mostParamLength = 1_024;

/** All dialects on one port: reading, limits, headers and errors are alike for all of them, the words are theirs. */
export function buildServer(dialects: readonly Dialect[], ports: ServerPorts): FastifyInstance {
  const allowed = new Map(dialects.map((dialect) => [dialect, allowedBy(dialect.routes)]));

  /** What comes before any route, or after none has matched, is told in the words of the dialect whose path it is. */
  const outside = (fault: EdgeFault, request: FastifyRequest, reply: FastifyReply): void => {
    const asked = toAsked(request, ports.now());
    const dialect = dialects.find((candidate) => candidate.claims(asked));
    if (dialect === undefined) return tell(reply, asked.requestId, { status: fault.kind === "too_large" ? 413 : 404 });
    const methods = fault.kind === "unknown_route" ? allowed.get(dialect)!(asked.path) : [];
    // A path that would have taken this very method is none: a stray % in it, or a name without end.
    if (methods.length === 0 || methods.includes(asked.method)) {
      return tell(reply, asked.requestId, dialect.refuse(fault, asked));
    }
    const told = dialect.refuse({ kind: "wrong_method" }, asked);
    tell(reply, asked.requestId, { ...told, headers: { ...told.headers, allow: methods.join(", ") } });
  };
  const unmatched = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const fault = faultOf(error);
    outside(fault.kind === "too_large" ? fault : { kind: "unknown_route" }, request, reply);
  };

  const app = fastify({
    logger: false,
    genReqId: () => ports.requestId(),
    bodyLimit: mostBytes,
    requestTimeout: 30_000, // for a whole request to arrive; Node answers 408
    keepAliveTimeout: 75_000, // longer than the usual proxy's, so that the proxy is the one to hang up
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5_000 },
    return503OnClosing: false, // its words would be the framework's
    clientErrorHandler: (error, socket) => refuseGarbage(error, socket, ports.requestId()),
    frameworkErrors: unmatched,
    rewriteUrl: (request) => cleanTarget(request.url ?? "/"),
    routerOptions: {
      maxParamLength: mostParamLength,
      querystringParser: (text) => new URLSearchParams(text) as unknown as Record<string, unknown>,
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.decorateRequest("asked", null);
  app.decorateRequest("caller", null);
  app.setNotFoundHandler((request, reply) => outside({ kind: "unknown_route" }, request, reply));
  app.setErrorHandler(unmatched);
  const shared = { bodies: new Bodies(mostBytesAtOnce), door: new Door(ports) };
  for (const dialect of dialects) for (const route of dialect.routes) addRoute(app, dialect, route, ports, shared);
  shared.door.guard(app.server);
  return app;
}

import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Caller, Dialect, EdgeFault, Route } from "../dialects/dialect.ts";
import type { Asked, Told } from "../dialects/services.ts";
import { allowedBy } from "./allowed.ts";
import { settle, toAsked, withoutDoubleSlash } from "./asked.ts";
import { describe, faultOf } from "./faults.ts";
import { readJson } from "./json.ts";
import type { LimitKind, Limits } from "./limits.ts";
import { refuseGarbage, tell } from "./tell.ts";

export interface ServerPorts {
  readonly limits: Limits;
  /** 32 lowercase hexadecimal digits. */
  requestId(): string;
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  log(event: Record<string, unknown>, message: string): void;
}

declare module "fastify" {
  interface FastifyRequest {
    asked: Asked | null;
    caller: Caller | null;
  }
}

/** Several times what the largest request needs; a path parameter is a handle of 255 characters, each perhaps as `%40`. */
const mostBytes = 256 * 1024;
const mostParamLength = 1_024;

/** Who asks on a route that is open to anyone. */
const anyone: Caller = { merchantId: null, keyId: "anyone" };

/** All dialects on one port: reading, keys, limits, errors and headers are alike for all of them, the words are theirs. */
export function buildServer(dialects: readonly Dialect[], ports: ServerPorts): FastifyInstance {
  const app = fastify({
    logger: false,
    genReqId: () => ports.requestId(),
    bodyLimit: mostBytes,
    requestTimeout: 30_000, // to send a request, however large; node closes the connection with 408
    keepAliveTimeout: 75_000, // longer than the usual proxy's, so that it is the proxy who hangs up
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5_000 },
    return503OnClosing: false, // whether there is a database left to ask is known better elsewhere
    clientErrorHandler: (error, socket) => refuseGarbage(error, socket, ports.requestId()),
    frameworkErrors: (error, request, reply) => outside(faultOf(error), request, reply),
    rewriteUrl: (request) => withoutDoubleSlash(request.url ?? "/"),
    routerOptions: {
      maxParamLength: mostParamLength,
      querystringParser: (text) => new URLSearchParams(text) as unknown as Record<string, unknown>,
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.decorateRequest("asked", null);
  app.decorateRequest("caller", null);

  const allowed = new Map(dialects.map((dialect) => [dialect, allowedBy(dialect.routes)]));

  /** What comes before any route, or after none has matched, is told in the words of the dialect whose path it is. */
  const outside = (fault: EdgeFault, request: FastifyRequest, reply: FastifyReply): void => {
    const asked = toAsked(request, ports.now());
    const dialect = dialects.find((candidate) => candidate.claims(asked));
    if (dialect === undefined) return tell(reply, asked, { status: fault.kind === "unknown_route" ? 404 : 400 });
    const methods = fault.kind === "unknown_route" ? allowed.get(dialect)!(asked.path) : [];
    if (methods.length === 0) return tell(reply, asked, dialect.refuse(fault, asked));
    const told = dialect.refuse({ kind: "wrong_method" }, asked);
    tell(reply, asked, { ...told, headers: { ...told.headers, allow: methods.join(", ") } });
  };
  app.setNotFoundHandler((request, reply) => outside({ kind: "unknown_route" }, request, reply));

  for (const dialect of dialects) for (const route of dialect.routes) addRoute(app, dialect, route, ports);
  return app;
}

import type { FastifyRequest } from "fastify";
import type { Asked } from "../dialects/services.ts";
import { readJson } from "./json.ts";

const nothing = Buffer.alloc(0);

/** A request as dialects see it, before its body has arrived. */
export function toAsked(request: FastifyRequest, now: number): Asked {
  const { url } = request;
  const end = url.search(/[?#]/);
  return {
    method: request.method,
    target: request.originalUrl,
    path: end < 0 ? url : url.slice(0, end),
    params: (request.params ?? {}) as Record<string, string>,
    query: request.query instanceof URLSearchParams ? request.query : new URLSearchParams(),
    headers: request.headers as Record<string, string | undefined>,
    body: undefined,
    rawBody: nothing,
    requestId: request.id,
    now,
  };
}

/** The same with its body, whatever its content type says. Clients call an empty one JSON: it is none. A form is left as it is. */
export const withBody = (asked: Asked, body: unknown, form = false): Asked =>
  Buffer.isBuffer(body) && body.length > 0
    ? { ...asked, ...(form ? {} : { body: readJson(body) }), rawBody: body }
    : asked;

/**
 * Keeps the framework's opinion of content types out: it refuses some that clients send. Dialects still see the header,
 * which may be signed.
 */
export function hideContentType(request: FastifyRequest, asked: Asked): Asked {
  const type = request.raw.headers["content-type"];
  if (type === undefined || type === "application/json") return asked;
  const headers = { ...asked.headers };
  delete request.raw.headers["content-type"];
  return { ...asked, headers };
}

/** A parameter that is empty, or holds a control character, is no name: some of what names are compared with cannot hold one. */
export const namesNothing = ({ path, params }: Asked): boolean =>
  /%(?:[01][0-9a-f]|7f)/i.test(path) || Object.values(params).includes("");

/** The target as the router wants it: a base URL that ends in `/` doubles the first slash, and a proxy may send a whole URL. */
export const cleanTarget = (target: string): string =>
  target.startsWith("/") && target[1] !== "/"
    ? target
    : target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/^\/*/, "/");

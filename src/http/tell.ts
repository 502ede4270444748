import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { Told } from "../dialects/services.ts";

/** An answer about money is never to be kept by whoever carries it, nor taken for anything but what it says it is. */
export const always = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export const json = "application/json; charset=utf-8";

/** Sends an answer. A text, bytes or a stream that say what they are go as they are, everything else as JSON. */
export function tell(reply: FastifyReply, requestId: string, { status, body, headers = {} }: Told): void {
  const plain =
    (typeof body === "string" && headers["content-type"] !== undefined) ||
    Buffer.isBuffer(body) ||
    body instanceof Readable;
  const payload = body === undefined ? "" : plain ? body : JSON.stringify(body);
  reply.code(status).headers(always).header("request-id", requestId);
  if (body !== undefined && !plain) reply.header("content-type", json);
  reply.headers(headers).send(payload);
}

/** What cannot be read as HTTP gets a bare status: there is no path by which to choose words. */
export function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (socket.writable) {
    const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Request-Id: ${requestId}`,
      "Content-Length: 0",
      "Connection: close",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
  }
  socket.destroy(error);
}

// Preloaded into every process of a test run (--import, by NODE_OPTIONS): writes down what its HTTP servers answer in the APIs that
// are described, for scripts/test.mjs to hold against the descriptions afterwards. `?into=` names the folder.
import { appendFileSync } from "node:fs";
import { subscribe } from "node:diagnostics_channel";
import { basename, join } from "node:path";

const folder = new URL(import.meta.url).searchParams.get("into");
const file = join(folder, `${basename(process.argv[1] ?? "node")}-${process.pid}-${Date.now()}.jsonl`);
/** Servers that speak none of the APIs are toys of some test. */
const telling = ["/v1/error_codes", "/v1/:merchantId/payouts"];

subscribe("fastify.initialization", ({ fastify }) => {
  let speaks;
  fastify.addHook("onSend", (request, reply, payload, done) => {
    speaks ??= telling.some((url) => fastify.hasRoute({ method: "GET", url }));
    if (speaks && request.url.startsWith("/v1")) write(request, reply, payload);
    done(null, payload);
  });
});

function write(request, reply, payload) {
  const answer = {
    method: request.method,
    path: request.url.replace(/[?#].*/s, ""),
    route: request.routeOptions.url ?? null,
    signed: /^GCS /i.test(request.headers.authorization ?? ""),
    status: reply.statusCode,
    headers: reply.getHeaders(),
    body: payload === null || payload === undefined ? "" : String(payload),
  };
  appendFileSync(file, `${JSON.stringify(answer)}\n`);
}

// Receives webhooks in all three formats, and believes none that does not verify. Without dependencies: copy what you need.
//
//   STANDARD_WEBHOOK_SECRET=whsec_… node examples/webhook-receiver.mjs
//
// Secrets come from FRISBII_WEBHOOK_SECRET, WORLDLINE_WEBHOOK_KEYS (`keyId=secret`, several separated by blanks) and
// STANDARD_WEBHOOK_SECRET (`whsec_…`, several separated by blanks). PORT is 8787 if it is not set.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const words = (text) => (text ?? "").split(" ").filter((word) => word !== "");
const pair = (text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];
const secrets = {
  frisbii: process.env.FRISBII_WEBHOOK_SECRET,
  worldline: new Map(words(process.env.WORLDLINE_WEBHOOK_KEYS).map(pair)),
  standard: words(process.env.STANDARD_WEBHOOK_SECRET),
};

const hmac = (key, text) => createHmac("sha256", key).update(text);
/** Takes the same time however much of it is right, so that nobody can guess a signature piece by piece. */
const same = (one, other) =>
  typeof one === "string" && one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** Worldline: over the raw bytes of the body, with the key that the header names. */
function readWorldline(headers, body) {
  const secret = secrets.worldline.get(headers["x-gcs-keyid"]);
  if (secret === undefined) return undefined;
  if (!same(headers["x-gcs-signature"], hmac(secret, body).digest("base64"))) return undefined;
  const { id, type, payout } = JSON.parse(body);
  return { id, line: `${type} ${payout.id} ${payout.status}` };
}

/** Standard Webhooks: over id, time and body; what is older or newer than five minutes is somebody's copy. */
function readStandard(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signatures = "" } = headers;
  if (!(Math.abs(Date.now() / 1_000 - Number(seconds)) <= 300)) return undefined;
  const signed = Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]);
  const expected = secrets.standard.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${hmac(key, signed).digest("base64")}`;
  });
  if (!words(signatures).some((signature) => expected.some((one) => same(signature, one)))) return undefined;
  const { type, data } = JSON.parse(body);
  return {
    id,
    line: `${type} ${data.payout === undefined ? data.customer : `${data.payout.handle} ${data.payout.state}`}`,
  };
}

/** Frisbii: over time and id only, so nothing else in the body is proven. Ask the API for the state before you act on it. */
function readFrisbii(body) {
  const { id, timestamp, signature, event_type: type, payout, customer } = JSON.parse(body);
  if (secrets.frisbii === undefined) return undefined;
  if (!same(signature, hmac(secrets.frisbii, `${timestamp}${id}`).digest("hex"))) return undefined;
  return { id, line: `${type} ${payout ?? customer}` };
}

/** What a webhook says and in which format, or undefined when it does not verify. */
function read(headers, body) {
  const [format, reader] =
    "x-gcs-signature" in headers
      ? ["worldline", readWorldline]
      : "webhook-signature" in headers
        ? ["standard", readStandard]
        : ["frisbii", (_, body) => readFrisbii(body)];
  try {
    const said = reader(headers, body);
    return said === undefined ? undefined : { format, ...said };
  } catch {
    return undefined; // no JSON, or none of ours
  }
}

/** Ids that have been dealt with. A shop keeps them in its database, in the transaction that deals with the webhook. */
const seen = new Set();

async function receive(request, response) {
  const answer = (status, text = "") => response.writeHead(status, { "content-type": "text/plain" }).end(text);
  const challenge = request.headers["x-gcs-webhooks-endpoint-verification"];
  if (request.method === "GET" && challenge !== undefined) return answer(200, challenge);
  if (request.method !== "POST") return answer(405);
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > 100_000) return answer(413).destroy();
    parts.push(part);
  }
  const said = read(request.headers, Buffer.concat(parts));
  if (said === undefined) {
    console.log("refused: it does not verify");
    return answer(401);
  }
  const name = `${said.format} ${said.id}`;
  console.log(seen.has(name) ? `${name} again` : `${said.format}: ${said.line}`);
  seen.add(name);
  answer(204); // also when it was here before: it has been received
}

const server = createServer((request, response) => {
  receive(request, response).catch(() => response.destroy()); // the caller has gone
});
server.listen(Number(process.env.PORT ?? 8787), "127.0.0.1", () => {
  console.log(`waiting for webhooks at http://127.0.0.1:${server.address().port}`);
});

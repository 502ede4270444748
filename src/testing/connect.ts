import { request, type OutgoingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import { sign, stringsToSign } from "../dialects/worldline/signature.ts";

const sdk: any = createRequire(import.meta.url)("connect-sdk-nodejs");

/** A key of the Worldline API, as `demo.json` and the operator's API show it. */
export interface ConnectKey {
  readonly merchant_id: string;
  readonly key_id: string;
  readonly secret: string;
}

/** Worldline's own client for Node, unmodified. Its calls resolve with `{ status, body, isSuccess }`, whatever the status. */
export function connectTo(
  url: string,
  { key_id: apiKeyId, secret: secretApiKey }: Omit<ConnectKey, "merchant_id">,
): any {
  const { hostname: host, port } = new URL(url);
  return sdk.init({ host, scheme: "http", port: Number(port), integrator: "Disburse", apiKeyId, secretApiKey }).v1;
}

export interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request on a connection of its own, exactly as it is given: nothing is followed, decoded or mended. */
export function send(
  url: string,
  method: string,
  target: string,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Raw> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = request({ hostname, port, method, path: target, headers: { ...length, ...headers }, agent: false });
    sent.once("error", reject);
    sent.once("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.end(body);
  });
}

/** The headers of a request that is signed by hand: for what the client would never send. */
export function signedHeaders(
  { key_id: keyId, secret }: Omit<ConnectKey, "merchant_id">,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const signed = { date: new Date().toUTCString(), "content-type": "application/json", ...headers };
  const signature = sign(stringsToSign({ method, target, headers: signed })[0]!, secret).toString("base64");
  return { ...signed, authorization: `GCS v1HMAC:${keyId}:${signature}` };
}

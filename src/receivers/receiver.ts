import { nameServers } from "./resolve.ts";
import { overSockets, RefusedAddress, vettedConnect, type Connect, type Resolve } from "./connect.ts";
import { openConnections } from "./connections.ts";
import { exchange, isWhole, type Heard } from "./exchange.ts";
import { faultWords } from "./fault.ts";
import { readHeaders, secretsIn } from "./headers.ts";
import { kept, keptOf, retryAfterMs } from "./kept.ts";
import { readNetworks } from "./networks.ts";
import { readTarget } from "./url.ts";
import type { Rules } from "./vet.ts";

/** One request to a merchant's own server. */
export interface Call {
  readonly method: "POST" | "GET";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** Whether this merchant's receiver may be on this machine (the demo merchant's only). */
  readonly loopback: boolean;
}

/** What became of a call. A receiver has taken it when `status` is 2xx. */
export interface Outcome {
  /** Null: there was no answer, or it did not come to its end. */
  readonly status: number | null;
  /** What went wrong, in plain words; null: nothing, and the status says it all. */
  readonly fault: string | null;
  /** `forbidden`: nothing was sent, and this URL is not called while it leads where it does. */
  readonly kind: "answered" | "unreachable" | "forbidden";
  readonly durationMs: number;
  /** A few of the answer's headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 kB, printable, without card numbers. */
  readonly body: string;
  /** How long a 429 or 503 asks to be left alone, a day at most. */
  readonly retryAfterMs: number | null;
}

export interface Receivers {
  /** Never rejects for anything that a receiver does. Redirects are answers, and not followed. */
  call(call: Call): Promise<Outcome>;
  /** What decides whether a URL may be a merchant's, for {@link urlProblem}. */
  rules(loopback: boolean): Rules;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

export interface ReceiverSettings {
  /** Networks that may be called although they are private: DISBURSE_WEBHOOK_ALLOW. */
  readonly allow: readonly string[];
  /** Ports of this server and its parts: never called. */
  ownPorts(): readonly number[];
  readonly resolve?: Resolve;
  readonly connect?: Connect;
  /** For a whole call, from looking the name up to the last byte of the answer; 10 s. */
  readonly totalMs?: number;
  /** Milliseconds of a clock that nobody sets. */
  monotonic(): number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Throws when `allow` holds what is no network. */
export function openReceivers(settings: ReceiverSettings): Receivers {
  const { totalMs = 10_000, monotonic, now } = settings;
  const allow = readNetworks(settings.allow);
  const resolve = settings.resolve ?? nameServers({ hosts: allow.size > 0 });
  const rules = (loopback: boolean): Rules => ({ allow, loopback, ownPorts: settings.ownPorts() });
  const connections = openConnections({
    connect: (loopback) => vettedConnect(() => rules(loopback), resolve, settings.connect ?? overSockets),
    monotonic,
  });
  let closed = false;
  return {
    rules,
    async call({ method, url, headers, body, loopback }) {
      const startedAt = monotonic();
      const since = () => Math.max(0, Math.round(monotonic() - startedAt));
      const target = readTarget(url, rules(loopback));
      if (typeof target === "string") return { ...nothing, fault: target, durationMs: since() };
      const sent = readHeaders(headers);
      if (typeof sent === "string") return { ...nothing, fault: sent, durationMs: since() };
      if (closed)
        return { ...nothing, kind: "unreachable", fault: "the call was broken off here", durationMs: since() };
      const request = { method, path: target.path, headers: sent, body };
      const { client, giveBack } = connections.lend(target.origin, loopback);
      const heard = await exchange(client, request, totalMs);
      giveBack(isWhole(heard));
      return { ...outcomeOf(heard, secretsIn(sent), totalMs, now()), durationMs: since() };
    },
    close() {
      closed = true;
      return connections.close();
    },
  };
}

const nothing = { status: null, kind: "forbidden", headers: {}, body: "", retryAfterMs: null } as const;

function outcomeOf(
  heard: Heard,
  secrets: readonly string[],
  totalMs: number,
  now: number,
): Omit<Outcome, "durationMs"> {
  const { status, fault, body } = heard;
  const told = {
    headers: keptOf(heard.headers),
    body: body.length === 0 ? "" : kept(body.toString(), { cut: heard.cut || fault !== null, secrets }),
    retryAfterMs: retryAfterMs(status, heard.headers["retry-after"], now),
  };
  if (fault !== null) {
    const kind = fault instanceof RefusedAddress ? "forbidden" : "unreachable";
    return { ...told, kind, status: null, fault: faultWords(fault, status, totalMs) };
  }
  const redirect = status !== null && status >= 300 && status < 400;
  return { ...told, kind: "answered", status, fault: redirect ? "redirects are not followed" : null };
}

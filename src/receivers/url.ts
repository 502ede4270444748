import { isIP, isIPv4 } from "node:net";
import { vet, type Rules } from "./vet.ts";

/** A receiver's URL, read. */
export interface Target {
  readonly origin: string;
  readonly path: string;
  /** A name in lower case without a dot at its end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Names that clouds give to the service that tells a machine its secrets. */
const metadata = new Set(["metadata.google.internal", "metadata.goog", "metadata", "instance-data"]);

/** Names that mean nothing outside somebody's own network (RFC 6761, 6762, 7686, 8375; ICANN on `internal`). */
const inside = /(^|\.)(internal|intranet|local|localdomain|home\.arpa|onion|invalid|test)$/;

/** Why a URL cannot be a receiver's at all, in plain words; undefined: it can. Names are looked up when it is called, not here. */
export function urlProblem(text: string, rules: Rules): string | undefined {
  const read = readTarget(text, rules);
  return typeof read === "string" ? read : undefined;
}

/** Reads a URL as {@link urlProblem} judges it; a text says why it cannot be called. */
export function readTarget(text: string, rules: Rules): Target | string {
  if (text.length > 2_048) return "the URL is longer than 2,048 characters";
  const written = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1];
  if (written === undefined) return "the URL does not begin with https:// or http://";
  if (written === "") return "the URL has no host";
  if (/[\s\\\p{Cc}\p{Cf}]/u.test(text)) return "the URL has a blank, a backslash or an invisible character in it";
  if (written.includes("@")) return "the URL has a user or a password in it";
  if (written.includes("%")) return "the URL's host is written with percent signs";
  if (text.includes("#")) return "the URL has a fragment (#) in it";
  if (!URL.canParse(text)) return "the URL's host or port cannot be read";
  const url = new URL(text);
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (port === 0) return "the URL's port is 0";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const why = isIP(host) === 0 ? nameProblem(host, rules) : addressProblem(host, written, port, rules);
  return why ?? { origin: url.origin, path: url.pathname + url.search, host, port };
}

function addressProblem(host: string, written: string, port: number, rules: Rules): string | undefined {
  const odd = isIPv4(host) && written.replace(/:\d*$/, "") !== host;
  return vet(host, port, rules) ?? (odd ? `the URL's host is an odd spelling of ${host}` : undefined);
}

function nameProblem(host: string, rules: Rules): string | undefined {
  if (host.length > 253 || !/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(host)) return "the URL's host is no name";
  if (/(^|\.)xn--(\.|$)/.test(host)) return "the URL's host is no name"; // newer runtimes let this pass: letters, and none of them
  if (isLocalhost(host)) return rules.loopback ? undefined : `refused ${host}: loopback`;
  if (metadata.has(host)) return `refused ${host}: a cloud's own service`;
  if (inside.test(host) && rules.allow.size === 0) return `refused ${host}: a name inside a private network`;
  return undefined;
}

/** Such names are this machine's, and are never looked up (RFC 6761). */
export const isLocalhost = (name: string): boolean => name === "localhost" || name.endsWith(".localhost");

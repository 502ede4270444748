import { RefusedAddress } from "./connect.ts";
import { OutOfTime, TooTalkative } from "./exchange.ts";

/** What the codes of sockets, TLS, name servers and the HTTP client mean. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was broken off",
  EPIPE: "the connection was broken off",
  ECONNABORTED: "the connection was broken off",
  UND_ERR_SOCKET: "the connection was broken off",
  ETIMEDOUT: "no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  EHOSTUNREACH: "no way to the host",
  ENETUNREACH: "no way to the host's network",
  EADDRNOTAVAIL: "no way to the host's network",
  EACCES: "this machine's network does not let the call out",
  EPERM: "this machine's network does not let the call out",
  EMFILE: "this machine has too many files open",
  ENFILE: "this machine has too many files open",
  ENOTFOUND: "no host has this name",
  ENODATA: "the name has no address",
  EBADNAME: "the name cannot be looked up",
  EAI_AGAIN: "the name servers do not answer",
  ETIMEOUT: "the name servers do not answer",
  ESERVFAIL: "the name servers cannot find the name out",
  EREFUSED: "the name servers do not tell the name's address",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by nobody that is trusted here",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is signed by nobody that is trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by nobody that is trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate comes without those that vouch for it",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  EPROTO: "it does not speak TLS as expected",
  UND_ERR_HEADERS_OVERFLOW: "the headers of its answer are too long",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "its answer is not as long as it says",
  UND_ERR_DESTROYED: "the call was broken off here",
  UND_ERR_CLOSED: "the call was broken off here",
  UND_ERR_INVALID_ARG: "the call cannot be written as HTTP",
};

/** A fault in plain words, which never repeat what the receiver or the caller wrote. `totalMs`: what the call had. */
export function faultWords(error: Error, status: number | null, totalMs: number): string {
  const before = status === null ? "" : `HTTP ${status}, but its body did not end: `;
  if (error instanceof OutOfTime) {
    return status === null ? `no answer within ${totalMs / 1000} s` : `${before}${totalMs / 1000} s were over`;
  }
  if (error instanceof TooTalkative) return "it sends interim answers without end";
  if (error instanceof RefusedAddress) return error.message;
  const { code = "" } = error as { code?: string };
  if (error.name === "HTTPParserError") return `${before}it does not speak HTTP`;
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return before + (words[code] ?? words.EPROTO!);
  return before + (words[code] ?? `the call failed${/^\w{1,40}$/.test(code) ? ` (${code})` : ""}`);
}

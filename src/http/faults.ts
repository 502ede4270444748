import { CommitFault } from "../engine/fault.ts";
import type { EdgeFault } from "../dialects/dialect.ts";
import { QueryTooSlow } from "../store/slow.ts";
import { isUnreachable } from "../store/unreachable.ts";
import { scrub } from "../logs/scrub.ts";
import { JsonFault } from "./json.ts";

const ofCommit: Record<CommitFault["kind"], EdgeFault["kind"]> = {
  overloaded: "overloaded",
  too_late: "overloaded",
  unavailable: "unavailable",
  unknown: "unknown_outcome",
  broken: "broken",
};

/** What a dialect has words for, of anything that was thrown. What is not known is a fault of ours. */
export function faultOf(error: unknown): EdgeFault {
  if (error instanceof QueryTooSlow) return { kind: "too_slow" };
  if (error instanceof JsonFault) return { kind: "unreadable", message: error.message };
  if (error instanceof CommitFault) return { kind: ofCommit[error.kind] } as EdgeFault;
  if (isUnreachable(error)) return { kind: "unavailable" };
  return ofFramework(codeOf(error));
}

function ofFramework(code: string): EdgeFault {
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return { kind: "too_large" };
    case "FST_ERR_BAD_URL": // a stray % in the path, or a parameter longer than any name
    case "FST_ERR_MAX_PARAM_LENGTH":
      return { kind: "unknown_route" };
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return { kind: "unreadable", message: "the body is not as long as its Content-Length says" };
    default:
      return { kind: "broken" };
  }
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "";

/** Where it was thrown, and why, for the log: without what a database may have added, and without card numbers. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return scrub(String(error));
  const cause = error.cause === undefined ? "" : `\ncaused by ${describe(error.cause)}`;
  return scrub(error.stack ?? error.message) + cause;
}

import type { EdgeFault } from "../dialect.ts";
import type { Told } from "../services.ts";
import type { CodeName } from "./codes.ts";
import { apiError, tellErrors, type Answering } from "./errors.ts";

/** An outcome that is not known (9999, 500) is asked for again with the same idempotence key, and then told. */
const codeOf: Record<EdgeFault["kind"], CodeName> = {
  unreadable: "fieldInvalid",
  too_large: "tooLarge",
  unknown_route: "unknownPath",
  wrong_method: "wrongMethod",
  rate: "tooManyRequests",
  concurrency: "tooManyRequests",
  overloaded: "unavailable",
  unavailable: "unavailable",
  unknown_outcome: "unknownServerError",
  too_slow: "unavailable",
  broken: "unknownServerError",
};

const soon = { "retry-after": "1" };

/** What goes wrong before or around a call, always as JSON: the Node client breaks on anything else. */
export function tellFault(fault: EdgeFault, answering: Answering): Told {
  const name = codeOf[fault.kind];
  const error = apiError(name, fault.kind === "unreadable" ? { message: fault.message } : {});
  return tellErrors([error], answering, name === "tooManyRequests" || name === "unavailable" ? soon : {});
}

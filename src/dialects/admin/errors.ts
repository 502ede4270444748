import { refusals, type Refusal } from "../../core/refusal.ts";
import type { EdgeFault } from "../dialect.ts";
import type { Asked, Told } from "../services.ts";
import { statusOf } from "./refusals.ts";

/** A no of this API. `code` is for programs and keeps its meaning; `field` names what of the request it is about. */
export class AdminError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly field: string | undefined;
  constructor(status: number, code: string, message: string, field?: string) {
    this.status = status;
    this.code = code;
    this.message = message;
    this.field = field;
  }
}

export const isAdminError = (value: unknown): value is AdminError => value instanceof AdminError;

/** A request that cannot be understood as it stands. The value that is wrong is not repeated. */
export const invalid = (field: string, must: string): AdminError =>
  new AdminError(400, "invalid", field === "" ? must : `${field} ${must}`, field === "" ? undefined : field);

export const unknown = (
  what: "merchant" | "payout" | "key" | "rate" | "customer" | "endpoint" | "secret" | "notice",
): AdminError => new AdminError(404, `unknown_${what}`, `there is no such ${what}`);

export function tellError(error: AdminError, asked: Pick<Asked, "requestId">, headers?: Told["headers"]): Told {
  const { status, code, message, field } = error;
  const body = {
    error: field === undefined ? { code, message } : { code, message, field },
    request_id: asked.requestId,
  };
  return { status, body, headers: headers ?? {} };
}

export const tellRefusal = ({ refused }: Refusal, asked: Asked): Told =>
  tellError(new AdminError(statusOf[refused], refused, refusals[refused]), asked);

/** What goes wrong before or around an operation. */
export function tellFault(fault: EdgeFault, asked: Asked): Told {
  switch (fault.kind) {
    case "unreadable":
      return tellError(new AdminError(400, "unreadable", fault.message), asked);
    case "too_large":
      return tellError(new AdminError(413, "too_large", "the body is too large"), asked);
    case "unknown_route":
      return tellError(new AdminError(404, "unknown_route", "there is nothing at this path"), asked);
    case "wrong_method":
      return tellError(new AdminError(405, "wrong_method", `${asked.method} is not allowed here`), asked);
    case "rate":
    case "concurrency":
      return tellError(new AdminError(429, "too_many", "too many requests"), asked, { "retry-after": "1" });
    case "overloaded":
    case "unavailable":
      return tellError(new AdminError(503, fault.kind, "nothing was changed: try again later"), asked, {
        "retry-after": "1",
      });
    case "too_slow":
      return tellError(
        new AdminError(400, "query_too_slow", "the query took too long: ask for a shorter range"),
        asked,
      );
    case "unknown_outcome":
      return tellError(new AdminError(500, fault.kind, "it may have been carried out: look, or send it again"), asked);
    case "broken":
      return tellError(new AdminError(500, fault.kind, "a fault of the server: nothing was changed"), asked);
  }
}

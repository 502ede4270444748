import { pino, type Logger } from "pino";
import { scrub } from "./logs/scrub.ts";

export type Log = Pick<Logger, "info" | "warn" | "error">;

/** A log in JSON lines on standard error, without card numbers, keys or bodies, whatever an error may carry. */
export function openLog(level: string, destination = pino.destination({ fd: 2, sync: true })): Log {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: tellError },
      hooks: {
        logMethod(args, method) {
          method.apply(
            this,
            args.map((arg) => (typeof arg === "string" ? scrub(arg) : arg)) as Parameters<typeof method>,
          );
        },
      },
      redact: { paths: ["*.authorization", "*.password", "*.secret", "*.number", "*.cvv"], censor: "[hidden]" },
    },
    destination,
  );
}

/** What an error says of itself; PostgreSQL's `detail` shows rows, so it is left out. */
function tellError(error: unknown): object {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  const code = "code" in error ? String(error.code) : undefined;
  const cause = error.cause === undefined ? undefined : tellError(error.cause);
  return { type: error.name, message: scrub(error.message), code, stack: scrub(error.stack ?? ""), cause };
}

import { sqlState } from "./store/batch.ts";
import { isUnreachable } from "./store/unreachable.ts";

/** Something that the operator has to change before this can run, in words for the terminal. */
export class SetupProblem extends Error {
  override readonly name = "SetupProblem";
}

/** `error`, when it says that nobody can listen at that place, in words that name the setting; else unchanged. */
export function aboutListening(error: unknown, host: string, port: number): unknown {
  const why: Record<string, string> = {
    EADDRINUSE: `another program listens there. Stop it, or choose another port, with PORT or --port (0 takes a free one)`,
    EACCES: `this account may not listen on such a port. Choose one above 1023, with PORT or --port`,
    EADDRNOTAVAIL: `this machine does not have that address. Choose another, with HOST or --host`,
    ENOTFOUND: `no such host is known. Choose another, with HOST or --host`,
  };
  const known = why[(error as { code?: string }).code ?? ""];
  return known === undefined
    ? error
    : new SetupProblem(`The server cannot listen on ${host}, port ${port}: ${known}.`, { cause: error });
}

/** Connections that one server opens at most, and a command beside it. */
export const mostConnections = 30;

/** `error`, when it or a cause of it says that the database cannot be used, in words that name the database; else unchanged. */
export function aboutDatabase(error: unknown, url: string): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const state = sqlState(cause) ?? "";
    if (!isUnreachable(cause) && !/^(?:28|3D)/.test(state)) continue;
    const { hostname, port } = new URL(url);
    const more =
      state === "53300"
        ? `. A server opens up to ${mostConnections} connections: raise max_connections, or have other programs open fewer.`
        : "";
    return new SetupProblem(
      `The database at ${hostname}:${port || "5432"} cannot be used: ${cause.message || "it does not answer"}${more}`,
      { cause: error },
    );
  }
  return error;
}

/**
 * Whether PostgreSQL is not there, shuts down, is full, too slow, or cannot be written now; or the network says so. Nothing was
 * wrong with what was asked, and it may be asked again.
 */
export function isUnreachable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return states.test(code) || network.test(code) || (error instanceof Error && driver.test(error.message));
}

/** Connection, rollback, insufficient resources, intervention, system error; read-only, idle too long, in recovery, lock. */
const states = /^(?:(?:08|40|53|57|58)[0-9A-Z]{3}|25006|25P03|55000|55P03)$/;
const network = /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** The driver gives these no code. */
const driver =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after)/;

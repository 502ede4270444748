/** An error as PostgreSQL sends it. */
export const refusedByServer = (code: string): Error =>
  Object.assign(new Error(`refused by the simulated database: ${code}`), { code, severity: "ERROR" });

/** An error of the connection itself. */
export const broken = (): Error => Object.assign(new Error("the connection was reset"), { code: "ECONNRESET" });

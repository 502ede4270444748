/** An error as PostgreSQL sends it. */
export const refusedByServer = (code: string, constraint = ""): Error =>
  Object.assign(new Error(`refused by the simulated database: ${code} ${constraint}`.trim()), {
    code,
    severity: "ERROR",
  });

/** An error of the connection itself. */
export const broken = (): Error => Object.assign(new Error("the connection was reset"), { code: "ECONNRESET" });

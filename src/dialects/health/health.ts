import type { Dispatch } from "../../engine/armed.ts";
import type { Dialect } from "../dialect.ts";

export interface HealthPorts {
  readonly version: string;
  /** Settings that make "acknowledged" mean less than "on disk". */
  readonly unsafe: readonly string[];
  /** Resolves when the database answers. */
  databaseAnswers(): Promise<void>;
  /** Whether payouts are sent, and if not, why. */
  dispatch(): Dispatch;
  /** Commands that wait for the committer. */
  waiting(): number;
  /** Rails and whether they are open. */
  rails(): Readonly<Record<string, "open" | "closed">>;
}

/** `GET /health`: 200 when payouts can be taken on, 503 when they cannot. Tells nothing about merchants. */
export function healthDialect(ports: HealthPorts): Dialect {
  return {
    name: "health",
    routes: [
      {
        method: "GET",
        path: "/health",
        open: true,
        async handle() {
          const database = await ports.databaseAnswers().then(
            () => "up",
            () => "down",
          );
          const { is, because } = ports.dispatch();
          const body = {
            status: database === "up" ? "ok" : "unavailable",
            version: ports.version,
            database,
            dispatch: is,
            dispatch_because: because,
            rails: ports.rails(),
            waiting: ports.waiting(),
            unsafe_settings: ports.unsafe,
          };
          return { status: database === "up" ? 200 : 503, body };
        },
      },
    ],
    claims: ({ path }) => path === "/health",
    authenticate: async () => ({ status: 404 }),
    refuse: ({ kind }) => ({
      status: kind === "wrong_method" ? 405 : kind === "unavailable" ? 503 : 404,
      body: { error: kind },
    }),
  };
}

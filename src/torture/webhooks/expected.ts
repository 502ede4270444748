import type { Database } from "../database.ts";
import type { Format } from "./receiver.ts";

/** What an endpoint has to be told, in the order of its notices. */
export interface Due {
  readonly told: string;
  readonly customer: string;
}

/** In the words of each format, as its documents have them: written here anew, not taken from the program that is tested. */
const words: Record<Exclude<Format, "standard">, Record<string, string>> = {
  frisbii: { "paid/paid": "payout_paid", "declined/failed": "payout_failed", "never_received/failed": "payout_failed" },
  worldline: {
    "created/queued": "payout.payout_requested",
    "paid/paid": "payout.account_credited",
    "declined/failed": "payout.rejected_credit",
    "never_received/failed": "payout.rejected_credit",
  },
};

/**
 * What an endpoint has to be told, from the events of payouts and not from the notices, which only say in which order. Worldline's ids of
 * payouts that came by the other API end with the number of their row.
 */
export async function readDue(
  database: Database,
  endpointId: string,
  format: Format,
  since: Date,
): Promise<{ due: Due[]; notices: number }> {
  const rows = await database.ask<{
    payout: string;
    row: string;
    version: number;
    topic: string;
    customer: string;
    notice: string | null;
  }>(
    `select p.handle as payout, p.id as row, e.version, e.kind || '/' || e.state as topic, p.customer, n.id as notice
       from events e join payouts p on p.merchant_id = e.merchant_id and p.id = e.payout_id
       left join notices n on n.merchant_id = e.merchant_id and n.subject_id = e.payout_id and n.version = e.version and n.endpoint_id = $1
      where e.created_at >= $2
      order by n.id nulls last`,
    [endpointId, since],
  );
  const due = rows.flatMap(({ payout, row, version, topic, customer }): Due[] => {
    if (format === "standard") return [{ told: `${payout} ${version}`, customer }];
    const word = words[format][topic];
    return word === undefined ? [] : [{ told: `${format === "worldline" ? row : payout} ${word}`, customer }];
  });
  return { due, notices: rows.filter(({ notice }) => notice !== null).length };
}

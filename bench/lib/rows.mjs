export const tables = [
  "names",
  "payouts",
  "attempts",
  "sends",
  "answers",
  "events",
  "entries",
  "vault",
  "notices",
  "notice_calls",
];

/** Rows in each of the tables that a payout writes. */
export async function countRows(ask) {
  const each = tables.map((table) => `select '${table}' as t, count(*)::float8 as n from ${table}`);
  const rows = await ask(each.join(" union all "));
  return Object.fromEntries(rows.map(({ t, n }) => [t, n]));
}

/** What was written per payout between two counts: rows of each table that has any, and their sum. */
export function rowsPerPayout(before, after) {
  const payouts = Math.max(1, after.payouts - before.payouts);
  const each = tables.map((table) => [table, (after[table] - before[table]) / payouts]);
  return {
    total: each.reduce((sum, [, rows]) => sum + rows, 0),
    each: Object.fromEntries(each.filter(([, rows]) => rows > 0)),
    payouts,
  };
}

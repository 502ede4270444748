/** A column that holds sealed texts, in SQL over its table as `t`. */
export interface SealedColumn {
  /** For people. */
  readonly name: string;
  readonly table: string;
  readonly column: string;
  /** What each text is sealed for: whose it is (0: the installation's), which row's, and what it is. */
  readonly merchantId: string;
  readonly rowId: string;
  readonly purpose: string;
  /** Whether the row names its data key in a column too. */
  readonly namesKey: boolean;
}

/** Every column that holds sealed texts: what is not listed here is neither rotated nor verified. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    name: "cards and accounts",
    table: "vault",
    column: "sealed",
    merchantId: "t.merchant_id",
    rowId: "t.id",
    purpose: "t.kind",
    namesKey: true,
  },
  {
    name: "secrets of Worldline keys",
    table: "api_keys",
    column: "secret",
    merchantId: "t.merchant_id",
    rowId: "t.id",
    purpose: "'worldline secret'",
    namesKey: false,
  },
  {
    name: "secrets of webhook endpoints",
    table: "endpoints",
    column: "sealed",
    merchantId: "t.merchant_id",
    rowId: "t.id",
    purpose: "'webhook endpoint'",
    namesKey: false,
  },
  {
    name: "secrets of webhook settings",
    table: "webhook_settings",
    column: "sealed",
    merchantId: "t.merchant_id",
    rowId: "t.merchant_id",
    purpose: "'webhook settings'",
    namesKey: false,
  },
  ...["reference_key", "fingerprint_key"].map((column) => ({
    name: `the installation's ${column.replace("_", " ")}`,
    table: "installation",
    column,
    merchantId: "0::bigint",
    rowId: "0::bigint",
    purpose: `'${column.replace("_", " ")}'`,
    namesKey: false,
  })),
];

/** A sealed text with its place. */
export interface SealedRow {
  readonly merchant_id: string;
  readonly row_id: string;
  readonly purpose: string;
  readonly sealed: string;
}

/** Where a walk through a column begins: before every row. */
export const beginning: Pick<SealedRow, "merchant_id" | "row_id"> = { merchant_id: "-1", row_id: "-1" };

/**
 * SQL that walks through a column in the order of its rows, but those whose text was destroyed, from after merchant `$1` and row `$2`, `$3` rows at a time, in steps that an
 * index finds. Beside each row stands its data key, as `k`. `beside`: more of the row, in SQL over `t`; `told`: what is told of it, over
 * the row as `s` and `k`.
 */
export const walk = (of: SealedColumn, told: string, beside = ""): string =>
  `select s.merchant_id, s.row_id, s.purpose, ${told}
     from (select ${of.merchantId} as merchant_id, ${of.rowId} as row_id, ${of.purpose} as purpose, t.${of.column} as sealed${beside}
             from ${of.table} t
            where t.${of.column} is not null and t.${of.column} not in ('', 'v1.erased') and (${of.merchantId}, ${of.rowId}) > ($1::bigint, $2::bigint)
            order by ${of.merchantId}, ${of.rowId} limit $3) as s
     left join data_keys k on k.merchant_id = s.merchant_id and s.sealed like 'v2.%' and k.id = split_part(s.sealed, '.', 2)
    order by s.merchant_id, s.row_id`;

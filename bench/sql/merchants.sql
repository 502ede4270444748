-- Merchants of the baseline, by number, with money.
insert into merchants (id, handle, name, currency, country, timezone, test, worldline_merchant_id, reference_prefix, approval, agreements, created_at)
select n, 'bench-' || n, 'bench', 'EUR', 'DK', 'UTC', true, n::text, translate(lpad(n::text, 6, '0'), '0189', 'ABCD'), '{}', '[]', now()
  from generate_series(1, $1::integer) as n;
insert into accounts (merchant_id, currency, available_minor, held_minor, paid_out_minor, funding_minor)
select id, 'EUR', 1000000000000, 0, 0, -1000000000000 from merchants;

-- How many payouts a merchant has is known without counting them: a million of them are found in the time of one row.
--
-- Written once for each batch, in the order of its key. Payouts that the release before this one writes from now on are not counted: when
-- its last server has ended, `disburse check` says whether there were any, and the last statement here, after a `truncate`, counts anew.
create table payout_counts (
  merchant_id bigint not null,
  currency    text   not null,
  payouts     bigint not null check (payouts >= 0),
  primary key (merchant_id, currency)
) with (fillfactor = 50); -- rows that are written by every batch: their new versions find room beside the old ones
alter table payout_counts alter column merchant_id set statistics 0;

alter table payout_counts enable row level security;
create policy app on payout_counts to disburse_app
  using (array_position((select current_merchants())::bigint[], merchant_id) is not null)
  with check (array_position((select current_merchants())::bigint[], merchant_id) is not null);
create policy checker on payout_counts for select to disburse_checker using (true);
grant select, insert, update on payout_counts to disburse_app;
grant select on payout_counts to disburse_checker;
alter table payout_counts owner to disburse_migrator;

insert into payout_counts select merchant_id, currency, count(*) from payouts group by merchant_id, currency;

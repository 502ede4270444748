-- What a merchant calls a payout by, beside its handle: written once, found by.
create table payout_references (
  merchant_id        bigint not null,
  payout_id          bigint not null,
  merchant_reference text,
  merchant_order_id  bigint,
  invoice_number     text,
  primary key (merchant_id, payout_id)
);
create index payout_references_reference on payout_references (merchant_id, merchant_reference, payout_id)
  where merchant_reference is not null;
create index payout_references_order on payout_references (merchant_id, merchant_order_id, payout_id)
  where merchant_order_id is not null;

-- What a merchant's own currencies are worth, as the operator sets it: one of `source` is `rate` of `target`.
create table rates (
  merchant_id bigint      not null,
  source      text        not null,
  target      text        not null,
  rate        numeric     not null check (rate > 0),
  changed_at  timestamptz not null,
  primary key (merchant_id, source, target)
);

do $$
declare t text;
begin
  foreach t in array array['payout_references', 'rates'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy app on %I to disburse_app
                      using (merchant_id = any ((select current_merchants())::bigint[]))
                      with check (merchant_id = any ((select current_merchants())::bigint[]))', t);
    execute format('create policy checker on %I for select to disburse_checker using (true)', t);
    execute format('grant select, insert on %I to disburse_app', t);
    execute format('grant select on %I to disburse_checker', t);
    execute format('alter table %I owner to disburse_migrator', t);
  end loop;
end $$;
grant update, delete on rates to disburse_app;

-- What a payout refers to: customers that change and are forgotten, cards that people enter themselves, keys for browsers.

-- A debtor id belongs to one customer. Where two have one already, it is either's.
alter table names drop constraint names_kind_check;
alter table names add constraint names_kind_check check (kind in ('payout', 'idempotence', 'funding', 'customer', 'debtor'));
insert into names (merchant_id, kind, name, id)
select distinct on (merchant_id, debtor_id) merchant_id, 'debtor', debtor_id::text, 0 from customers where debtor_id is not null
on conflict do nothing;

-- For lists, and for what is one customer's: whether one of its payouts is under way, and all of them when it is exported or erased.
create index customers_created on customers (merchant_id, created_at, handle);
create index payouts_customer on payouts (merchant_id, customer, created_at, id);
create index payment_methods_vault on payment_methods (merchant_id, vault_id);

-- Public keys stand in every browser, so they are kept as they are, where the ids of keys stand.
alter table api_keys drop constraint api_keys_kind_check;
alter table api_keys add constraint api_keys_kind_check check (kind in ('frisbii_private', 'frisbii_public', 'worldline'));

-- What adding a test card comes to, as its CVV orders; the CVV is not kept.
alter table card_tokens add column adding_fault text;

-- A page on which one person may enter one card.
create table card_sessions (
  merchant_id bigint      not null,
  id          text        not null,
  customer    text        not null,
  accept_url  text,
  cancel_url  text,
  reference   text        not null,
  method_id   text,                -- the payment method that came of it, once
  declines    smallint    not null,
  expires_at  timestamptz not null,
  created_at  timestamptz not null,
  primary key (merchant_id, id)
);

-- Who had a customer's personal data destroyed, and why. Never changed, never deleted.
create table erasures (
  merchant_id bigint      not null,
  customer    text        not null,
  by_whom     text        not null,
  reason      text        not null,
  created_at  timestamptz not null
);
create index erasures_customer on erasures (merchant_id, customer, created_at);

-- A card that was destroyed leaves its place behind, because payouts and their history refer to it.
alter table vault add column erased_at timestamptz;
alter table vault drop constraint vault_sealed_check;
alter table vault add constraint vault_sealed_check
  check (case when erased_at is not null then sealed = '' and data_key is null
              else sealed like 'v1.%' or (data_key is not null and starts_with(sealed, 'v2.' || data_key || '.')) end);

do $$
declare t text;
begin
  foreach t in array array['card_sessions', 'erasures'] loop
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
grant update on card_sessions to disburse_app;
-- What a payout says on a statement may name a person: it can be taken away, and nothing else of an attempt.
grant update (statement_text) on attempts to disburse_app;

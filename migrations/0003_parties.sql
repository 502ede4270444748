-- Who writes a name first has it, for good: payout handles, idempotence keys, funding references, customer handles.
create table names (
  merchant_id bigint   not null,
  kind        text     not null check (kind in ('payout', 'idempotence', 'funding', 'customer')),
  name        text     not null collate "C" check (length(name) <= 255), -- "C": its index also finds what a name begins with
  id          bigint   not null,
  primary key (merchant_id, kind, name)
);

create table counters (
  merchant_id bigint not null,
  counter     text   not null check (counter in ('customer', 'order')),
  value       bigint not null check (value >= 0),
  primary key (merchant_id, counter)
);

create table customers (
  merchant_id bigint      not null,
  handle      text        not null,
  details     jsonb       not null,
  metadata    jsonb,
  debtor_id   bigint,
  created_at  timestamptz not null,
  deleted_at  timestamptz,
  primary key (merchant_id, handle)
);

-- The only place where a card or account number stands, and it stands there sealed.
create table vault (
  merchant_id  bigint      not null,
  id           bigint      not null,
  kind         text        not null check (kind in ('card', 'iban', 'bban')),
  sealed       text        not null check (sealed like 'v1.%'),
  fingerprint  text        not null,
  masked       text        not null,
  brand        text        not null,
  exp_month    smallint    check (exp_month between 1 and 12),
  exp_year     smallint,
  amount_table boolean     not null,
  created_at   timestamptz not null,
  primary key (merchant_id, id)
);

create table card_tokens (
  merchant_id bigint      not null,
  id          text        not null,
  vault_id    bigint      not null,
  expires_at  timestamptz not null,
  used_at     timestamptz,
  created_at  timestamptz not null,
  primary key (merchant_id, id)
);

create table payment_methods (
  merchant_id bigint      not null,
  id          text        not null,
  customer    text        not null,
  vault_id    bigint      not null,
  state       text        not null check (state in ('active', 'inactivated', 'failed', 'pending', 'deleted')),
  reference   text,
  created_at  timestamptz not null,
  failed_at   timestamptz,
  primary key (merchant_id, id)
);
create index payment_methods_customer on payment_methods (merchant_id, customer, created_at, id);

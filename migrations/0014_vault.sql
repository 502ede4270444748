-- Card numbers are sealed under a data key of their merchant, and data keys are wrapped by a master key that is not in here.

-- How often data keys were renewed; one renewal at a time, which goes on where a killed one was.
create table vault_rotations (
  id          bigint      generated always as identity primary key,
  started_at  timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create unique index vault_rotations_open on vault_rotations ((true)) where finished_at is null;

-- Merchant 0 is the installation itself. A data key is never deleted: a backup, or a server that has read a row before it was sealed
-- anew, may still need it.
create table data_keys (
  merchant_id   bigint      not null,
  id            text        not null check (id ~ '^[A-Za-z0-9_-]{1,32}$'), -- stands in every text that it seals
  master_key_id text        not null,
  wrapped       text        not null,
  rotation      bigint      not null, -- how many renewals had begun when it was made
  created_at    timestamptz not null default clock_timestamp(),
  retired_at    timestamptz,
  primary key (merchant_id, id)
);
create unique index data_keys_current on data_keys (merchant_id) where retired_at is null;
create index data_keys_master on data_keys (master_key_id);

-- A row that names its data key cannot be written without it: a database that was put back may have lost the key that a running
-- server still remembers. Texts of version 1 are sealed under a master key itself.
alter table vault drop constraint vault_sealed_check;
alter table vault
  add column data_key text,
  add constraint vault_sealed_check
    check (sealed like 'v1.%' or (data_key is not null and starts_with(sealed, 'v2.' || data_key || '.'))),
  add constraint vault_data_key foreign key (merchant_id, data_key) references data_keys (merchant_id, id);
-- Which master keys the old texts need; empty once they are sealed anew.
create index vault_old on vault (split_part(sealed, '.', 2)) where sealed like 'v1.%';

-- Sealed. Until a server of this release has started, it comes from the environment.
alter table installation add column fingerprint_key text;

alter table data_keys enable row level security;
create policy app on data_keys to disburse_app
  using (merchant_id = any ((select current_merchants())::bigint[]))
  with check (merchant_id = any ((select current_merchants())::bigint[]));
create policy checker on data_keys for select to disburse_checker using (true);
grant select, insert on data_keys, vault_rotations to disburse_app;
grant update (wrapped, master_key_id, retired_at) on data_keys to disburse_app;
grant update (finished_at) on vault_rotations to disburse_app;
grant select on data_keys, vault_rotations to disburse_checker;
alter table data_keys owner to disburse_migrator;
alter table vault_rotations owner to disburse_migrator;

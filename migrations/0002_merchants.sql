-- This installation: who it is, the (sealed) key its wire references are made with, and the hash of the admin token.
create table installation (
  singleton        boolean     primary key default true check (singleton),
  id               text        not null,
  reference_key    text        not null,
  admin_token_hash bytea       not null,
  -- Which key fingerprints are made with: another one would make known cards unknown.
  fingerprint_key_id text      not null,
  created_at       timestamptz not null
);

create table merchants (
  id                   bigint      primary key,
  handle               text        not null unique,
  name                 text        not null,
  currency             text        not null check (currency ~ '^[A-Z]{3}$'),
  country              text        not null check (country ~ '^[A-Z]{2}$'),
  timezone             text        not null,
  test                 boolean     not null,
  worldline_merchant_id text       not null unique check (worldline_merchant_id ~ '^[0-9]{1,10}$'),
  reference_prefix     text        not null unique check (reference_prefix ~ '^[A-Z2-7]{6}$'),
  approval             jsonb       not null,
  agreements           jsonb       not null,
  created_at           timestamptz not null
);

-- Finds the merchant of a request; so it is read before any merchant is known, and has no row-level security.
create table api_keys (
  id          bigint      primary key,
  merchant_id bigint      not null references merchants,
  kind        text        not null check (kind in ('frisbii_private', 'worldline')),
  hash        bytea       unique, -- of a Frisbii key; a Worldline key is found by its key_id
  key_id      text        unique,
  secret      text,               -- sealed: an HMAC secret must be readable
  label       text,
  masked      text        not null,
  created_at  timestamptz not null,
  revoked_at  timestamptz,
  check ((kind = 'frisbii_private') = (hash is not null and secret is null and key_id is null)),
  check ((kind = 'worldline') = (key_id is not null and secret is not null))
);
create index api_keys_merchant on api_keys (merchant_id);

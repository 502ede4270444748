-- A merchant's accounts in one currency: one row, so that a batch moves them with one update, and so that
-- "debits equal credits" is a constraint, true in every committed state.
create table accounts (
  merchant_id     bigint not null references merchants,
  currency        text   not null,
  available_minor bigint not null,
  held_minor      bigint not null check (held_minor >= 0),
  paid_out_minor  bigint not null check (paid_out_minor >= 0),
  funding_minor   bigint not null,
  floor_minor     bigint default 0, -- null: none
  primary key (merchant_id, currency),
  constraint balanced check (available_minor + held_minor + paid_out_minor + funding_minor = 0),
  constraint above_floor check (floor_minor is null or available_minor >= floor_minor)
);

-- The ledger. An entry moves an amount between two accounts of one merchant and currency, so it cannot be unbalanced.
-- Its key is the promise that each money step happens once per hold.
create table entries (
  merchant_id  bigint      not null,
  subject_id   bigint      not null, -- payout or funding
  hold         smallint    not null,
  kind         text        not null check (kind in ('fund', 'withdraw', 'hold', 'release', 'settle', 'give_back')),
  currency     text        not null,
  amount_minor bigint      not null check (amount_minor > 0),
  created_at   timestamptz not null,
  primary key (merchant_id, subject_id, hold, kind)
);
-- A hold ends once: released or settled, never both.
create unique index entries_hold_end on entries (merchant_id, subject_id, hold) where kind in ('release', 'settle');

create table fundings (
  merchant_id  bigint      not null,
  id           bigint      not null,
  reference    text        not null,
  currency     text        not null,
  amount_minor bigint      not null check (amount_minor <> 0),
  created_at   timestamptz not null,
  primary key (merchant_id, id),
  unique (merchant_id, reference)
);

-- Every entry as the two signed lines that bookkeepers read.
create view ledger_lines with (security_invoker = true) as
select e.merchant_id, e.subject_id, e.hold, e.kind, e.currency, l.account, l.amount_minor, e.created_at
  from entries e,
       lateral (values
         (case e.kind when 'fund' then 'funding' when 'release' then 'held' when 'settle' then 'held'
                      when 'give_back' then 'paid_out' else 'available' end, -e.amount_minor),
         (case e.kind when 'hold' then 'held' when 'settle' then 'paid_out' when 'withdraw' then 'funding'
                      else 'available' end, e.amount_minor)
       ) as l(account, amount_minor);

-- Whether payouts may be sent, and what tells that this database is not what it was (restored, copied, failed over): one row.
create table dispatch (
  singleton         boolean     primary key default true check (singleton),
  counter           bigint      not null, -- raised about once a second while anything is committed, to the time in milliseconds at least; never falls
  beaten_at         timestamptz not null, -- when it last was
  bound_at          timestamptz,          -- when a server first took this database for its own; null: none has yet
  system_identifier text,                 -- of the PostgreSQL it was last armed on, and its timeline; null: not readable there
  timeline          integer,
  name              text,                 -- what its servers call this installation; null: nothing
  frozen_at         timestamptz,          -- since when nothing is sent; null: it is armed
  frozen_because    text,
  since             timestamptz,          -- banks are asked for what they have done since then before it is armed again
  rewound_at        timestamptz,          -- when it was last found not to be what it was; stays when it is armed again
  asks_first_until  timestamptz,          -- until then a bank that may not recognise a reference is asked before its first send
  armed_at          timestamptz,          -- when an operator last armed it
  check ((frozen_at is null) = (frozen_because is null) and (frozen_at is null) = (since is null))
);
insert into dispatch (counter, beaten_at) values (0, now());

-- How it came to be so: who armed it, when and why. Never changed, never deleted.
create table dispatch_log (
  id         bigint      generated always as identity primary key,
  event      text        not null check (event in ('bound', 'frozen', 'armed')),
  by_whom    text        not null,
  reason     text        not null,
  forced     boolean     not null, -- armed although not everything could be found out
  facts      jsonb       not null,
  created_at timestamptz not null default clock_timestamp()
);

-- Transfers that a bank has made for us and that this database has forgotten, as the bank told when dispatch was armed. The payout
-- that is asked for again gets the same reference, and so its transfer.
create table forgotten_transfers (
  merchant_id  bigint      not null,
  reference    text        not null,
  rail         text        not null,
  status       text        not null check (status in ('paid', 'accepted', 'declined', 'returned')),
  amount_minor bigint      not null check (amount_minor > 0),
  currency     text        not null,
  bank_id      text,
  booked_at    timestamptz not null, -- by the bank's clock
  found_at     timestamptz not null default clock_timestamp(),
  primary key (merchant_id, reference)
);
alter table forgotten_transfers enable row level security;
create policy app on forgotten_transfers to disburse_app
  using (merchant_id = any ((select current_merchants())::bigint[]))
  with check (merchant_id = any ((select current_merchants())::bigint[]));
create policy checker on forgotten_transfers for select to disburse_checker using (true);

grant select, update on dispatch to disburse_app;
grant select, insert on dispatch_log to disburse_app;
grant select, insert, update on forgotten_transfers to disburse_app;
grant select on dispatch, dispatch_log, forgotten_transfers to disburse_checker;
alter table dispatch owner to disburse_migrator;
alter table dispatch_log owner to disburse_migrator;
alter table forgotten_transfers owner to disburse_migrator;

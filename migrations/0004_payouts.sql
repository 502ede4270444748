-- No foreign key leads from these tables to rows that batches update: it would make every insert wait for them.
create table payouts (
  merchant_id   bigint      not null,
  id            bigint      not null,
  handle        text        not null,
  door          text        not null check (door in ('frisbii', 'worldline')),
  customer      text        not null,
  state         text        not null check (state in ('awaiting_approval', 'queued', 'sent', 'accepted', 'in_doubt',
                                                      'paid', 'failed', 'cancelled', 'returned')),
  amount_minor  bigint      not null check (amount_minor > 0),
  currency      text        not null,
  text          text,
  attempt       smallint    not null,
  send          smallint    not null,
  send_deadline_at timestamptz,
  hold          smallint    not null,
  error_retries smallint    not null,
  asks          smallint    not null,
  answers       smallint    not null,
  error         text,
  error_state   text        check (error_state in ('soft_declined', 'hard_declined', 'processing_error')),
  frozen        boolean     not null,
  version       integer     not null check (version > 0),
  created_at    timestamptz not null,
  changed_at    timestamptz not null,
  due_at        timestamptz not null,
  next_at       timestamptz,
  paid_at       timestamptz,
  failed_at     timestamptz,
  primary key (merchant_id, id), -- merchant first: the key by which a distributed PostgreSQL cuts the tables
  -- A payout under way always has a next look; one that is over, or waits for a person, has none.
  check ((state in ('queued', 'sent', 'accepted', 'in_doubt')) = (next_at is not null))
);
-- What the engine has to look at: partial, so it stays as small as the work under way, however long the history grows.
create index payouts_next on payouts (next_at, merchant_id, id) where next_at is not null;
create index payouts_created on payouts (merchant_id, created_at, id);

create table attempts (
  merchant_id        bigint      not null,
  payout_id          bigint      not null,
  attempt            smallint    not null check (attempt > 0),
  reference          text        not null check (length(reference) <= 20),
  rail               text        not null,
  vault_id           bigint      not null,
  method_id          text,
  amount_minor       bigint      not null check (amount_minor > 0),
  statement_text     text,
  merchant_reference text,
  created_at         timestamptz not null,
  primary key (merchant_id, payout_id, attempt),
  unique (merchant_id, reference)
);

-- The intent of every send, committed before its first byte.
create table sends (
  merchant_id bigint      not null,
  payout_id   bigint      not null,
  attempt     smallint    not null,
  send        smallint    not null check (send > 0),
  body_hash   text        not null,
  deadline_at timestamptz not null,
  created_at  timestamptz not null,
  primary key (merchant_id, payout_id, attempt, send)
);

-- Evidence: what a rail answered, or that it was silent.
create table answers (
  merchant_id bigint      not null,
  payout_id   bigint      not null,
  answer      smallint    not null check (answer > 0),
  attempt     smallint    not null,
  source      text        not null check (source in ('own', 'callback', 'reply', 'status_file', 'inquiry', 'statement')),
  verdict     text        not null check (verdict in ('paid', 'accepted', 'declined', 'unanswered', 'never_received', 'returned')),
  error       text,
  error_state text,
  code        text,
  message     text,
  bank_id     text,
  raw         text        not null, -- scrubbed JSON
  closes      boolean     not null, -- ended its attempt
  created_at  timestamptz not null,
  primary key (merchant_id, payout_id, answer)
);
-- An attempt ends once.
create unique index answers_closing on answers (merchant_id, payout_id, attempt) where closes;

-- One row for each thing that happened to a payout. A reader who follows them stops below the oldest running
-- transaction (xid), so that a row that commits late is never skipped. No personal data stands here.
create table events (
  merchant_id bigint      not null,
  payout_id   bigint      not null,
  version     integer     not null,
  kind        text        not null,
  state       text        not null,
  attempt     smallint    not null,
  created_at  timestamptz not null,
  xid         xid8        not null default pg_current_xact_id(),
  primary key (merchant_id, payout_id, version)
);

-- How far a rail's own list of returns has been followed.
create table rail_cursors (
  rail       text        primary key,
  cursor     text        not null,
  changed_at timestamptz not null
);

create table incidents (
  merchant_id bigint      not null,
  payout_id   bigint      not null,
  version     integer     not null,
  kind        text        not null check (kind in ('contradiction', 'poison')),
  facts       jsonb       not null,
  created_at  timestamptz not null,
  resolved_at timestamptz,
  resolved_by text,
  reason      text,
  primary key (merchant_id, payout_id, version),
  check ((resolved_at is null) = (reason is null))
);
create index incidents_open on incidents (merchant_id, created_at) where resolved_at is null;

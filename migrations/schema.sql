-- What the migrations add up to, for reading: made from the catalog of a migrated database, and never run.
-- A test compares it; with DISBURSE_TEST_WRITE=yes in the environment it writes it anew.

table accounts, row level security
  merchant_id bigint not null
  currency text not null
  available_minor bigint not null
  held_minor bigint not null
  paid_out_minor bigint not null
  funding_minor bigint not null
  floor_minor bigint default 0
  constraint accounts_pkey PRIMARY KEY (merchant_id, currency)
  constraint accounts_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id)
  constraint above_floor CHECK (floor_minor IS NULL OR available_minor >= floor_minor)
  constraint accounts_held_minor_check CHECK (held_minor >= 0)
  constraint accounts_paid_out_minor_check CHECK (paid_out_minor >= 0)
  constraint balanced CHECK ((available_minor + held_minor + paid_out_minor + funding_minor) = 0)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table answers, row level security
  merchant_id bigint not null
  payout_id bigint not null
  answer smallint not null
  attempt smallint not null
  source text not null
  verdict text not null
  error text
  error_state text
  code text
  message text
  bank_id text
  raw text not null
  closes boolean not null
  created_at timestamp with time zone not null
  constraint answers_pkey PRIMARY KEY (merchant_id, payout_id, answer)
  constraint answers_answer_check CHECK (answer > 0)
  constraint answers_source_check CHECK (source = ANY (ARRAY['own'::text, 'callback'::text, 'reply'::text, 'status_file'::text, 'inquiry'::text, 'statement'::text, 'operator'::text]))
  constraint answers_verdict_check CHECK (verdict = ANY (ARRAY['paid'::text, 'accepted'::text, 'declined'::text, 'unanswered'::text, 'unsent'::text, 'never_received'::text, 'returned'::text]))
  unique index answers_closing btree (merchant_id, payout_id, attempt) WHERE closes
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table api_keys
  id bigint not null
  merchant_id bigint not null
  kind text not null
  hash bytea
  key_id text
  secret text
  label text
  masked text not null
  created_at timestamp with time zone not null
  revoked_at timestamp with time zone
  constraint api_keys_pkey PRIMARY KEY (id)
  constraint api_keys_hash_key UNIQUE (hash)
  constraint api_keys_key_id_key UNIQUE (key_id)
  constraint api_keys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id)
  constraint api_keys_check CHECK ((kind = 'frisbii_private'::text) = (hash IS NOT NULL AND secret IS NULL AND key_id IS NULL))
  constraint api_keys_check1 CHECK ((kind = 'worldline'::text) = (key_id IS NOT NULL AND secret IS NOT NULL))
  constraint api_keys_kind_check CHECK (kind = ANY (ARRAY['frisbii_private'::text, 'frisbii_public'::text, 'worldline'::text]))
  index api_keys_merchant btree (merchant_id)
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table attempts, row level security
  merchant_id bigint not null
  payout_id bigint not null
  attempt smallint not null
  reference text not null
  rail text not null
  vault_id bigint not null
  method_id text
  amount_minor bigint not null
  statement_text text
  merchant_reference text
  created_at timestamp with time zone not null
  constraint attempts_pkey PRIMARY KEY (merchant_id, payout_id, attempt)
  constraint attempts_merchant_id_reference_key UNIQUE (merchant_id, reference)
  constraint attempts_amount_minor_check CHECK (amount_minor > 0)
  constraint attempts_attempt_check CHECK (attempt > 0)
  constraint attempts_reference_check CHECK (length(reference) <= 20)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table card_sessions, row level security
  merchant_id bigint not null
  id text not null
  customer text not null
  accept_url text
  cancel_url text
  reference text not null
  method_id text
  declines smallint not null
  expires_at timestamp with time zone not null
  created_at timestamp with time zone not null
  constraint card_sessions_pkey PRIMARY KEY (merchant_id, id)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table card_tokens, row level security
  merchant_id bigint not null
  id text not null
  vault_id bigint not null
  expires_at timestamp with time zone not null
  used_at timestamp with time zone
  created_at timestamp with time zone not null
  adding_fault text
  constraint card_tokens_pkey PRIMARY KEY (merchant_id, id)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table counters, row level security
  merchant_id bigint not null
  counter text not null
  value bigint not null
  constraint counters_pkey PRIMARY KEY (merchant_id, counter)
  constraint counters_counter_check CHECK (counter = ANY (ARRAY['customer'::text, 'order'::text]))
  constraint counters_value_check CHECK (value >= 0)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table customer_events, row level security
  merchant_id bigint not null
  id bigint not null
  kind text not null
  customer text not null
  method_id text
  created_at timestamp with time zone not null
  place bigint not null
  constraint customer_events_pkey PRIMARY KEY (merchant_id, id)
  constraint customer_events_check CHECK ((method_id IS NOT NULL) = (kind ~~ 'method%'::text))
  constraint customer_events_kind_check CHECK (kind = ANY (ARRAY['customer_created'::text, 'customer_changed'::text, 'customer_deleted'::text, 'method_added'::text, 'method_failed'::text, 'method_updated'::text, 'method_reactivated'::text, 'method_deleted'::text]))
  index customer_events_customer btree (merchant_id, customer, created_at, id)
  index customer_events_feed btree (merchant_id, place, id)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table customers, row level security
  merchant_id bigint not null
  handle text not null
  details jsonb not null
  metadata jsonb
  debtor_id bigint
  created_at timestamp with time zone not null
  deleted_at timestamp with time zone
  constraint customers_pkey PRIMARY KEY (merchant_id, handle)
  index customers_created btree (merchant_id, created_at, handle)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table data_keys, row level security
  merchant_id bigint not null
  id text not null
  master_key_id text not null
  wrapped text not null
  rotation bigint not null
  created_at timestamp with time zone not null default clock_timestamp()
  retired_at timestamp with time zone
  constraint data_keys_pkey PRIMARY KEY (merchant_id, id)
  constraint data_keys_id_check CHECK (id ~ '^[A-Za-z0-9_-]{1,32}$'::text)
  unique index data_keys_current btree (merchant_id) WHERE retired_at IS NULL
  index data_keys_master btree (master_key_id)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table dispatch
  singleton boolean not null default true
  counter bigint not null
  beaten_at timestamp with time zone not null
  bound_at timestamp with time zone
  system_identifier text
  timeline integer
  name text
  frozen_at timestamp with time zone
  frozen_because text
  since timestamp with time zone
  rewound_at timestamp with time zone
  asks_first_until timestamp with time zone
  armed_at timestamp with time zone
  era smallint not null default 1
  constraint dispatch_pkey PRIMARY KEY (singleton)
  constraint dispatch_check CHECK ((frozen_at IS NULL) = (frozen_because IS NULL) AND (frozen_at IS NULL) = (since IS NULL))
  constraint dispatch_singleton_check CHECK (singleton)
  grant select, update to disburse_app
  grant select to disburse_checker

table dispatch_log
  id bigint not null
  event text not null
  by_whom text not null
  reason text not null
  forced boolean not null
  facts jsonb not null
  created_at timestamp with time zone not null default clock_timestamp()
  constraint dispatch_log_pkey PRIMARY KEY (id)
  constraint dispatch_log_event_check CHECK (event = ANY (ARRAY['bound'::text, 'frozen'::text, 'armed'::text]))
  grant insert, select to disburse_app
  grant select to disburse_checker

table endpoints, row level security
  merchant_id bigint not null
  id bigint not null
  format text not null
  url text not null
  types text[]
  topics text[] not null
  username text
  sealed text not null
  created_at timestamp with time zone not null
  disabled_at timestamp with time zone
  disabled_because text
  removed_at timestamp with time zone
  lease_owner text
  lease_until timestamp with time zone
  constraint endpoints_pkey PRIMARY KEY (merchant_id, id)
  constraint endpoints_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id)
  constraint endpoints_check CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
  constraint endpoints_format_check CHECK (format = ANY (ARRAY['frisbii'::text, 'worldline'::text, 'standard'::text]))
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table entries, row level security
  merchant_id bigint not null
  subject_id bigint not null
  hold smallint not null
  kind text not null
  currency text not null
  amount_minor bigint not null
  created_at timestamp with time zone not null
  constraint entries_pkey PRIMARY KEY (merchant_id, subject_id, hold, kind)
  constraint entries_amount_minor_check CHECK (amount_minor > 0)
  constraint entries_kind_check CHECK (kind = ANY (ARRAY['fund'::text, 'withdraw'::text, 'hold'::text, 'release'::text, 'settle'::text, 'give_back'::text]))
  unique index entries_hold_end btree (merchant_id, subject_id, hold) WHERE kind = ANY (ARRAY['release'::text, 'settle'::text])
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table erasures, row level security
  merchant_id bigint not null
  customer text not null
  by_whom text not null
  reason text not null
  created_at timestamp with time zone not null
  index erasures_customer btree (merchant_id, customer, created_at)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table events, row level security
  merchant_id bigint not null
  payout_id bigint not null
  version integer not null
  kind text not null
  state text not null
  attempt smallint not null
  created_at timestamp with time zone not null
  place bigint not null default pg_current_xact_id()::text::bigint
  constraint events_pkey PRIMARY KEY (merchant_id, payout_id, version)
  index events_feed btree (merchant_id, place, payout_id, version)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table forgotten_transfers, row level security
  merchant_id bigint not null
  reference text not null
  rail text not null
  status text not null
  amount_minor bigint not null
  currency text not null
  bank_id text
  booked_at timestamp with time zone not null
  found_at timestamp with time zone not null default clock_timestamp()
  constraint forgotten_transfers_pkey PRIMARY KEY (merchant_id, reference)
  constraint forgotten_transfers_amount_minor_check CHECK (amount_minor > 0)
  constraint forgotten_transfers_status_check CHECK (status = ANY (ARRAY['paid'::text, 'accepted'::text, 'declined'::text, 'returned'::text]))
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table fundings, row level security
  merchant_id bigint not null
  id bigint not null
  reference text not null
  currency text not null
  amount_minor bigint not null
  created_at timestamp with time zone not null
  constraint fundings_pkey PRIMARY KEY (merchant_id, id)
  constraint fundings_merchant_id_reference_key UNIQUE (merchant_id, reference)
  constraint fundings_amount_minor_check CHECK (amount_minor <> 0)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table incidents, row level security
  merchant_id bigint not null
  payout_id bigint not null
  version integer not null
  kind text not null
  facts jsonb not null
  created_at timestamp with time zone not null
  resolved_at timestamp with time zone
  resolved_by text
  reason text
  constraint incidents_pkey PRIMARY KEY (merchant_id, payout_id, version)
  constraint incidents_check CHECK ((resolved_at IS NULL) = (reason IS NULL))
  constraint incidents_kind_check CHECK (kind = ANY (ARRAY['contradiction'::text, 'silence'::text, 'poison'::text]))
  index incidents_open btree (merchant_id, created_at) WHERE resolved_at IS NULL
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table installation
  singleton boolean not null default true
  id text not null
  reference_key text not null
  admin_token_hash bytea not null
  fingerprint_key_id text not null
  created_at timestamp with time zone not null
  fingerprint_key text
  constraint installation_pkey PRIMARY KEY (singleton)
  constraint installation_singleton_check CHECK (singleton)
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table lives
  singleton boolean not null default true
  life uuid not null
  constraint lives_pkey PRIMARY KEY (singleton)
  constraint lives_singleton_check CHECK (singleton)
  grant insert, select to disburse_app
  grant select to disburse_checker

table merchants
  id bigint not null
  handle text not null
  name text not null
  currency text not null
  country text not null
  timezone text not null
  test boolean not null
  worldline_merchant_id text not null
  reference_prefix text not null
  approval jsonb not null
  agreements jsonb not null
  created_at timestamp with time zone not null
  subscriptions jsonb not null default '[]'::jsonb
  constraint merchants_pkey PRIMARY KEY (id)
  constraint merchants_handle_key UNIQUE (handle)
  constraint merchants_reference_prefix_key UNIQUE (reference_prefix)
  constraint merchants_worldline_merchant_id_key UNIQUE (worldline_merchant_id)
  constraint merchants_country_check CHECK (country ~ '^[A-Z]{2}$'::text)
  constraint merchants_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text)
  constraint merchants_reference_prefix_check CHECK (reference_prefix ~ '^[A-Z2-7]{6}$'::text)
  constraint merchants_worldline_merchant_id_check CHECK (worldline_merchant_id ~ '^[0-9]{1,10}$'::text)
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table names, row level security
  merchant_id bigint not null
  kind text not null
  name text collate "C" not null
  id bigint not null
  constraint names_pkey PRIMARY KEY (merchant_id, kind, name)
  constraint names_kind_check CHECK (kind = ANY (ARRAY['payout'::text, 'idempotence'::text, 'funding'::text, 'customer'::text, 'debtor'::text]))
  constraint names_name_check CHECK (length(name) <= 255)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant delete, insert, select, update to disburse_app
  grant select to disburse_checker

table notice_calls, row level security
  merchant_id bigint not null
  notice_id bigint not null
  call smallint not null
  began_at timestamp with time zone not null
  duration_ms integer not null
  http_status smallint
  fault text
  headers jsonb not null
  body text not null
  constraint notice_calls_pkey PRIMARY KEY (merchant_id, notice_id, call)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table notices, row level security
  merchant_id bigint not null
  id bigint not null
  endpoint_id bigint not null
  subject_id bigint not null
  version integer not null
  customer text not null
  state text not null default 'pending'::text
  tries smallint not null default 0
  next_at timestamp with time zone
  first_fail_at timestamp with time zone
  last_fail_at timestamp with time zone
  done_at timestamp with time zone
  created_at timestamp with time zone not null
  constraint notices_pkey PRIMARY KEY (merchant_id, id)
  constraint notices_check CHECK ((next_at IS NOT NULL) = (state = ANY (ARRAY['pending'::text, 'retrying'::text])))
  constraint notices_check1 CHECK ((done_at IS NOT NULL) = (state = 'completed'::text))
  constraint notices_state_check CHECK (state = ANY (ARRAY['pending'::text, 'retrying'::text, 'disabled'::text, 'failed'::text, 'completed'::text]))
  index notices_age brin (created_at)
  index notices_created btree (merchant_id, created_at, id)
  index notices_due btree (merchant_id, endpoint_id, next_at, id) WHERE next_at IS NOT NULL
  index notices_line btree (merchant_id, endpoint_id, customer, id) WHERE next_at IS NOT NULL
  index notices_subject btree (merchant_id, subject_id, version)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table payment_methods, row level security
  merchant_id bigint not null
  id text not null
  customer text not null
  vault_id bigint not null
  state text not null
  reference text
  created_at timestamp with time zone not null
  failed_at timestamp with time zone
  constraint payment_methods_pkey PRIMARY KEY (merchant_id, id)
  constraint payment_methods_state_check CHECK (state = ANY (ARRAY['active'::text, 'inactivated'::text, 'failed'::text, 'pending'::text, 'deleted'::text]))
  index payment_methods_created btree (merchant_id, created_at, id)
  index payment_methods_customer btree (merchant_id, customer, created_at, id)
  index payment_methods_vault btree (merchant_id, vault_id)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table payout_counts, row level security
  merchant_id bigint not null
  currency text not null
  payouts bigint not null
  constraint payout_counts_pkey PRIMARY KEY (merchant_id, currency)
  constraint payout_counts_payouts_check CHECK (payouts >= 0)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table payout_references, row level security
  merchant_id bigint not null
  payout_id bigint not null
  merchant_reference text
  merchant_order_id bigint
  invoice_number text
  constraint payout_references_pkey PRIMARY KEY (merchant_id, payout_id)
  index payout_references_order btree (merchant_id, merchant_order_id, payout_id) WHERE merchant_order_id IS NOT NULL
  index payout_references_reference btree (merchant_id, merchant_reference, payout_id) WHERE merchant_reference IS NOT NULL
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table payouts, row level security
  merchant_id bigint not null
  id bigint not null
  handle text not null
  door text not null
  customer text not null
  state text not null
  amount_minor bigint not null
  currency text not null
  text text
  attempt smallint not null
  send smallint not null
  send_deadline_at timestamp with time zone
  hold smallint not null
  error_retries smallint not null
  asks smallint not null
  answers smallint not null
  error text
  error_state text
  frozen boolean not null
  version integer not null
  created_at timestamp with time zone not null
  changed_at timestamp with time zone not null
  due_at timestamp with time zone not null
  next_at timestamp with time zone
  paid_at timestamp with time zone
  failed_at timestamp with time zone
  rail text not null
  first_sent_at timestamp with time zone
  tries smallint not null
  contradicted_by text
  constraint payouts_pkey PRIMARY KEY (merchant_id, id)
  constraint looked_at CHECK (
CASE
    WHEN state = ANY (ARRAY['queued'::text, 'sent'::text, 'accepted'::text, 'in_doubt'::text]) THEN next_at IS NOT NULL OR frozen
    ELSE next_at IS NULL
END)
  constraint payouts_amount_minor_check CHECK (amount_minor > 0)
  constraint payouts_door_check CHECK (door = ANY (ARRAY['frisbii'::text, 'worldline'::text]))
  constraint payouts_error_state_check CHECK (error_state = ANY (ARRAY['soft_declined'::text, 'hard_declined'::text, 'processing_error'::text]))
  constraint payouts_state_check CHECK (state = ANY (ARRAY['awaiting_approval'::text, 'queued'::text, 'sent'::text, 'accepted'::text, 'in_doubt'::text, 'paid'::text, 'failed'::text, 'cancelled'::text, 'returned'::text]))
  constraint payouts_version_check CHECK (version > 0)
  index payouts_created btree (merchant_id, created_at, id)
  index payouts_customer btree (merchant_id, customer, created_at, id)
  index payouts_failed btree (merchant_id, failed_at, id) WHERE failed_at IS NOT NULL
  index payouts_paid btree (merchant_id, paid_at, id) WHERE paid_at IS NOT NULL
  index payouts_to_ask btree (rail, next_at, merchant_id, id) WHERE (state = ANY (ARRAY['sent'::text, 'accepted'::text, 'in_doubt'::text])) AND next_at IS NOT NULL
  index payouts_to_send btree (rail, next_at, merchant_id, id) WHERE state = 'queued'::text AND next_at IS NOT NULL AND NOT frozen
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table rail_cursors
  rail text not null
  cursor text not null
  changed_at timestamp with time zone not null
  constraint rail_cursors_pkey PRIMARY KEY (rail)
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table rates, row level security
  merchant_id bigint not null
  source text not null
  target text not null
  rate numeric not null
  changed_at timestamp with time zone not null
  constraint rates_pkey PRIMARY KEY (merchant_id, source, target)
  constraint rates_rate_check CHECK (rate > 0::numeric)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant delete, insert, select, update to disburse_app
  grant select to disburse_checker

table sends, row level security
  merchant_id bigint not null
  payout_id bigint not null
  attempt smallint not null
  send smallint not null
  body_hash text not null
  deadline_at timestamp with time zone not null
  created_at timestamp with time zone not null
  constraint sends_pkey PRIMARY KEY (merchant_id, payout_id, attempt, send)
  constraint sends_send_check CHECK (send > 0)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select to disburse_app
  grant select to disburse_checker

table vault, row level security
  merchant_id bigint not null
  id bigint not null
  kind text not null
  sealed text not null
  fingerprint text not null
  masked text not null
  brand text not null
  exp_month smallint
  exp_year smallint
  amount_table boolean not null
  created_at timestamp with time zone not null
  data_key text
  erased_at timestamp with time zone
  constraint vault_pkey PRIMARY KEY (merchant_id, id)
  constraint vault_data_key FOREIGN KEY (merchant_id, data_key) REFERENCES data_keys(merchant_id, id)
  constraint vault_exp_month_check CHECK (exp_month >= 1 AND exp_month <= 12)
  constraint vault_kind_check CHECK (kind = ANY (ARRAY['card'::text, 'iban'::text, 'bban'::text]))
  constraint vault_sealed_check CHECK (
CASE
    WHEN erased_at IS NOT NULL THEN sealed = ''::text AND data_key IS NULL
    ELSE sealed ~~ 'v1.%'::text OR data_key IS NOT NULL AND starts_with(sealed, ('v2.'::text || data_key) || '.'::text)
END)
  index vault_old btree (split_part(sealed, '.'::text, 2)) WHERE sealed ~~ 'v1.%'::text
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

table vault_rotations
  id bigint not null
  started_at timestamp with time zone not null default clock_timestamp()
  finished_at timestamp with time zone
  constraint vault_rotations_pkey PRIMARY KEY (id)
  unique index vault_rotations_open btree ((true)) WHERE finished_at IS NULL
  grant insert, select to disburse_app
  grant select to disburse_checker

table webhook_settings, row level security
  merchant_id bigint not null
  disabled boolean not null
  username text
  sealed text not null
  alert_emails text[] not null
  alert_count integer
  event_types text[]
  constraint webhook_settings_pkey PRIMARY KEY (merchant_id)
  constraint webhook_settings_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id)
  constraint webhook_settings_alert_count_check CHECK (alert_count >= 4)
  policy app for all to disburse_app using (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL) with check (array_position(( SELECT current_merchants() AS current_merchants), merchant_id) IS NOT NULL)
  policy checker for select to disburse_checker using true
  grant insert, select, update to disburse_app
  grant select to disburse_checker

view ledger_lines with (security_invoker=true)
  grant select to disburse_checker
 SELECT e.merchant_id,
    e.subject_id,
    e.hold,
    e.kind,
    e.currency,
    l.account,
    l.amount_minor,
    e.created_at
   FROM entries e,
    LATERAL ( VALUES (
                CASE e.kind
                    WHEN 'fund'::text THEN 'funding'::text
                    WHEN 'release'::text THEN 'held'::text
                    WHEN 'settle'::text THEN 'held'::text
                    WHEN 'give_back'::text THEN 'paid_out'::text
                    ELSE 'available'::text
                END,- e.amount_minor), (
                CASE e.kind
                    WHEN 'hold'::text THEN 'held'::text
                    WHEN 'settle'::text THEN 'paid_out'::text
                    WHEN 'withdraw'::text THEN 'funding'::text
                    ELSE 'available'::text
                END,e.amount_minor)) l(account, amount_minor);

function analyze_grown_tables()
  grant execute to disburse_app
CREATE OR REPLACE FUNCTION public.analyze_grown_tables()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  grown record;
  done integer := 0;
begin
  for grown in
    select s.relname from pg_stat_user_tables s join pg_class c on c.oid = s.relid
     where s.schemaname = 'public' and pg_has_role(c.relowner, 'member')
       and s.n_mod_since_analyze > 100 and s.n_mod_since_analyze > greatest(c.reltuples, 0)
  loop
    execute format('analyze %I', grown.relname);
    done := done + 1;
  end loop;
  return done;
end $function$

function current_merchants()
  grant execute to public
CREATE OR REPLACE FUNCTION public.current_merchants()
 RETURNS bigint[]
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (string_to_array(NULLIF(current_setting('disburse.merchants'::text, true), ''::text), ','::text))::bigint[]

function due_endpoints(asking text, now timestamp with time zone, most integer, behind_merchant bigint, behind bigint)
  grant execute to disburse_app
CREATE OR REPLACE FUNCTION public.due_endpoints(asking text, now timestamp with time zone, most integer, behind_merchant bigint, behind bigint)
 RETURNS TABLE(merchant_id bigint, id bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ with recursive waiting as (
          (select n.merchant_id, n.endpoint_id from notices n
            where n.next_at is not null and (n.merchant_id, n.endpoint_id) > (behind_merchant, behind)
            order by n.merchant_id, n.endpoint_id limit 1)
          union all
          select w.* from waiting, lateral (
            select n.merchant_id, n.endpoint_id from notices n
             where n.next_at is not null and (n.merchant_id, n.endpoint_id) > (waiting.merchant_id, waiting.endpoint_id)
             order by n.merchant_id, n.endpoint_id limit 1) w)
        select e.merchant_id, e.id from waiting w join endpoints e on e.merchant_id = w.merchant_id and e.id = w.endpoint_id
         where (e.lease_owner = asking or e.lease_until is null or e.lease_until < now)
           and exists (select from notices n where n.merchant_id = w.merchant_id and n.endpoint_id = w.endpoint_id and n.next_at <= now)
         limit most $function$

function due_to_ask(on_rail text, now timestamp with time zone, most integer, without bigint[])
  grant execute to disburse_app
CREATE OR REPLACE FUNCTION public.due_to_ask(on_rail text, now timestamp with time zone, most integer, without bigint[])
 RETURNS TABLE(merchant_id bigint, id bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ select p.merchant_id, p.id from payouts p
         where p.rail = on_rail and p.state in ('sent', 'accepted', 'in_doubt') and p.next_at <= now and p.next_at is not null
           and p.merchant_id <> all (without)
         order by p.next_at, p.merchant_id, p.id
         limit most $function$

function due_to_send(on_rail text, now timestamp with time zone, most integer, without bigint[])
  grant execute to disburse_app
CREATE OR REPLACE FUNCTION public.due_to_send(on_rail text, now timestamp with time zone, most integer, without bigint[])
 RETURNS TABLE(merchant_id bigint, id bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ select p.merchant_id, p.id from payouts p
         where p.rail = on_rail and p.state = 'queued' and p.next_at <= now and p.next_at is not null and not p.frozen
           and p.merchant_id <> all (without)
         order by p.next_at, p.merchant_id, p.id
         limit most $function$

function forget_notices(before timestamp with time zone, most integer)
  grant execute to disburse_app
CREATE OR REPLACE FUNCTION public.forget_notices(before timestamp with time zone, most integer)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ with old as (
          select merchant_id, id from notices where created_at < before and next_at is null limit most for update skip locked),
        calls as (delete from notice_calls c using old where c.merchant_id = old.merchant_id and c.notice_id = old.id),
        gone as (delete from notices n using old where n.merchant_id = old.merchant_id and n.id = old.id returning 1)
        select count(*)::integer from gone $function$

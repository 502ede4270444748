-- One payout taken on and sent, as one transaction writes it: the rows that the product writes, and no others.
begin;
insert into names (merchant_id, kind, name, id) values (:m, 'payout', :id::text, :id);
insert into payouts (merchant_id, id, handle, door, customer, state, amount_minor, currency, rail, attempt, send, first_sent_at,
                     send_deadline_at, hold, error_retries, asks, tries, answers, frozen, version, created_at, changed_at, due_at, next_at)
values (:m, :id, :id::text, 'frisbii', 'bench', 'sent', 1, 'EUR', 'sandbox', 1, 1, now(),
        now() + interval '10 s', 1, 0, 0, 1, 0, false, 2, now(), now(), now(), now() + interval '25 s');
insert into attempts (merchant_id, payout_id, attempt, reference, rail, vault_id, method_id, amount_minor, created_at)
values (:m, :id, 1, 'BENCHA' || left(md5(:id::text), 14), 'sandbox', 1, 'ca_00000000000000000000000000000001', 1, now());
insert into sends (merchant_id, payout_id, attempt, send, body_hash, deadline_at, created_at)
values (:m, :id, 1, 1, md5(:id::text) || 'AAAAAAAAAAA', now() + interval '10 s', now());
insert into events (merchant_id, payout_id, version, kind, state, attempt, created_at, place)
select :m::bigint, :id::bigint, v.version, v.kind, v.state, 1, now(), (d.era::bigint << 48) | pg_current_xact_id()::text::bigint
  from dispatch d, (values (1, 'created', 'queued'), (2, 'sent', 'sent')) as v(version, kind, state);
insert into entries (merchant_id, subject_id, hold, kind, currency, amount_minor, created_at) values (:m, :id, 1, 'hold', 'EUR', 1, now());
update accounts set available_minor = available_minor - 1, held_minor = held_minor + 1
 where merchant_id = :m and currency = 'EUR' and (floor_minor is null or available_minor - 1 >= floor_minor);
commit;

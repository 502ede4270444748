-- What the bank answered, as one transaction writes it.
begin;
update payouts set state = 'paid', tries = 0, answers = 1, version = 3, changed_at = now(), next_at = null, paid_at = now()
 where merchant_id = :m and id = :id and state = 'sent';
insert into answers (merchant_id, payout_id, answer, attempt, source, verdict, bank_id, raw, closes, created_at)
values (:m, :id, 1, 1, 'reply', 'paid', 'SB0000000001',
        '{"http_status":200,"reference":"BENCHA' || left(md5(:id::text), 14) || '","status":"paid","bank_id":"SB0000000001","amount_minor":1,"currency":"EUR","booked_at":"2026-11-21T10:21:56.297Z"}',
        true, now());
insert into events (merchant_id, payout_id, version, kind, state, attempt, created_at, place)
select :m::bigint, :id::bigint, 3, 'paid', 'paid', 1, now(), (d.era::bigint << 48) | pg_current_xact_id()::text::bigint from dispatch d;
insert into entries (merchant_id, subject_id, hold, kind, currency, amount_minor, created_at) values (:m, :id, 1, 'settle', 'EUR', 1, now());
update accounts set held_minor = held_minor - 1, paid_out_minor = paid_out_minor + 1 where merchant_id = :m and currency = 'EUR';
commit;

#!/usr/bin/env bash
# Pays a card through the Frisbii API of a server that runs on this machine (npm start), and shows what can happen to a payout:
# paid, declined, paid at the second try, and paid although the bank said nothing.
#
#   examples/first-payout.sh [data/demo.json]
set -euo pipefail
demo=${1:-data/demo.json}

json() { node -pe "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; } # one value of the JSON on standard input
url=$(json url <"$demo")
key=$(json frisbii.private_key <"$demo")
admin=$(json admin_token <"$demo")
merchant=$(json merchant.id <"$demo")
bank=$(json sandbox_bank <"$demo")
run=$(date +%s)-$$ # makes handles of this run its own

post() { curl -sS -u "$key:" -H 'content-type: application/json' -d "$2" "$url$1"; }
get() { curl -sS -u "$key:" "$url$1"; }
expect() { # what, wanted, got
  [ "$2" = "$3" ] || { echo "$1 should be $2, but is $3" >&2; exit 1; }
  echo "   $1: $3"
}

echo "1. A customer, and a card of theirs (by a one-time token, so that no number travels through this script's server)"
customer=$(post /v1/customer "{\"handle\":\"winner-$run\",\"email\":\"winner@example.com\"}" | json handle)
card() { # number, cvv → payment method
  local token
  token=$(post /sandbox/card-tokens "{\"number\":\"$1\",\"cvv\":\"$2\",\"exp_month\":12,\"exp_year\":2039}" | json id)
  post /v1/payment_method "{\"source\":\"$token\",\"customer_handle\":\"$customer\"}" | json id
}
visa=$(card 4111111111111111 123)
echo "   customer $customer, card $visa"

echo "2. A payout to the card"
paid=$(post /v1/payout "{\"handle\":\"prize-$run\",\"destination\":\"$visa\",\"amount\":20000,\"currency\":\"DKK\",\"text\":\"Prize\"}")
expect "state" paid "$(json state <<<"$paid")"

echo "3. A payout that the bank declines (a test card with CVV 888: the amount 3001 means an expired card)"
moody=$(card 5500000000000004 888)
declined=$(post /v1/payout "{\"handle\":\"declined-$run\",\"destination\":\"$moody\",\"amount\":3001,\"currency\":\"DKK\"}")
expect "state" failed "$(json state <<<"$declined")"
expect "error" credit_card_expired "$(json 'transactions[0].error' <<<"$declined")"
expect "error_state" hard_declined "$(json 'transactions[0].error_state' <<<"$declined")"

echo "4. The same payout again, to another card: one payout, two transactions"
again=$(post /v1/payout "{\"handle\":\"declined-$run\",\"destination\":\"$visa\",\"amount\":3001,\"currency\":\"DKK\"}")
expect "state" paid "$(json state <<<"$again")"
expect "transactions" 2 "$(json transactions.length <<<"$again")"

echo "5. A payout whose bank pays, but never answers"
before=$(curl -sS "$bank/books" | json paid)
silent=$(post /v1/payout "{\"handle\":\"silent-$run\",\"destination\":\"$visa\",\"amount\":500,\"currency\":\"DKK\",\"text\":\"sandbox:silent-paid\"}")
expect "state" processing "$(json state <<<"$silent")"
expect "error_state" processing_error "$(json 'transactions[0].error_state' <<<"$silent")"
echo "   its money stays held while the bank is asked …"
for _ in $(seq 1 60); do
  state=$(get "/v1/payout/silent-$run" | json state)
  [ "$state" = processing ] || break
  sleep 0.5
done
expect "state" paid "$state"
expect "transfers in the bank's books" $((before + 1)) "$(curl -sS "$bank/books" | json paid)"

echo "6. The balances"
curl -sS -H "authorization: Bearer $admin" "$url/admin/merchants/$merchant/balances" |
  node -e 'for (const b of JSON.parse(require("fs").readFileSync(0, "utf8")).balances) console.log("  ", b.currency, "available", b.available_minor / 100, "held", b.held_minor / 100, "paid out", b.paid_out_minor / 100)'

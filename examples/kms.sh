#!/bin/sh
# A key management command for DISBURSE_KMS_COMMAND, to be copied and changed: openssl and a file of a key stand where your key
# management system would. It is called as
#
#   kms.sh wrap|unwrap <key id> <context>
#
# with base64 on its standard input, and answers in base64. Any other exit code than 0 means that it could not.
set -eu
action=$1 key_id=$2 context=$3
key_file="${KMS_KEYS:?a folder with one file per key}/$key_id"
[ -r "$key_file" ] || { echo "there is no key $key_id" >&2; exit 2; }

# With AWS, for one:
#   wrap:   aws kms encrypt --key-id "alias/$key_id" --encryption-context "for=$context" --plaintext fileb:///dev/stdin
#   unwrap: aws kms decrypt --encryption-context "for=$context" --ciphertext-blob fileb:///dev/stdin
case $action in
  wrap) base64 -d | openssl enc -aes-256-cbc -pbkdf2 -salt -pass "file:$key_file" | base64 | tr -d '\n' ;;
  unwrap) base64 -d | openssl enc -d -aes-256-cbc -pbkdf2 -pass "file:$key_file" | base64 | tr -d '\n' ;;
  *) echo "wrap or unwrap, not $action" >&2; exit 2 ;;
esac

#!/usr/bin/env bash
set -euo pipefail
URL=${VETSPACE_URL:-http://127.0.0.1:3000}
JSON='Content-Type: application/json'
TOKEN=$(curl -sf "$URL/v2/authentication/login" -H "$JSON" \
  -d '{"accountId":"00000000-0000-4000-8000-000000000001","apiKey":"demo-api-key"}' | jq -r .token)

# One key for one thing that is to happen, made before the first try.
KEY=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
make_account() {
  curl -sS --retry 3 --retry-connrefused -D - "$URL/v2/global/captureUserInfo" \
    -H "$JSON" -H "ApiToken: $TOKEN" -H "Idempotency-Key: $KEY" -d "$1"
}
BODY='{"email":"'$KEY'@example.com","firstName":"Dorothy","lastName":"Hale","mobile":"+44 7700 900123",
  "password":"Three-Grey-Mares-9","acceptTerms":true}'

FIRST=$(make_account "$BODY" | tail -n 1)
# The answer got lost on the way? Send the same again: nothing is made twice, the answer is the same.
AGAIN=$(make_account "$BODY")
grep -iq '^Idempotency-Replayed: true' <<<"$AGAIN"
[ "$FIRST" = "$(tail -n 1 <<<"$AGAIN")" ] && echo "One account"
# The same key for something else is a mistake, and is refused.
make_account "${BODY/Dorothy/Edith}" | tail -n 1 | jq -r .code

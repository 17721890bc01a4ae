#!/usr/bin/env bash
set -euo pipefail
URL=${VETSPACE_URL:-http://127.0.0.1:3000}
JSON='Content-Type: application/json'
TOKEN=$(curl -sf "$URL/v2/authentication/login" -H "$JSON" \
  -d '{"accountId":"00000000-0000-4000-8000-000000000001","apiKey":"demo-api-key"}' | jq -r .token)
USER_TOKEN=$(curl -sf "$URL/v2/authentication/verifyUser" -H "$JSON" -H "ApiToken: $TOKEN" \
  -d '{"username":"amelia.vet","password":"Demo-Practice-2026"}' | jq -r .userToken)
codes() {
  curl -sfG "$URL/v2/mobile/retrieveTreatmentCodes" -d siteId=1 -d limit=10 "$@" \
    -H "ApiToken: $TOKEN" -H "ApiUserToken: $USER_TOKEN"
}

# Page by page, each with the cursor of the one before, until there is no further one.
PAGE=$(codes)
COUNT=$(jq '.items | length' <<<"$PAGE")
while CURSOR=$(jq -re .nextCursor <<<"$PAGE"); do
  PAGE=$(codes --data-urlencode "cursor=$CURSOR")
  COUNT=$((COUNT + $(jq '.items | length' <<<"$PAGE")))
done
echo "$COUNT treatment codes"

# What changed since a time, page by page; an incomplete page is the last. Its cursor is kept for the next time.
SINCE=(--data-urlencode 'modifiedSince=2026-01-01T00:00:00Z')
CHANGED=0
while :; do
  PAGE=$(codes "${SINCE[@]}")
  SINCE=(--data-urlencode "cursor=$(jq -r .nextCursor <<<"$PAGE")")
  SIZE=$(jq '.items | length' <<<"$PAGE")
  CHANGED=$((CHANGED + SIZE))
  [ "$SIZE" -eq 10 ] || break
done
echo "$CHANGED changed"
echo "$(codes "${SINCE[@]}" | jq '.items | length') changed since then"

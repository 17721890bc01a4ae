#!/usr/bin/env bash
# Needs curl and jq.
set -euo pipefail
URL=${VETSPACE_URL:-http://127.0.0.1:3000}
JSON='Content-Type: application/json'

# 1. The key of your account gives an ApiToken.
TOKEN=$(curl -sf "$URL/v2/authentication/login" -H "$JSON" \
  -d '{"accountId":"00000000-0000-4000-8000-000000000001","apiKey":"demo-api-key"}' | jq -r .token)

# 2. A user of the practice signs in, which gives an ApiUserToken.
USER_TOKEN=$(curl -sf "$URL/v2/authentication/verifyUser" -H "$JSON" -H "ApiToken: $TOKEN" \
  -d '{"username":"amelia.vet","password":"Demo-Practice-2026"}' | jq -r .userToken)

# 3. Both go with every call that is made for that user.
curl -sf "$URL/v2/mobile/retrieveDiariesForDay?siteId=1&date=$(date +%F)" \
  -H "ApiToken: $TOKEN" -H "ApiUserToken: $USER_TOKEN" |
  jq -r '.diaries[] | "\(.practitionerName): \(.appointments | length) appointments"'

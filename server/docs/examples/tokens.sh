#!/usr/bin/env bash
set -euo pipefail
URL=${VETSPACE_URL:-http://127.0.0.1:3000}
JSON='Content-Type: application/json'

TOKEN=$(curl -sf "$URL/v2/authentication/login" -H "$JSON" \
  -d '{"accountId":"00000000-0000-4000-8000-000000000001","apiKey":"demo-app-key"}' | jq -r .token)
SESSION=$(curl -sf "$URL/v2/authentication/verifyUser" -H "$JSON" -H "ApiToken: $TOKEN" \
  -d '{"username":"amelia.vet","password":"Demo-Practice-2026"}')
echo "Signed in as $(jq -r .user.displayName <<<"$SESSION"), $(jq -r '.user.roles | join(", ")' <<<"$SESSION")"

# Some time before expiresAt, or when a call answers TOKEN_EXPIRED: keep what comes back, both tokens of it.
SESSION=$(curl -sf "$URL/v2/authentication/refreshUserToken" -H "$JSON" -H "ApiToken: $TOKEN" \
  -d "$(jq '{refreshToken}' <<<"$SESSION")")
echo "Renewed"

# The session ends at once, here and for its refresh token.
USER_TOKEN=$(jq -r .userToken <<<"$SESSION")
curl -sf -X POST "$URL/v2/authentication/logout" -H "ApiToken: $TOKEN" -H "ApiUserToken: $USER_TOKEN"
CODE=$(curl -s "$URL/v2/mobile/rejected" -H "ApiToken: $TOKEN" -H "ApiUserToken: $USER_TOKEN" | jq -r .code)
echo "After logout: $CODE"

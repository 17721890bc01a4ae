#!/usr/bin/env bash
set -euo pipefail
URL=${VETSPACE_URL:-http://127.0.0.1:3000}

# A request with two faults: accountId is no UUID, and apiKey is missing.
ANSWER=$(curl -s -w '\n%{http_code}' "$URL/v2/authentication/login" \
  -H 'Content-Type: application/json' -d '{"accountId":"4711"}')
STATUS=${ANSWER##*$'\n'}
PROBLEM=${ANSWER%$'\n'*}

# Decide by `code`; show `title` and `detail` to people, and `errors` beside the fields; log `requestId`.
case "$STATUS $(jq -r .code <<<"$PROBLEM")" in
  400\ INVALID_REQUEST) jq -r '"\(.code): \(.errors | map("\(.path) \(.message)") | join("; "))"' <<<"$PROBLEM" ;;
  429\ * | 503\ *) echo "Try again as late as Retry-After says" ;;
  *) jq -r '"\(.title). \(.detail) (\(.requestId))"' <<<"$PROBLEM" ;;
esac

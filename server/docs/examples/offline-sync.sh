#!/usr/bin/env bash
set -euo pipefail
URL=${VETSPACE_URL:-http://127.0.0.1:3000}
JSON='Content-Type: application/json'
TOKEN=$(curl -sf "$URL/v2/authentication/login" -H "$JSON" \
  -d '{"accountId":"00000000-0000-4000-8000-000000000001","apiKey":"demo-app-key"}' | jq -r .token)
USER_TOKEN=$(curl -sf "$URL/v2/authentication/verifyUser" -H "$JSON" -H "ApiToken: $TOKEN" \
  -d '{"username":"amelia.vet","password":"Demo-Practice-2026"}' | jq -r .userToken)
mobile() {
  curl -sf --compressed "$URL/v2/mobile/$1" -H "$JSON" -H "ApiToken: $TOKEN" -H "ApiUserToken: $USER_TOKEN" "${@:2}"
}
now() { date -u +%FT%TZ; }
DEVICE=phone-of-amelia

# Pull a collection from the beginning, page by page; a page that is not full is the last.
CHECKPOINT=null
ANIMALS='[]'
while :; do
  PAGE=$(mobile sync/pull -d '{"deviceId":"'$DEVICE'","collection":"animals","limit":20,"checkpoint":'"$CHECKPOINT"'}')
  CHECKPOINT=$(jq .checkpoint <<<"$PAGE")
  ANIMALS=$(jq -s '.[0] + .[1].documents' <(echo "$ANIMALS") <(echo "$PAGE"))
  [ "$(jq '.documents | length' <<<"$PAGE")" -eq 20 ] || break
done
echo "$(jq 'map(select(._deleted | not)) | length > 20' <<<"$ANIMALS"): more than one page of animals"

# What the vet did without a signal: a treatment of the first of them. Its id is made on the device.
ID=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
DONE_AT=$(now)
BATCH=$(jq --arg id "$ID" --arg at "$DONE_AT" --arg sent "$(now)" --arg device "$DEVICE" \
  '{deviceId: $device, batchId: $id, sentAt: $sent, items: [{clientItemId: $id, editedAt: $at,
    data: {animalId: .[0].id, code: "CONS", quantity: "1", treatedAt: $at}}]}' <<<"$ANIMALS")
mobile uploadTreatmentItems -d "$BATCH" | jq -r '.results[0].outcome'
# No answer? The same batch again changes nothing.
mobile uploadTreatmentItems -d "$BATCH" | jq -r '.results[0].outcome'

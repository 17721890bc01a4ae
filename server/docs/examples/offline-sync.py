import datetime
import json
import os
import uuid
from urllib.request import Request, urlopen

URL = os.environ.get("VETSPACE_URL", "http://127.0.0.1:3000")
DEVICE = "phone-of-amelia"


def post(path, body, headers=None):
    request = Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
    with urlopen(request) as response:
        return json.load(response)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


account = {"accountId": "00000000-0000-4000-8000-000000000001", "apiKey": "demo-app-key"}
tokens = {"ApiToken": post("/v2/authentication/login", account)["token"]}
user = {"username": "amelia.vet", "password": "Demo-Practice-2026"}
tokens["ApiUserToken"] = post("/v2/authentication/verifyUser", user, tokens)["userToken"]


def pull(collection, records, checkpoint=None):
    """Brings the device's records up to date; answers where the next pull goes on."""
    while True:
        body = {"deviceId": DEVICE, "collection": collection, "checkpoint": checkpoint, "limit": 20}
        page = post("/v2/mobile/sync/pull", body, tokens)
        for document in page["documents"]:
            if document["_deleted"]:
                records.pop(document["id"], None)
            else:
                records[document["id"]] = document
        checkpoint = page["checkpoint"]  # kept together with the records, never before them
        if len(page["documents"]) < 20:
            return checkpoint


animals = {}
checkpoint = pull("animals", animals)
print(f"{'true' if len(animals) > 20 else 'false'}: more than one page of animals")

# What the vet did without a signal: a treatment of the first of them. Its id is made on the device.
done_at = now()
treatment = {"animalId": next(iter(animals)), "code": "CONS", "quantity": "1", "treatedAt": done_at}
item = {"clientItemId": str(uuid.uuid4()), "editedAt": done_at, "data": treatment}
batch = {"deviceId": DEVICE, "batchId": str(uuid.uuid4()), "sentAt": now(), "items": [item]}
print(post("/v2/mobile/uploadTreatmentItems", batch, tokens)["results"][0]["outcome"])
# No answer? The same batch again changes nothing.
print(post("/v2/mobile/uploadTreatmentItems", batch, tokens)["results"][0]["outcome"])

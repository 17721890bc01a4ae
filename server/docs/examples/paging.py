import json
import os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

URL = os.environ.get("VETSPACE_URL", "http://127.0.0.1:3000")
LIMIT = 10


def call(path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = Request(URL + path, data, {"Content-Type": "application/json", **(headers or {})})
    with urlopen(request) as response:
        return json.load(response)


account = {"accountId": "00000000-0000-4000-8000-000000000001", "apiKey": "demo-api-key"}
tokens = {"ApiToken": call("/v2/authentication/login", account)["token"]}
user = {"username": "amelia.vet", "password": "Demo-Practice-2026"}
tokens["ApiUserToken"] = call("/v2/authentication/verifyUser", user, tokens)["userToken"]


def codes(**query):
    search = urlencode({"siteId": 1, "limit": LIMIT, **query})
    return call(f"/v2/mobile/retrieveTreatmentCodes?{search}", headers=tokens)


# Page by page, each with the cursor of the one before, until there is no further one.
page = codes()
count = len(page["items"])
while page["nextCursor"] is not None:
    page = codes(cursor=page["nextCursor"])
    count += len(page["items"])
print(f"{count} treatment codes")


def changes(**query):
    """What changed, page by page; an incomplete page is the last. Answers the cursor to keep for the next time."""
    changed = 0
    while True:
        page = codes(**query)
        changed += len(page["items"])
        query = {"cursor": page["nextCursor"]}
        if len(page["items"]) < LIMIT:
            return changed, page["nextCursor"]


changed, cursor = changes(modifiedSince="2026-01-01T00:00:00Z")
print(f"{changed} changed")
changed, cursor = changes(cursor=cursor)
print(f"{changed} changed since then")

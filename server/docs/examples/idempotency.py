import json
import os
import uuid
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

URL = os.environ.get("VETSPACE_URL", "http://127.0.0.1:3000")


def post(path, body, headers=None):
    request = Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
    with urlopen(request) as response:
        return json.load(response), response.headers


account = {"accountId": "00000000-0000-4000-8000-000000000001", "apiKey": "demo-api-key"}
token = post("/v2/authentication/login", account)[0]["token"]


def once(path, body, key, tries=3):
    """Sends the request until there is an answer: safe, because each try carries the same key."""
    try:
        return post(path, body, {"ApiToken": token, "Idempotency-Key": key})
    except HTTPError:
        raise  # that is an answer
    except URLError:
        if tries == 1:
            raise  # the network is still away
    return once(path, body, key, tries - 1)


# One key for one thing that is to happen, made before the first try.
key = str(uuid.uuid4())
person = {
    "email": f"{key}@example.com",
    "firstName": "Dorothy",
    "lastName": "Hale",
    "mobile": "+44 7700 900123",
    "password": "Three-Grey-Mares-9",
    "acceptTerms": True,
}
first, _ = once("/v2/global/captureUserInfo", person, key)
# The answer got lost on the way? Send the same again: nothing is made twice, the answer is the same.
again, headers = once("/v2/global/captureUserInfo", person, key)
if headers["Idempotency-Replayed"] == "true" and again == first:
    print("One account")
# The same key for something else is a mistake, and is refused.
try:
    once("/v2/global/captureUserInfo", {**person, "firstName": "Edith"}, key)
except HTTPError as error:
    print(json.load(error)["code"])

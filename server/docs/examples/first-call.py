import datetime
import json
import os
from urllib.request import Request, urlopen

URL = os.environ.get("VETSPACE_URL", "http://127.0.0.1:3000")


def call(path, body=None, headers=None):
    """GET, or POST where there is a body; the answer's JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(URL + path, data, {"Content-Type": "application/json", **(headers or {})})
    with urlopen(request) as response:
        return json.load(response)


# 1. The key of your account gives an ApiToken.
account = {"accountId": "00000000-0000-4000-8000-000000000001", "apiKey": "demo-api-key"}
token = call("/v2/authentication/login", account)["token"]

# 2. A user of the practice signs in, which gives an ApiUserToken.
user = {"username": "amelia.vet", "password": "Demo-Practice-2026"}
user_token = call("/v2/authentication/verifyUser", user, {"ApiToken": token})["userToken"]

# 3. Both go with every call that is made for that user.
tokens = {"ApiToken": token, "ApiUserToken": user_token}
today = datetime.date.today().isoformat()
day = call(f"/v2/mobile/retrieveDiariesForDay?siteId=1&date={today}", headers=tokens)
for diary in day["diaries"]:
    print(f"{diary['practitionerName']}: {len(diary['appointments'])} appointments")

import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("VETSPACE_URL", "http://127.0.0.1:3000")


class Session:
    """Tokens for one user, renewed when they have expired."""

    def __init__(self, account_id, api_key, username, password):
        self.headers = {"Content-Type": "application/json"}
        key = self._send("/v2/authentication/login", {"accountId": account_id, "apiKey": api_key})
        self.headers["ApiToken"] = key["token"]
        self._keep(self._send("/v2/authentication/verifyUser", {"username": username, "password": password}))

    def call(self, path, body=None, method=None):
        try:
            return self._send(path, body, method)
        except HTTPError as error:
            error.problem = json.load(error)
            if error.problem["code"] != "TOKEN_EXPIRED":
                raise
        self.renew()
        return self._send(path, body, method)

    def renew(self):
        self._keep(self._send("/v2/authentication/refreshUserToken", {"refreshToken": self.refresh_token}))

    def _keep(self, session):
        self.user = session.get("user") or self.user
        self.headers["ApiUserToken"] = session["userToken"]
        self.refresh_token = session["refreshToken"]

    def _send(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(URL + path, data, self.headers, method=method)) as response:
            text = response.read()
            return json.loads(text) if text else None


session = Session("00000000-0000-4000-8000-000000000001", "demo-app-key", "amelia.vet", "Demo-Practice-2026")
print(f"Signed in as {session.user['displayName']}, {', '.join(session.user['roles'])}")
session.renew()
print("Renewed")
session.call("/v2/authentication/logout", method="POST")
try:
    session.call("/v2/mobile/rejected")
except HTTPError as error:
    print(f"After logout: {error.problem['code']}")

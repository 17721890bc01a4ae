import json
import os
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("VETSPACE_URL", "http://127.0.0.1:3000")


class ApiProblem(Exception):
    """What every failure answers (RFC 9457)."""

    def __init__(self, problem):
        super().__init__(f"{problem['title']}. {problem['detail']} ({problem['requestId']})")
        self.code = problem["code"]
        self.errors = problem["errors"]


def call(path, body, tries=3):
    """Waits where the server asks to, three times at most; raises ApiProblem otherwise."""
    request = Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request) as response:
            return json.load(response)
    except HTTPError as error:
        wait = error.headers.get("Retry-After")
        if tries == 1 or wait is None or error.code not in (429, 503):
            raise ApiProblem(json.load(error)) from None
    time.sleep(int(wait))
    return call(path, body, tries - 1)


try:
    # A request with two faults: accountId is no UUID, and apiKey is missing.
    call("/v2/authentication/login", {"accountId": "4711"})
except ApiProblem as problem:
    # Decide by `code`; show `title` and `detail` to people, and `errors` beside the fields; log `requestId`.
    if problem.code != "INVALID_REQUEST":
        raise
    print(f"{problem.code}: {'; '.join(fault['path'] + ' ' + fault['message'] for fault in problem.errors)}")

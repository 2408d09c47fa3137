"""Markers: uploads through the service's own API, acknowledged at known times, that measure a recovery."""

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

from ops.errors import OpsError
from ops.local_health import open_directly

REQUEST_TIMEOUT_S = 10.0
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
PAGE = 500


class NotAnswered(OpsError):
    """The service did not do what was requested."""


@dataclass
class Marks:
    """One user's markers. acknowledged: number -> when the service acknowledged it (wall clock, seconds).

    A marker is an upload of one transaction, whose file and row both contain the number.
    """

    url: str
    email: str = field(default_factory=lambda: f"drill-{secrets.token_hex(6)}@example.com")
    acknowledged: dict[int, float] = field(default_factory=dict)
    refused: int = 0
    _password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _token: str = field(default="", repr=False)

    def register(self) -> None:
        """Register the user and log in. Errors: NotAnswered."""
        self._post("/api/v1/auth/register", self._credentials())
        self.log_in()

    def log_in(self) -> None:
        """Log in. Errors: NotAnswered."""
        self._token = self._post("/api/v1/auth/login", self._credentials())["access_token"]

    def write(self, number: int) -> bool:
        """Upload one marker; return whether it was acknowledged."""
        boundary = uuid.uuid4().hex
        row = f"drill,2026-01-01,1.00,mark {number},in store,FOOD_AND_DRINK,false\n"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="mark.csv"\r\n'
        body = f"{head}Content-Type: text/csv\r\n\r\n{HEADER}{row}\r\n--{boundary}--\r\n".encode()
        try:
            self._request("/api/v1/uploads", body, f"multipart/form-data; boundary={boundary}")
        except NotAnswered:
            self.refused += 1
            return False
        self.acknowledged[number] = time.time()
        return True

    def present(self) -> set[int]:
        """Return the numbers of the markers that the service has. Errors: NotAnswered."""
        found: set[int] = set()
        cursor = ""
        while True:
            page = self._request(f"/api/v1/transactions?limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
            found |= {int(row["merchant_name"].removeprefix("mark ")) for row in page["items"]}
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return found

    def total(self) -> int:
        """Return the total that the insights report: 1 for each marker. Errors: NotAnswered."""
        groups = self._request("/api/v1/insights/summary")["groups"]
        return sum(round(float(group["total"])) for group in groups)

    def erase(self) -> None:
        """Delete the account with all its markers. Errors: NotAnswered."""
        self.log_in()  # the service requires a recent log-in for this
        self._request("/api/v1/account", method="DELETE")

    def _credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self._password}

    def _post(self, path: str, value: dict[str, str]) -> Any:
        return self._request(path, json.dumps(value).encode(), "application/json")

    def _request(self, path: str, body: bytes | None = None, kind: str = "", method: str | None = None) -> Any:
        headers = {"Content-Type": kind} if kind else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310 - the service's own URL
        try:
            with open_directly(request, timeout=REQUEST_TIMEOUT_S) as response:
                text = response.read()
                return json.loads(text) if text else None
        except (OSError, ValueError) as exc:
            what = exc.code if isinstance(exc, urllib.error.HTTPError) else exc
            raise NotAnswered(
                f"{method or ('POST' if body else 'GET')} {path.partition('?')[0]}: {what}",
                next_step="check `spendsense status` and `spendsense logs`",
            ) from exc


class Writer:
    """Writes markers in a thread, at a steady rate, until stopped."""

    def __init__(self, marks: Marks, per_second: float) -> None:
        self.marks = marks
        self._pause_s = 1 / per_second
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="marks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        number, due = 0, time.monotonic()
        while not self._stopped.is_set():
            number += 1
            self.marks.write(number)
            due += self._pause_s
            self._stopped.wait(max(0.0, due - time.monotonic()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """lost: acknowledged markers that are missing. holes: lost markers that are older than an existing one."""

    lost: int
    holes: int
    seconds: float


def loss(acknowledged: dict[int, float], present: set[int], destroyed_at: float) -> Loss:
    """Compare the acknowledged markers with the existing ones.

    The seconds run from the first lost acknowledgement to the destruction, or to the last acknowledgement if later.
    """
    gone = [number for number in acknowledged if number not in present]
    newest = max((acknowledged[number] for number in acknowledged if number in present), default=0.0)
    holes = sum(acknowledged[number] < newest for number in gone)
    if not gone:
        return Loss(lost=0, holes=0, seconds=0.0)
    end = max(destroyed_at, *acknowledged.values())
    return Loss(lost=len(gone), holes=holes, seconds=end - min(acknowledged[number] for number in gone))

"""SES as the application meets it on the wire: an HTTP server on loopback that keeps mail, or refuses it."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.in_thread import in_thread
from tests.waiting import until

FROM = "no-reply@example.com"
ALICE = "alice@example.com"
AUTH = "/api/v1/auth"
SEND_EMAIL = "/v2/email/outbound-emails"


@dataclass
class Mailbox:
    """The mails sent. refusals: statuses and codes that the next requests get instead. slow: answers wait for it."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    slow: threading.Event = field(default_factory=threading.Event)
    received: int = 0

    def of(self, address: str) -> list[dict[str, Any]]:
        """Mail to one address."""
        return [each for each in self.requests if each["Destination"]["ToAddresses"] == [address]]

    def subjects(self, address: str) -> list[str]:
        return [each["Content"]["Simple"]["Subject"]["Data"] for each in self.of(address)]

    def token(self, address: str) -> str:
        """The code of the last mail to an address."""
        body = self.of(address)[-1]["Content"]["Simple"]["Body"]["Text"]["Data"]
        [found] = re.findall(r"^[A-Za-z0-9_-]{43}$", body, re.MULTILINE)
        return str(found)


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """The server, listening while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            mailbox.received += 1
            assert self.path == SEND_EMAIL
            assert request["FromEmailAddress"] == FROM
            assert "/ses/aws4_request" in self.headers["Authorization"]
            mailbox.slow.wait(30)
            if mailbox.refusals:
                status, code = mailbox.refusals.pop(0)
                text = f"Email address is not verified: {request['Destination']['ToAddresses']}"
                self.answer(status, {"message": text}, code)
                return
            mailbox.requests.append(request)
            self.answer(200, {"MessageId": "0"}, "")

        def answer(self, status: int, document: dict[str, str], code: str) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if code:
                self.send_header("x-amzn-ErrorType", code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mailbox = Mailbox(f"http://127.0.0.1:{server.server_port}")
        mailbox.slow.set()
        with in_thread(server):
            try:
                yield mailbox
            finally:
                mailbox.slow.set()


async def verified(client: Any, mailbox: Mailbox, alice: dict[str, str]) -> dict[str, str]:
    """Headers of Alice, her address confirmed."""
    await until(lambda: mailbox.of(ALICE))
    answer = await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": mailbox.token(ALICE)})
    assert answer.status_code == 200, answer.text
    return alice

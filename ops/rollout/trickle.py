"""Sends two requests a second through the load balancer during a deployment, and records how each ended.

It pauses while no task serves, and does not request routes during the deployment that failed before it: such requests
would set off the alarms that roll the deployment back, although the deployment may be the fix.
"""

import json
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from ops.aws.clients import Aws
from ops.aws.service import public_url
from ops.environment import certificate_in
from ops.rollout.doubts import readable
from ops.rollout.proof import FAILING_AT_LEAST, Kind, Phase, Proof, Response, prove
from ops.waiter import Deadline, wait_for

ROUTES = ("/version", "/ready", "/version", "/api/v1/insights/summary")
"""Routes of every kind that need no login; the last one returns 401, from behind rate limits and authentication."""
INTERVAL_S = 0.5
# Each phase soon has enough responses to assess it by.
ENOUGH = 8
SOON_S = 0.02
ENOUGH_WITHIN_S = 5.0
LOOK_S = 0.02
CONNECT_S = 3.0
TIMEOUT_S = 10.0
# If this many connections fail before one succeeds, the load balancer is private, or its name unknown here.
GIVE_UP_AFTER = 3
SERVER_ERROR, UNAVAILABLE, GATEWAY_TIMEOUT = 500, 503, 504
LOAD_BALANCER = "awselb"
"""The `Server` header of the load balancer's own responses begins with this."""
BODY_BYTES = 64 * 1024
HEADERS = {"User-Agent": "spendsense-ops", "Connection": "close"}


class Trickle:
    """Requests from a thread of its own. url: None when there is none, with the reason in `unknown`."""

    def __init__(self, url: str | None, ask: Callable[[str, Phase], Response], *, unknown: str = "") -> None:
        self.url = url
        self._unknown = unknown
        self._ask = ask
        self._phase = Phase.BEFORE
        self._answers: list[Response] = []
        self._before: dict[str, list[bool]] = {}  # route -> whether each response before the deployment failed
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._send, name="requests", daemon=True)

    def start(self) -> None:
        if self.url is None:
            self._stopped.set()
        else:
            self._thread.start()

    def stop(self) -> None:
        """Send nothing more; do not wait for the response to the last request."""
        self._stopped.set()
        self._woken.set()

    def turn_to(self, phase: Phase) -> None:
        """Begin the next phase immediately, when the current one has responses to compare with."""
        self.await_answers()
        self._phase = phase
        self._woken.set()

    def await_answers(self) -> None:
        """Wait until the current phase has responses to assess it by, but not for a slow or missing load balancer."""
        phase = self._phase
        wait_for(
            lambda: self._stopped.is_set() or self._count(phase) >= ENOUGH or self._rests(phase) or None,
            Deadline(ENOUGH_WITHIN_S),
            interval_s=LOOK_S,
        )

    @property
    def proof(self) -> Proof:
        """Return the proof from the responses so far."""
        if self.url is None:
            return Proof(unknown=self._unknown)
        routes = self._routes(Phase.DURING)
        left_out = tuple(dict.fromkeys(route for route in ROUTES if route not in routes))
        return replace(prove(self.url, tuple(self._answers)), left_out=left_out)

    def _count(self, phase: Phase) -> int:
        return sum(each.phase is phase for each in tuple(self._answers))

    def _rests(self, phase: Phase) -> bool:
        """Return whether no task serves in this phase, or no route worked before the deployment."""
        responses = tuple(self._answers)
        unserved = sum(each.phase is phase and each.is_unserved for each in responses)
        # Before a first deploy no task serves: a few requests would set off the alarm for errors of the load balancer.
        most = FAILING_AT_LEAST if any(not each.is_unserved for each in responses) else 1
        return unserved >= most or not self._routes(phase)

    def _routes(self, phase: Phase) -> list[str]:
        """Return the routes to request. During the deployment, routes that mostly failed before it are left out."""
        if phase is not Phase.DURING:
            return list(ROUTES)
        failing = {route for route, failed in tuple(self._before.items()) if 2 * sum(failed) > len(failed)}
        return [route for route in ROUTES if route not in failing]

    def _send(self) -> None:
        number = 0
        while not self._stopped.is_set():
            phase = self._phase
            if self._rests(phase):
                self._pause(LOOK_S)
                continue
            routes = self._routes(phase)
            route = routes[number % len(routes)]
            response = self._ask(route, phase)
            if phase is Phase.BEFORE:
                self._before.setdefault(route, []).append(response.kind is Kind.FAILED)
            self._answers.append(response)
            number += 1
            if number == GIVE_UP_AFTER and all(each.kind is Kind.UNREACHED for each in self._answers):
                self._stopped.set()
            self._pause(SOON_S if self._count(self._phase) < ENOUGH else INTERVAL_S)

    def _pause(self, seconds: float) -> None:
        """Wait, but not when another phase begins or the sending ends: a deployment waits for these requests."""
        self._woken.wait(seconds)
        self._woken.clear()


@contextmanager
def sent(aws: Aws) -> Iterator[Trickle]:
    """Send requests through the environment's load balancer inside this context. ELBv2 DescribeLoadBalancers."""
    trickle = through_load_balancer(aws)
    trickle.start()
    try:
        yield trickle
    finally:
        trickle.stop()


def through_load_balancer(aws: Aws) -> Trickle:
    """Return an environment's trickle, not started; without a URL it never sends anything."""
    url, unread = readable(lambda: public_url(aws), None, "its URL")
    if url is None:
        return Trickle(None, nobody, unknown="; ".join(unread) or "there is none yet")
    local = aws.environment.local
    certificate = certificate_in(local.data_dir) if local else None
    return Trickle(url, lambda route, phase: ask(url, route, phase, certificate=certificate))


def nobody(route: str, phase: Phase) -> Response:
    """Return the response for an environment without URL."""
    return Response(phase=phase, kind=Kind.UNREACHED, took_s=0.0, what=route)


def ask(url: str, route: str, phase: Phase, *, certificate: Path | None = None) -> Response:
    """Send one request over a connection of its own. certificate: the only one to trust, for https."""
    there, began, what = urlsplit(url), time.monotonic(), f"GET {route}"

    def ended(kind: Kind, why: str = "", *, is_unserved: bool = False) -> Response:
        took_s = time.monotonic() - began
        return Response(phase=phase, kind=kind, took_s=took_s, what=f"{what}{why}", is_unserved=is_unserved)

    connection: HTTPConnection
    if there.scheme == "https":
        context = ssl.create_default_context(cafile=os.fspath(certificate) if certificate else None)
        connection = HTTPSConnection(there.hostname or "", there.port, timeout=CONNECT_S, context=context)
    else:
        connection = HTTPConnection(there.hostname or "", there.port, timeout=CONNECT_S)
    try:
        try:
            connection.connect()
        except OSError as exc:
            return ended(Kind.UNREACHED, f": {exc}")
        connection.sock.settimeout(TIMEOUT_S)
        try:
            connection.request("GET", route, headers=HEADERS)
            response = connection.getresponse()
            status, body, server = response.status, response.read(BODY_BYTES), response.headers.get("Server", "")
        except TimeoutError:
            return ended(Kind.UNANSWERED)
        except (OSError, HTTPException) as exc:
            return ended(Kind.FAILED, f": {type(exc).__name__}")
    finally:
        connection.close()
    if status >= SERVER_ERROR:  # 504: the load balancer's request to a task timed out
        kind = Kind.UNANSWERED if status == GATEWAY_TIMEOUT else Kind.FAILED
        is_unserved = status == UNAVAILABLE and server.startswith(LOAD_BALANCER)
        return ended(kind, f" {status}", is_unserved=is_unserved)
    return replace(ended(Kind.ANSWERED), status=status, by=answerer(body) if route == "/version" else None)


def answerer(body: bytes) -> str | None:
    """Return version and revision of the body of /version: `1.0.0 (3f0c9d2b7a1e)`."""
    try:
        said = json.loads(body)
        return f"{str(said['version'])[:40]} ({str(said['revision'])[:64]})"
    except (ValueError, KeyError, TypeError):
        return None

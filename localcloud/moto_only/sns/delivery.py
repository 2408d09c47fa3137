"""SNS's messages to HTTP endpoints: sent in the background, and retried after a failure, as on AWS."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from localcloud.protocol.origin_check import is_loopback

log = logging.getLogger(__name__)

TIMEOUT_S = 15.0
RETRIES = 3
PAUSE_S = 20.0
"""SNS's default policy: three retries, 20 s apart."""
LONGEST_LANE = 1000
"""Messages that wait for one endpoint; older ones are dropped."""
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST request to an endpoint."""

    endpoint: str
    headers: Mapping[str, str]
    body: bytes


class Deliveries:
    """Delivers to each endpoint in order, in a thread of its own: an endpoint that hangs delays no other.

    send: makes one attempt; returns why it failed and may be repeated, or None.
    """

    def __init__(
        self, send: Callable[[Delivery], str | None] | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._send = send or post
        self._pause = pause
        self._lanes: dict[str, deque[Delivery]] = {}
        self._lock = threading.Lock()

    def put(self, delivery: Delivery) -> None:
        """Deliver it later; never waits."""
        with self._lock:
            lane = self._lanes.get(delivery.endpoint)
            if lane is not None:
                lane.append(delivery)
                return
            self._lanes[delivery.endpoint] = deque([delivery], maxlen=LONGEST_LANE)
        # A daemon thread: nothing waits for an endpoint when the local cloud ends.
        threading.Thread(target=self._work, args=(delivery.endpoint,), daemon=True, name="delivery of SNS").start()

    def _work(self, endpoint: str) -> None:
        while True:
            with self._lock:
                lane = self._lanes[endpoint]
                if not lane:
                    del self._lanes[endpoint]
                    return
                delivery = lane.popleft()
            self._deliver(delivery)

    def _deliver(self, delivery: Delivery) -> None:
        for retries_left in range(RETRIES, -1, -1):
            why = self._send(delivery)
            if why is None:
                return
            if retries_left:
                self._pause(PAUSE_S)
        log.warning(
            "SNS message not delivered",
            extra={"action": "sns_delivery_failed", "endpoint": urlsplit(delivery.endpoint).netloc, "error": why},
        )


def post(delivery: Delivery) -> str | None:
    """Make one attempt; return why it failed and may be repeated, or None."""
    import requests  # imported here because moto imports it with its first use of SNS

    with requests.Session() as session:
        host = urlsplit(delivery.endpoint).hostname or ""
        session.trust_env = not is_loopback(f"[{host}]" if ":" in host else host)  # a proxy cannot reach this machine
        try:
            response = session.post(
                delivery.endpoint,
                data=delivery.body,
                headers=dict(delivery.headers),
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as error:
            return type(error).__name__
    if response.status_code == TOO_MANY_REQUESTS or response.status_code >= 500:
        return f"status {response.status_code}"
    return None

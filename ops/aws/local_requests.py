"""Sends requests to the local cloud and watches its process, so that no command waits for one that hangs."""

import queue
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectTimeoutError, HTTPClientError

from ops.local_process import Standstill

LOOK_S = 0.2


class StandsStill(HTTPClientError):  # type: ignore[misc] # botocore has no types
    """The request was sent, but the process hangs, so no response can come for now."""

    fmt = "the local cloud at {endpoint_url} does not respond: {reason} ({next_step})"


class NotSent(ConnectTimeoutError):  # type: ignore[misc]
    """The request was not sent, so any request can be repeated."""

    fmt = StandsStill.fmt


def watch(client: Any, pid: Callable[[], int | None]) -> None:
    """Watch a client's requests. pid: returns the local cloud's process id at the time of the request."""
    endpoint = client._endpoint  # botocore has no public access to the session that sends
    endpoint.http_session = WatchedSession(endpoint.http_session, pid)


class WatchedSession:
    """Replaces a client's HTTP session."""

    def __init__(self, session: Any, pid: Callable[[], int | None]) -> None:
        self._session = session
        self._pid = pid

    def send(self, request: Any) -> Any:
        """Send a request; return the response. Errors: NotSent, StandsStill, and those of botocore's session."""
        pid = self._pid()
        return self._session.send(request) if pid is None else self._sent(request, Standstill(pid))

    def close(self) -> None:
        self._session.close()

    def _sent(self, request: Any, standstill: Standstill) -> Any:
        if standstill.is_suspended:
            raise NotSent(**_error_fields(request, standstill, f"process {standstill.pid} is suspended"))
        outcomes: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                outcomes.put((self._session.send(request), None))
            except BaseException as exc:  # noqa: BLE001 - raised in the thread that waits
                outcomes.put((None, exc))

        threading.Thread(target=work, daemon=True, name="request to the local cloud").start()
        while True:
            try:
                response, failure = outcomes.get(timeout=LOOK_S)
            except queue.Empty:
                if reason := standstill.reason():
                    raise StandsStill(**_error_fields(request, standstill, reason)) from None
                continue
            if failure is not None:
                raise failure
            return response


def _error_fields(request: Any, standstill: Standstill, reason: str) -> dict[str, str]:
    return {"endpoint_url": request.url, "reason": reason, "next_step": standstill.next_step}

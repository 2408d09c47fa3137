"""Decides when to look for new log lines: the local cloud notifies; AWS is polled less often while nothing comes."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ops.aws.clients import Aws

LONGEST_PAUSE_S = 10.0
FIRST_PAUSE_S = 0.1


class Wakeup(Protocol):
    """`wait` returns when it is time to look for lines. found: whether the last look found some. `close` ends it."""

    def wait(self, *, found: bool) -> None: ...

    def close(self) -> None: ...


def wakeup_of(aws: Aws, pattern: str | None) -> Wakeup:
    """Choose how to wait for new lines.

    AWS offers Live Tail too, but it costs a cent a minute and needs a permission of its own.
    """
    if aws.environment.local is not None:
        return LiveTail(aws, pattern)
    return Pauses(aws.environment.poll_interval_s)


class Pauses:
    """Doubles the pause after each look without a line, up to `LONGEST_PAUSE_S`."""

    def __init__(self, shortest_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._shortest_s = shortest_s
        self._next_s = shortest_s
        self._sleep = sleep

    def wait(self, *, found: bool) -> None:
        if found:
            self._next_s = self._shortest_s
        self._sleep(self._next_s)
        self._next_s = min(2 * self._next_s, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Nothing is open."""


class LiveTail:
    """Waits on a Live Tail session; the lines are read separately, so that none is lost or sampled out.

    The process sleeps meanwhile. A session that ends or falls silent is reopened after another look for lines,
    which reports it when the local cloud hangs. Where no session is available, `Pauses` takes over.
    """

    def __init__(self, aws: Aws, pattern: str | None, pauses: Pauses | None = None) -> None:
        self._aws = aws
        self._pattern = pattern
        self._pauses = pauses or Pauses(FIRST_PAUSE_S)
        self._session: Any = None  # botocore's stream of updates
        self._updates: Iterator[dict[str, Any]] | None = None
        self._is_offered = True

    def wait(self, *, found: bool) -> None:
        if not self._is_offered:
            self._pauses.wait(found=found)
        elif self._updates is None:
            self._open()  # and poll immediately: lines may have arrived before the session began
        elif not self._was_woken(self._updates):
            self.close()
            self._pauses.wait(found=found)

    def _open(self) -> None:
        from botocore.exceptions import ClientError

        where = self._aws.environment
        account = where.local.account_id if where.local else ""
        arns = [f"arn:aws:logs:{where.region}:{account}:log-group:{name}" for name in where.log_groups.values()]
        filters = {"logEventFilterPattern": self._pattern} if self._pattern else {}
        try:
            response = self._aws.live_tail.start_live_tail(logGroupIdentifiers=arns, **filters)
        except ClientError:
            self._is_offered = False
        else:
            self._session = response["responseStream"]
            self._updates = iter(self._session)

    def close(self) -> None:
        """End the session: its connection belongs to no pool that would close it."""
        if self._session is not None:
            self._session.close()
        self._session = self._updates = None

    def _was_woken(self, updates: Iterator[dict[str, Any]]) -> bool:
        """Wait for a line; False when the session has ended for any reason: the next look says more."""
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            return any(update.get("sessionUpdate", {}).get("sessionResults") for update in updates)
        except (BotoCoreError, ClientError, HTTPError, OSError):
            return False

"""Outlasts AWS's hiccups in every call of every command: throttling, an unreachable endpoint, 5xx responses.

After each response botocore asks its `needs-retry` handlers whether to send the request again, and waits in between.
Its own attempts cover brief failures. This module covers longer ones: all clients of an environment share one
`RetryPolicy`, which also reports that it waits.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ops.errors import AnswerLost
from ops.failure_class import FailureClass
from ops.waiter import Deadline

Found = TypeVar("Found")

HICCUP_S = 60.0
"""How long AWS may fail to respond while nothing that has its own time limit is being watched."""
REPORTED_AFTER_S = 0.5
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
FAILING, NOT_IMPLEMENTED, UNAVAILABLE = 500, 501, 503
TOO_MANY = 429
# Sending these twice has the same effect as sending them once. For all others a lost response leaves the effect
# unknown.
REPEATABLE = (
    "Batch",
    "Copy",
    "CreateService",  # AWS returns the existing service if it matches the request
    "DeleteItem",  # our requests have the item's content as a condition
    "DeleteObject",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Modify",
    "Put",
    "RegisterScalableTarget",
    "Set",
    "Simulate",
    "Start",
    "Stop",
    "Update",
    "Upload",
)
# Exceptions among those: AWS refuses the second request or acts on it again. A rename no longer finds the old name.
NOT_REPEATABLE = frozenset({"PutImage", "StopServiceDeployment", "UpdateService"})
RENAMES = "NewDBInstanceIdentifier"


def is_hiccup(exc: BaseException | None, response: dict[str, Any] | None = None) -> bool:
    """Return whether the same request may succeed soon, because nothing was wrong with it.

    response: AWS's response, where it has not become an exception yet.
    """
    from botocore.exceptions import ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as EndpointUnreachable

    if isinstance(exc, ClientError):
        response = exc.response
    if response is not None:
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        failing = status >= FAILING and status != NOT_IMPLEMENTED
        return response.get("Error", {}).get("Code") in THROTTLED or failing or status == TOO_MANY
    if isinstance(exc, HTTPClientError) and isinstance(exc.kwargs.get("error"), ValueError):
        return False  # the request could not be written, and a retry will not change that
    return isinstance(exc, (EndpointUnreachable, HTTPClientError))


def may_be_done(exc: BaseException | None, response: dict[str, Any] | None) -> bool:
    """Return whether a request without a good response may have been carried out nevertheless."""
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError

    if response is not None:
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= FAILING and status != UNAVAILABLE and response.get("Error", {}).get("Code") not in THROTTLED
    never_sent = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, SSLError)
    return exc is not None and not isinstance(exc, never_sent)


def is_repeatable(operation: Any, request: dict[str, Any]) -> bool:
    """Return whether an operation may be sent again after it may have been carried out. operation: botocore's model."""
    if operation.idempotent_members:  # botocore has put a token into the request, by which AWS recognizes it
        return True
    name = str(operation.name)
    form = request.get("body")
    renames = isinstance(form, dict) and RENAMES in form
    return name.startswith(REPEATABLE) and name not in NOT_REPEATABLE and not renames


class RetryPolicy:
    """Makes the clients of an environment retry, and says once per hiccup that it waits.

    say: takes a line for people. find: called with the request when nothing listens; it may redirect the request.
    """

    def __init__(
        self,
        interval_s: float,
        say: Callable[[str], None],
        *,
        find: Callable[[dict[str, Any]], None] = lambda request: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_s = interval_s
        self._say = say
        self._find = find
        self._clock = clock
        self._deadline: Deadline | None = None
        self._since: float | None = None
        self._has_reported = False
        self.should_give_up: Callable[[], bool] = lambda: False
        """Returns True once it is known that no response will come."""

    def attach(self, client: Any) -> None:
        """Take part in a client's retry decisions, before botocore's own attempts and after them."""
        client.meta.events.register_first("needs-retry", self._look)
        client.meta.events.register_last("needs-retry", self._decide)

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator[None]:
        """Within this context, retry until this deadline instead of the default one."""
        before, self._deadline = self._deadline, deadline
        try:
            yield
        finally:
            self._deadline = before

    def persist(self, attempt: Callable[[], Found]) -> Found:
        """Run an attempt that checks first whether its work is done; repeat it each time its response is lost.

        Errors: AnswerLost when the time for that is over.
        """
        started = self._clock()
        while True:
            try:
                return attempt()
            except AnswerLost:
                if self._is_over(started):
                    raise
                time.sleep(self._pause_s)

    def _look(
        self, response: Any, operation: Any, caught_exception: Exception | None, request_dict: dict[str, Any], **_: Any
    ) -> bool | None:
        """Report when AWS responds again, and refuse to repeat unsafe requests; None lets other handlers decide."""
        answer = response[1] if response is not None else None
        if not is_hiccup(caught_exception, answer):
            if self._has_reported:
                self._say(f"AWS responds again, after {self._clock() - (self._since or 0.0):.0f} s")
            self._since, self._has_reported = None, False
            return None
        if self._since is None:
            self._since = self._clock()
        if may_be_done(caught_exception, answer) and not is_repeatable(operation, request_dict):
            raise AnswerLost(
                f"AWS may or may not have carried out {operation.name}: its response was lost: "
                f"{_reason(caught_exception, answer)}",
                next_step="check with `spendsense status`, then run the command again",
                failure_class=FailureClass.ENDPOINT_GONE,
            )
        if answer is None:
            self._find(request_dict)
        return None

    def _decide(
        self, response: Any, operation: Any, caught_exception: Exception | None, **_: Any
    ) -> float | bool | None:
        """Return the seconds until the request is sent again; None accepts its response or error."""
        answer = response[1] if response is not None else None
        if not is_hiccup(caught_exception, answer):
            return None
        if self._since is None:  # another thread got a response in the meantime
            self._since = self._clock()
        if self._is_over(self._since):
            return None
        if not self._has_reported and self._clock() - self._since >= REPORTED_AFTER_S:
            self._has_reported = True
            why = _reason(caught_exception, answer)
            self._say(f"{operation.name}: no usable response: {why}; waiting until AWS responds again ...")
        return self._pause_s

    def _is_over(self, since: float) -> bool:
        if self.should_give_up():
            return True
        return self._deadline.has_passed if self._deadline else self._clock() - since >= HICCUP_S

    @property
    def _pause_s(self) -> float:
        """Seconds between two requests, varied so that waiting clients do not retry in step."""
        pause_s = self._interval_s * random.uniform(0.7, 1.3)  # noqa: S311 - nothing depends on its being unpredictable
        return min(pause_s, self._deadline.remaining_s) if self._deadline else pause_s


def _reason(exc: Exception | None, response: dict[str, Any] | None) -> str:
    if response is None:
        return str(exc)
    error = response.get("Error", {})
    return f"{error.get('Code')}: {error.get('Message')}"

"""Outlasts hiccups of AWS while something is watched: throttling, an endpoint that is gone, answers of 5xx."""

from collections.abc import Callable
from typing import TypeVar

from ops.aws import error_code, explain
from ops.errors import NotReachable
from ops.waiter import Deadline

Found = TypeVar("Found")

THROTTLED = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
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
FAILING = 500
TOO_MANY = 429


def is_hiccup(exc: Exception) -> bool:
    """Whether the same request may well be answered soon: nothing was wrong with it."""
    from botocore.exceptions import ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as EndpointUnreachable

    if isinstance(exc, ClientError):
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error_code(exc) in THROTTLED or status >= FAILING or status == TOO_MANY
    return isinstance(exc, (EndpointUnreachable, HTTPClientError))


class Patience:
    """Asks again until there is an answer or the deadline has passed, and says that it waits, once for each hiccup."""

    def __init__(self, deadline: Deadline, interval_s: float, say: Callable[[str], None]) -> None:
        self._deadline = deadline
        self._interval_s = interval_s
        self._say = say

    def ask(self, look: Callable[[], Found]) -> Found:
        """Give the answer. Errors: NotReachable when the deadline passed first; what is no hiccup, as it is."""
        since: float | None = None
        while True:
            try:
                found = look()
            except Exception as exc:
                if not is_hiccup(exc):
                    raise
                now, explained = self._deadline.elapsed_s, explain(exc)
                why = explained.message if explained else str(exc)
                if since is None:
                    since = now
                    self._say(f"{why}; waiting until AWS answers again ...")
                if self._deadline.has_passed:
                    raise NotReachable(
                        f"AWS has given no answer for {now - since:.0f} s, and the time to wait is over: {why}",
                        next_step="look again once AWS answers: `spendsense status`",
                    ) from exc
                self._deadline.pause(self._interval_s)
            else:
                if since is not None:
                    self._say(f"AWS answers again, after {self._deadline.elapsed_s - since:.0f} s")
                return found

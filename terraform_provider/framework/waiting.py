"""Waits for states, and repeats calls that AWS refuses temporarily."""

import logging
import re
import time
from collections.abc import Callable, Collection
from typing import TypeVar

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import CONTINUES, ProviderError, Stopped, TimedOut, code_of, message_of
from terraform_provider.values.unknown import State

log = logging.getLogger(__name__)
T = TypeVar("T")
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
GROWTH = 1.5
PROPAGATION_S = 120.0  # IAM's changes reach other services within this time
UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def timeout_s(state: State, operation: str, default: str) -> float:
    """Return how long "create", "update" ... may take: by the resource's `timeouts` block, else the default."""
    block = state.get("timeouts") or {}
    return duration_s(block.get(operation) or default)


def duration_s(text: str) -> float:
    """Read a duration as Go writes it: "1h30m", "90s", "1.5h"."""
    parts = re.findall(r"([0-9.]+)(h|ms|m|s|us|µs|ns)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ProviderError(f'"{text}" is not a duration', 'Write it as in "40m" or "1h30m".', ("timeouts",))
    return sum(float(number) * UNITS_S[unit] for number, unit in parts)


def wait_until(aws: Aws, what: str, state_of: Callable[[], str], wanted: Collection[str], *, timeout_s: float,
               pending: Collection[str] | None = None) -> None:  # fmt: skip
    """Poll a state until it is one of `wanted`.

    `pending`: the states that may come before it; any other ends the wait immediately. None: every state may.
    Errors: TimedOut, Stopped, ProviderError for a state that leads nowhere. Each names the last state seen.
    """
    seen = ""

    def reached() -> bool:
        nonlocal seen
        found = state_of()
        if found != seen:
            log.info("%s is %s", what, found or "gone")
            seen = found
        if found in wanted:
            return True
        if pending is not None and found not in pending:
            raise ProviderError(
                f"unexpected state '{found}', wanted target '{', '.join(wanted)}'",
                f"{what} cannot reach the wanted state from there. Find out why it is {found or 'gone'}. {CONTINUES}",
            )
        return False

    wait_for(aws, f"{what} to become {' or '.join(wanted)}", reached, timeout_s=timeout_s, last=lambda: seen)


def wait_for(aws: Aws, what: str, is_so: Callable[[], bool], *, timeout_s: float,
             last: Callable[[], str] = lambda: "") -> None:  # fmt: skip
    """Poll until a condition holds. `last` returns what was seen last, for the error."""
    deadline = time.monotonic() + timeout_s
    pause = FIRST_PAUSE_S
    while not is_so():
        left = deadline - time.monotonic()
        seen = f" (last state: '{last()}')" if last() else ""
        if left <= 0:
            raise TimedOut(
                f"timeout while waiting for {what}{seen}, timeout: {timeout_s:g}s",
                f"Find out what delays it, then apply again, or allow more in the resource's `timeouts`. {CONTINUES}",
            )
        if aws.stopping.wait(min(pause, left)):
            raise Stopped(f"stopped while waiting for {what}{seen}", f"Terraform was interrupted. {CONTINUES}")
        pause = min(pause * GROWTH, LONGEST_PAUSE_S)


def retried(aws: Aws, call: Callable[[], T], *, codes: Collection[str], message: str = "",
            timeout_s: float = PROPAGATION_S) -> T:  # fmt: skip
    """Repeat a call while AWS refuses it with one of the codes (and words in the message), then give the last refusal.

    For what becomes possible by itself, such as a role that another service does not see yet.
    """
    deadline = time.monotonic() + timeout_s
    pause = FIRST_PAUSE_S
    while True:
        try:
            return call()
        except ClientError as exc:
            is_passing = code_of(exc) in codes and message in message_of(exc)
            if not is_passing or time.monotonic() + pause > deadline or aws.stopping.wait(pause):
                raise
            pause = min(pause * GROWTH, LONGEST_PAUSE_S)

"""Waits end by the state they wait for, by time, or when Terraform is interrupted."""

import threading

import pytest
from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws, Settings
from terraform_provider.framework.errors import ProviderError, Stopped, TimedOut
from terraform_provider.framework.waiting import duration_s, retried, timeout_s, wait_until


@pytest.fixture
def aws() -> Aws:
    return Aws(Settings(region="us-west-1"))


def refused(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateThing")


@pytest.mark.parametrize(
    ("text", "seconds"), [("40m", 2400), ("1h30m", 5400), ("1.5h", 5400), ("90s", 90), ("500ms", 0.5)]
)
def test_durations_are_read_as_go_writes_them(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "40", "4x", "m", "10 m"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ProviderError, match="is not a duration"):
        duration_s(text)


def test_a_timeout_is_the_resources_own_or_the_default() -> None:
    assert timeout_s({"timeouts": {"create": "5m", "delete": None}}, "create", "40m") == 300
    assert timeout_s({"timeouts": {"create": "5m", "delete": None}}, "delete", "40m") == 2400
    assert timeout_s({"timeouts": None}, "create", "40m") == 2400


def test_a_wait_ends_with_the_wanted_state(aws: Aws) -> None:
    states = iter(["creating", "creating", "available"])
    wait_until(aws, "the thing", lambda: next(states), ("available",), timeout_s=60, pending=("creating",))


def test_a_state_that_leads_nowhere_ends_the_wait_at_once(aws: Aws) -> None:
    with pytest.raises(ProviderError, match="unexpected state 'failed', wanted target 'available'"):
        wait_until(aws, "the thing", lambda: "failed", ("available",), timeout_s=60, pending=("creating",))


def test_a_wait_that_takes_too_long_says_what_was_seen_last(aws: Aws) -> None:
    with pytest.raises(
        TimedOut, match=r"timeout while waiting for the thing to become available \(last state: 'creating'\)"
    ):
        wait_until(aws, "the thing", lambda: "creating", ("available",), timeout_s=0)


def test_an_interruption_ends_a_wait_and_says_that_the_next_apply_continues() -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(Stopped, match="stopped while waiting for the thing") as stopped:
        wait_until(
            Aws(Settings(region="us-west-1"), stopping), "the thing", lambda: "creating", ("available",), timeout_s=600
        )
    assert "the next apply continues" in stopped.value.diagnostic.detail


def test_a_refusal_that_passes_is_tried_again(aws: Aws) -> None:
    answers = iter([refused("Malformed", "Invalid principal in policy: x"), None])

    def call() -> str:
        found = next(answers)
        if found:
            raise found
        return "made"

    assert retried(aws, call, codes=("Malformed",), message="Invalid principal") == "made"


def test_another_refusal_is_given_at_once(aws: Aws) -> None:
    def call() -> None:
        raise refused("AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        retried(aws, call, codes=("Malformed",))

"""An interrupted recovery resumes where it stopped, whoever runs it."""

from datetime import UTC, datetime

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import WaitTimedOut
from ops.parameters import recovery_journal
from ops.parameters.recovery_journal import Journal

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_failed_step_is_repeated_and_its_time_is_kept(aws: Aws, console: Console) -> None:
    created = Journal.new(BEGAN)
    with created.step(aws, console, "hold") as is_to_do:
        assert is_to_do
    created.restoring = "x-1"
    with pytest.raises(WaitTimedOut), created.step(aws, console, "restore"):
        raise WaitTimedOut("not yet")

    again = recovery_journal.read(aws)
    assert again is not None
    assert (again.done, again.restoring, again.is_in_progress) == (["hold"], "x-1", True)
    assert again.phases_s.keys() == {"hold", "restore"}
    with again.step(aws, Console(), "hold") as is_to_do:
        assert not is_to_do
    with again.step(aws, Console(), "restore") as is_to_do:
        assert is_to_do
    assert again.done == ["hold", "restore"]


def test_there_is_no_journal_before_the_first_recovery(aws: Aws) -> None:
    assert recovery_journal.read(aws) is None

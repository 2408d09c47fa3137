"""The output of `lock status` and `lock release`."""

import json
from dataclasses import replace

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import DeployRefused, NotFound
from ops.locking import deploy_lock
from ops.locking.holder import this_process
from ops.locking.lock_report import release, status
from tests.integration.ops.locking.test_deploy_lock import OTHER, ended_process, expire, held_by


def test_a_free_environment_is_not_locked(locks: Aws) -> None:
    assert status(locks).as_json() == {"environment": "local", "locked": False, "released": False, "lock": None}
    assert release(locks, force=False).released is False


def test_somebody_elses_lock_is_released_by_force_only(locks: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    held_by(locks, OTHER, "v1")
    found = status(locks)
    assert found.as_json()["locked"] is True
    json.dumps(found.as_json())
    with pytest.raises(DeployRefused):
        release(locks, force=False)
    release(locks, force=True).show(Console())
    assert f"released the lock of {OTHER}" in capsys.readouterr().out
    assert deploy_lock.read(locks) is None


def test_an_expired_lock_is_released_by_anybody(locks: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    lock = held_by(locks, replace(OTHER, run_url=""))
    expire(locks, lock)
    status(locks).show(Console())
    assert "the next deploy takes it" in capsys.readouterr().out
    assert release(locks, force=False).released


def test_the_lock_of_a_killed_deploy_says_that_its_process_has_ended(
    locks: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    held_by(locks, replace(this_process(locks), pid=ended_process()))
    found = status(locks)
    found.show(Console())
    assert "its process has ended: the next deploy takes the lock over" in capsys.readouterr().out
    assert found.as_json()["locked"] is True
    assert found.as_json()["lock"]["process_ended"] is True  # type: ignore[index]
    released = release(locks, force=False).as_json()
    assert (released["released"], released["lock"]["process_ended"]) == (True, True)  # type: ignore[index]


def test_an_environment_without_a_table_is_named(aws: Aws) -> None:
    with pytest.raises(NotFound, match="spendsense-local-locks"):
        status(aws)

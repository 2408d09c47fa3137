"""The lock has one holder at a time, by conditional writes; who may take it from somebody."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from ops.aws.clients import Aws
from ops.errors import DeployRefused
from ops.locking import deploy_lock
from ops.locking.deploy_lock import Lock, read, release, renew, take
from ops.locking.holder import Holder, this_process

OTHER = Holder(caller="arn:aws:sts::1:assumed-role/deploy/jane", host="runner-7", pid=12, run_url="https://ci/runs/9")


def silently(text: str) -> None:
    raise AssertionError(f"nothing was to be said: {text}")


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    return ended.pid


def held_by(aws: Aws, holder: Holder, version: str = "v1") -> Lock:
    return take(aws, holder, version, force=False, say=silently)


def expire(aws: Aws, lock: Lock) -> None:
    assert deploy_lock.put(aws, replace(lock, expires_at=1), instead_of=lock)


def test_a_free_lock_is_taken_renewed_and_released(locks: Aws) -> None:
    assert read(locks) is None
    lock = held_by(locks, this_process(locks))
    assert read(locks) == lock
    assert not lock.has_expired
    expire(locks, lock)
    assert renew(locks, lock)
    found = read(locks)
    assert found is not None
    assert not found.has_expired
    assert release(locks, lock)
    assert read(locks) is None
    assert not release(locks, lock)
    assert not renew(locks, lock)


def test_a_second_deploy_is_refused_with_the_holder_since_when_and_the_next_step(locks: Aws) -> None:
    lock = held_by(locks, OTHER, "v1.2.0")
    with pytest.raises(DeployRefused) as refused:
        held_by(locks, this_process(locks))
    message = refused.value.message
    for part in (OTHER.caller, "process 12 on runner-7", OTHER.run_url, f"{lock.since:%Y-%m-%dT%H:%M}", "v1.2.0"):
        assert part in message
    assert "lock release --force" in str(refused.value.next_step)
    assert read(locks) == lock


def test_an_expired_lock_is_taken_over_and_that_is_said(locks: Aws) -> None:
    expire(locks, held_by(locks, OTHER))
    said: list[str] = []
    lock = take(locks, this_process(locks), "v2", force=False, say=said.append)
    assert read(locks) == lock
    assert OTHER.caller in said[0]
    assert "expired at 00:00:01Z" in said[0]


def test_a_process_of_this_machine_that_has_ended_holds_nothing(locks: Aws) -> None:
    me = this_process(locks)
    held_by(locks, replace(me, pid=ended_process()))
    said: list[str] = []
    take(locks, me, "v2", force=False, say=said.append)
    assert "its process has ended" in said[0]


@pytest.mark.parametrize("change", [{"host": "another"}, {"caller": "another"}, {"pid": os.getppid()}])
def test_a_process_elsewhere_or_alive_keeps_its_lock(locks: Aws, change: dict[str, str]) -> None:
    me = this_process(locks)
    held_by(locks, replace(me, **{"pid": ended_process(), **change}))  # type: ignore[arg-type]
    with pytest.raises(DeployRefused):
        held_by(locks, me)


def test_by_force_any_lock_is_taken_and_its_first_holder_finds_it_gone(locks: Aws) -> None:
    first = held_by(locks, OTHER)
    said: list[str] = []
    second = take(locks, this_process(locks), "v2", force=True, say=said.append)
    assert "by force" in said[0]
    assert not renew(locks, first)
    assert not release(locks, first)
    assert read(locks) == second


def test_of_two_that_see_a_free_lock_one_gets_it(locks: Aws) -> None:
    mine, theirs = held_by(locks, this_process(locks)), None
    theirs = replace(mine, id="theirs", holder=OTHER)
    assert not deploy_lock.put(locks, theirs, instead_of=None)
    assert deploy_lock.put(locks, mine, instead_of=None)  # a request that was repeated after a lost response
    assert read(locks) == mine

"""The list of children, and the sweep of what a dead local cloud left (with real processes)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from localcloud.machine.ledger import Ledger, sweep

# A leader whose child leaves the group and session, as PostgreSQL's backends do.
LEADER = "import os, subprocess, sys, time\nchild = subprocess.Popen([sys.executable, '-c', '%s'], start_new_session=True)\nprint(child.pid, flush=True)\ntime.sleep(600)"  # noqa: E501
CHILD = "import time; time.sleep(600)"


def test_what_started_and_has_not_ended_is_running(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    assert ledger.running() == {}
    ledger.started(os.getpid(), "me")
    ledger.started(os.getppid(), "parent")
    ledger.ended(os.getppid())
    assert [(pid, entry.name) for pid, entry in ledger.running().items()] == [(os.getpid(), "me")]


def test_a_line_torn_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.started(os.getpid(), "me")
    with ledger.path.open("a") as file:
        file.write('{"start": 12')
    assert list(ledger.running()) == [os.getpid()]


def test_sweep_ends_the_group_and_descendants_that_left_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with subprocess.Popen(
        [sys.executable, "-c", LEADER % CHILD], stdout=subprocess.PIPE, start_new_session=True
    ) as leader:
        assert leader.stdout is not None
        child = psutil.Process(int(leader.stdout.readline()))
        ledger.started(leader.pid, "leader")
        assert sweep(ledger) == ["leader"]
        assert not psutil.pid_exists(leader.pid)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert ledger.running() == {}


def test_sweep_finds_its_processes_after_the_clock_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that resumes, or gets the time from the network, moves all moments by the clock."""
    ledger = Ledger(tmp_path / "ledger")
    with subprocess.Popen([sys.executable, "-c", CHILD], start_new_session=True) as child:
        ledger.started(child.pid, "child")
        moved = psutil.Process(child.pid).create_time() + 3600
        monkeypatch.setattr(psutil.Process, "create_time", lambda _: moved)
        try:
            assert sweep(ledger) == ["child"]
            assert child.poll() is not None
        finally:
            child.kill()


@pytest.mark.parametrize("boot", ["", "before"])
def test_sweep_leaves_a_process_alone_that_only_has_the_pid(tmp_path: Path, boot: str) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with subprocess.Popen([sys.executable, "-c", CHILD], start_new_session=True) as stranger:
        ledger.started(stranger.pid, "old")
        (entry,) = ledger.running().values()
        created = entry.created if boot else 1000.0
        line = {"start": stranger.pid, "created": created, "boot": boot, "name": "old"}
        ledger.path.write_text(f"{json.dumps(line)}\n")
        assert sweep(ledger) == []
        assert stranger.poll() is None
        stranger.kill()


def test_sweep_reads_what_earlier_versions_recorded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    with subprocess.Popen([sys.executable, "-c", CHILD], start_new_session=True) as child:
        created = psutil.Process(child.pid).create_time()
        ledger.path.write_text(f'{{"start": {child.pid}, "created": {created}, "name": "child"}}\n')
        assert sweep(ledger) == ["child"]
        assert child.poll() is not None


def test_sweep_finds_nothing_when_another_one_has_just_ended_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)  # as it was a moment before
    assert sweep(Ledger(tmp_path / "ledger")) == []

"""A process that stands still is distinguished from a slow one: real processes, on a clock that the test moves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ops.local_process import Sight, Standstill, birth, look_at
from tests.waiting import wait_until

ASLEEP = "import time; print(flush=True); time.sleep(600)"
SPINS = "print(flush=True)\nwhile True: pass"
TICKS = "import time; print(flush=True)\nwhile True: time.sleep(0.05)"


@contextmanager
def running(code: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def progress_of(pid: int) -> str:
    sight = look_at(pid)
    assert sight is not None
    return sight.progress


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stopped_process_is_reported_at_once_and_its_next_step_lets_it_continue() -> None:
    clock = Clock()
    with running(SPINS) as process:
        watch = Standstill(process.pid, clock=clock)
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: (sight := look_at(process.pid)) is not None and sight.state == "T", 30)
        assert watch.reason() is None, "perhaps it goes on at once"
        clock.now = 1.5
        assert watch.reason() == f"process {process.pid} is suspended"
        assert watch.next_step.startswith(f"`kill -CONT {process.pid}` lets it continue; or `spendsense down` ends it")
        os.kill(process.pid, signal.SIGCONT)
        wait_until(lambda: watch.reason() is None, 30)


def test_a_process_that_keeps_sleeping_is_reported_after_a_while() -> None:
    clock = Clock()
    with running(ASLEEP) as process:
        watch = Standstill(process.pid, clock=clock)
        wait_until(lambda: (sight := look_at(process.pid)) is not None and sight.state == "S", 30)
        assert watch.reason() is None
        clock.now = 4.0
        assert watch.reason() is None
        clock.now = 7.0
        assert watch.reason() == f"process {process.pid} exists, but has been idle for 7 s"
        assert watch.next_step.startswith("`spendsense down` ends it")


@pytest.mark.parametrize("code", [SPINS, TICKS])
def test_a_process_that_works_or_wakes_now_and_then_is_never_reported(code: str) -> None:
    clock = Clock()
    with running(code) as process:
        watch = Standstill(process.pid, clock=clock)
        for _ in range(3):
            assert watch.reason() is None
            # Looked at after the watch has: of progress from here on it has seen nothing.
            seen = progress_of(process.pid)
            clock.now += 60
            wait_until(lambda seen=seen: progress_of(process.pid) != seen or code is SPINS, 30)  # type: ignore[misc]


def test_a_process_that_waits_for_a_processor_or_for_the_disk_is_slow_and_does_not_stand_still() -> None:
    for state in "RD":
        clock = Clock()
        watch = Standstill(1, clock=clock, look=lambda pid, state=state: Sight(state, "7 7"))  # type: ignore[misc]
        watch.reason()
        clock.now = 30.0
        assert watch.reason() is None


def test_an_ended_process_is_gone_even_before_its_parent_has_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        wait_until(lambda: look_at(process.pid) is None, 30)


def test_a_process_is_known_by_its_birth_until_it_has_ended() -> None:
    with running(ASLEEP) as process, running(ASLEEP) as later:
        born = birth(process.pid)
        assert born is not None
        assert birth(process.pid) == born
        assert birth(later.pid) is not None
    assert birth(process.pid) is None
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        wait_until(lambda: birth(process.pid) is None, 30)  # before its parent has noticed

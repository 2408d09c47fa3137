"""Lambda functions as programs: allowed answers, and the limit of a call's duration."""

import asyncio
from pathlib import Path

import psutil
import pytest

from localcloud.ecs.model.states import HookStatus
from localcloud.ecs.shifting.hooks import LocalFunctions
from localcloud.machine import clock
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger, sweep
from tests.waiting import until

ARN = "arn:aws:lambda:us-west-1:123456789012:function:f"


async def answer_of(directory: Path, script: str, *, speed: float = 1.0) -> HookStatus:
    program = directory / "f"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    answered: asyncio.Future[HookStatus] = asyncio.get_running_loop().create_future()
    functions = LocalFunctions(directory, Clock(speed), Ledger(directory / "ledger"))
    functions.call(ARN, {"lifecycleStage": "PRE_SCALE_UP"}, answered.set_result)
    async with asyncio.timeout(30):
        return await answered


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ('echo \'{"hookStatus": "SUCCEEDED"}\'', HookStatus.SUCCEEDED),
        ('grep -q PRE_SCALE_UP && echo \'{"hookStatus": "FAILED"}\'', HookStatus.FAILED),
        ('echo \'{"hookStatus": "SUCCEEDED"}\'; exit 1', HookStatus.FAILED),
        ("echo fine", HookStatus.FAILED),
    ],
)
async def test_a_program_answers_for_the_function(tmp_path: Path, script: str, status: HookStatus) -> None:
    assert await answer_of(tmp_path, script) is status


async def test_a_function_that_is_missing_has_failed(tmp_path: Path) -> None:
    answered: asyncio.Future[HookStatus] = asyncio.get_running_loop().create_future()
    LocalFunctions(tmp_path, Clock(), Ledger(tmp_path / "ledger")).call(
        ARN, {"lifecycleStage": "PRE_SCALE_UP"}, answered.set_result
    )
    async with asyncio.timeout(30):
        assert await answered is HookStatus.FAILED


async def test_a_call_that_takes_more_than_15_minutes_has_failed_and_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "REAL_WORK_S", 1.0)  # the program has written its marker by then
    marker = tmp_path / "pid"
    status = await answer_of(tmp_path, f"echo $$ > {marker}; exec sleep 600", speed=900)
    assert status is HookStatus.FAILED
    assert not psutil.pid_exists(int(marker.read_text()))


async def test_a_call_in_progress_is_answered_30_seconds_later(tmp_path: Path) -> None:
    at_100 = Clock(100)
    began_s = at_100.now()
    assert await answer_of(tmp_path, 'echo \'{"hookStatus": "IN_PROGRESS"}\'', speed=100) is HookStatus.IN_PROGRESS
    assert at_100.now() - began_s >= 30


async def test_a_call_in_progress_does_not_outlive_a_local_cloud_that_is_killed(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    calling = asyncio.create_task(answer_of(tmp_path, f"echo $$ > {marker}.new; mv {marker}.new {marker}; sleep 600"))
    ledger = Ledger(tmp_path / "ledger")
    await until(lambda: marker.exists() and ledger.running(), 30)
    assert await asyncio.to_thread(sweep, ledger) == ["function f"]  # as its guardian does
    assert not psutil.pid_exists(int(marker.read_text()))
    assert await calling is HookStatus.FAILED
    assert ledger.running() == {}

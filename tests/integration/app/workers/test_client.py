"""Child processes for CPU work: together they use their part of the CPU, and each ends alone."""

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator

import psutil
import pytest

from app.insights import findings
from app.insights.days import Days
from app.insights.service import LIMITS, FindingsError, failure
from app.platform.errors import UnavailableError
from app.workers import client
from app.workers.client import End, Ended, Limits, Workers
from app.workers.pace import BURST_NS
from tests.waiting import until

DEADLINE_S = 60
EVERYTHING = Days(None, None)


@pytest.fixture
async def slow() -> AsyncIterator[Workers]:
    """Workers that together may use a tenth of a CPU."""
    workers = Workers(cpus=0.1)
    yield workers
    workers.close()


def rows(count: int) -> bytes:
    """Rows as PostgreSQL's COPY writes them as text: JSON with doubled backslashes."""
    text = "".join(
        json.dumps(
            [
                f"00000000-0000-4000-8000-{number:012}",
                f"2026-01-{number % 28 + 1:02}",
                f"{number % 97 + 1}.00",
                "USD",
                f'Blue "Door" \\ {number % 50}\t',
                "FOOD",
                False,
                "checking",
                None,
                None,
                None,
                False,
            ]
        )
        + "\n"
        for number in range(count)
    )
    return text.replace("\\", "\\\\").encode()


async def find(workers: Workers, name: str, content: bytes, limits: Limits = LIMITS) -> tuple[Ended, bytes]:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as result:
        source.write(content)
        source.seek(0)
        arguments = findings.arguments_of(name, EVERYTHING, has_card=False)
        ended = await workers.run(findings.__name__, source, result, arguments, limits)
        result.seek(0)
        return ended, result.read()


async def children_of(workers: Workers) -> list[psutil.Process]:
    found: list[psutil.Process] = []

    def some() -> bool:
        if workers.host is not None:
            found[:] = psutil.Process(workers.host.pid).children()
        return bool(found)

    await until(some, DEADLINE_S)
    return found


async def test_findings_are_computed_from_rows_with_any_characters(slow):
    ended, found = await find(slow, "totals-merchant", rows(50))
    assert (ended.end, ended.answer) == (End.DONE, "")
    assert {item["group"] for item in json.loads(found)["items"]} >= {'Blue "Door" \\ 0\t', 'Blue "Door" \\ 49\t'}


async def test_two_children_together_take_at_least_as_long_as_their_part_of_the_cpu_demands(slow):
    began = time.monotonic()
    before = os.times()
    await asyncio.gather(*(find(slow, "recurring-out", rows(4000)) for _ in range(2)))
    took_s = time.monotonic() - began
    slow.close()  # the host's end adds its children's CPU time to that of this process
    after = os.times()
    used_s = after.children_user + after.children_system - before.children_user - before.children_system
    start_s = 1.0  # the host imports its modules at full speed
    assert took_s >= (used_s - start_s - BURST_NS / 1e9) / slow.cpus * 0.9


async def test_a_child_that_a_signal_ends_costs_its_own_answer_alone(slow):
    finding = asyncio.create_task(find(slow, "recurring-out", rows(15_000)))
    [child] = await children_of(slow)
    child.send_signal(signal.SIGSEGV)
    ended, _ = await finding
    assert (ended.end, ended.code) == (End.FAILED, -signal.SIGSEGV)
    assert (await find(slow, "changes", rows(10)))[0].end is End.DONE


async def test_a_response_that_comes_too_late_is_an_end_of_its_own(slow):
    limits = Limits(memory_bytes=LIMITS.memory_bytes, result_bytes=1024, cpu_s=30, within_s=0.01)
    ended, _ = await find(slow, "recurring-out", rows(15_000), limits)
    assert ended.end is End.TOO_LONG
    assert isinstance(failure("recurring-out", ended), UnavailableError)


async def test_a_result_that_is_too_large_is_an_end_of_its_own(slow):
    limits = Limits(memory_bytes=LIMITS.memory_bytes, result_bytes=1024, cpu_s=30, within_s=60)
    ended, _ = await find(slow, "totals-merchant", rows(500), limits)
    assert ended.end is End.TOO_LARGE_A_RESULT
    error = failure("totals-merchant", ended)
    assert isinstance(error, FindingsError)
    assert "TOO_LARGE_A_RESULT" in str(error)


async def test_after_the_end_of_the_service_no_host_is_started(slow):
    """The start in the background may come after the end, when a task is stopped at once."""
    slow.close()
    slow.start()
    assert slow.host is None
    with pytest.raises(UnavailableError):
        await find(slow, "changes", rows(1))


async def test_a_host_that_cannot_be_started_says_why(slow, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "HOST", ("/nowhere/python",))
    with pytest.raises(UnavailableError) as raised:
        await find(slow, "changes", rows(1))
    assert isinstance(raised.value.__cause__, FileNotFoundError)


async def test_an_error_names_its_place_and_none_of_the_rows(slow):
    ended, _ = await find(slow, "changes", b'["a customer\'s own text"]\n')
    assert ended.end is End.FAILED
    assert "read_rows" in ended.answer
    assert "customer" not in ended.answer

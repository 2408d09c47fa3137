"""The health checker alone: matchers, schedules, and a checker that breaks."""

import asyncio
from typing import Any

import pytest

from localcloud.elb.targets.health_checks import HealthCheck, check, check_forever, code_matches
from localcloud.elb.targets.states import PASSED, Change, CheckResult, Reason
from localcloud.machine.clock import Clock


def settings(**changed: Any) -> HealthCheck:
    known = {"path": "/health", "port": None, "interval_s": 30.0, "timeout_s": 5.0, "codes": "200"}
    return HealthCheck(**(known | changed))


@pytest.mark.parametrize(
    ("codes", "code", "matches"),
    [
        ("200", 200, True),
        ("200", 204, False),
        ("200-299", 299, True),
        ("200-299", 300, False),
        ("200,202", 202, True),
        ("200,202", 201, False),
        ("200-202, 301", 301, True),
    ],
)
def test_matcher_takes_codes_ranges_and_lists(codes: str, code: int, matches: bool) -> None:
    assert code_matches(codes, code) is matches


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", PASSED),
        (b"HTTP/1.0 200\r\n\r\n", PASSED),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", CheckResult(Reason.CODE_MISMATCH, 503)),
        (b"nonsense\r\n", CheckResult(Reason.FAILED_HEALTH_CHECKS)),
        (b"", CheckResult(Reason.FAILED_HEALTH_CHECKS)),
        (b"x" * 20_000, CheckResult(Reason.FAILED_HEALTH_CHECKS)),
        (None, CheckResult(Reason.TIMEOUT)),
    ],
)
async def test_check_distinguishes_what_can_go_wrong(answer: bytes | None, result: CheckResult) -> None:
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await ended.wait()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await check("127.0.0.1", port, settings(), 0.3) == result
    ended.set()
    server.close()
    await server.wait_closed()
    assert await check("127.0.0.1", port, settings(), 0.3) == CheckResult(Reason.FAILED_HEALTH_CHECKS)


async def test_first_check_comes_early_and_the_next_after_the_interval_of_the_faster_clock() -> None:
    clock = Clock(100)
    moments: list[tuple[float, Change | CheckResult]] = []
    began = clock.now()
    third = asyncio.Event()

    def report(event: Change | CheckResult) -> None:
        moments.append((clock.now() - began, event))
        if len(moments) == 3:
            third.set()

    # Nothing listens on port 1, so each check fails at once.
    checking = asyncio.create_task(check_forever("127.0.0.1", 1, settings, report, clock))
    await asyncio.wait_for(third.wait(), 5)
    checking.cancel()
    assert moments[0][1] is Change.FIRST_CHECK_BEGINS
    assert 5 <= moments[0][0] < 25
    assert 29 <= moments[2][0] - moments[1][0] < 60


async def test_checker_that_breaks_says_so_and_continues(caplog: pytest.LogCaptureFixture) -> None:
    events: list[Change | CheckResult] = []
    twice = asyncio.Event()

    def report(event: Change | CheckResult) -> None:
        events.append(event)
        if events.count(Change.CHECKER_BROKE) == 2:
            twice.set()

    broken = settings(path="/\N{SNOWMAN}", interval_s=5)  # not latin-1, so the request cannot be written
    async with asyncio.timeout(5):
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        checking = asyncio.create_task(check_forever("127.0.0.1", port, lambda: broken, report, Clock(500)))
        await twice.wait()
        checking.cancel()
        server.close()
        await server.wait_closed()
    assert "Health check failed unexpectedly" in caplog.text

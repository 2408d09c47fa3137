"""The health checker alone: matchers, schedules, and a checker that breaks."""

import asyncio
from typing import Any

import pytest

from localcloud.elb.targets.health_checks import FIRST_CHECK_S, HealthCheck, check, check_forever, code_matches
from localcloud.elb.targets.states import PASSED, Change, CheckResult, Reason
from localcloud.machine.clock import Clock

PATIENCE_S = 30


class VirtualClock(Clock):
    """A clock whose waits take no time."""

    slept = 0.0

    def now(self) -> float:
        return self.slept

    async def sleep(self, aws_s: float) -> None:
        self.slept += aws_s
        await asyncio.sleep(0)


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
    assert await check("127.0.0.1", port, settings(), 0.3 if answer is None else PATIENCE_S) == result
    ended.set()
    server.close()
    await server.wait_closed()


async def test_a_target_that_does_not_listen_has_failed() -> None:
    assert await check("127.0.0.1", 1, settings(), PATIENCE_S) == CheckResult(Reason.FAILED_HEALTH_CHECKS)


async def test_first_check_comes_early_and_the_next_after_the_interval_of_the_faster_clock() -> None:
    clock = VirtualClock()
    moments: list[tuple[float, Change | CheckResult]] = []
    third = asyncio.Event()

    def report(event: Change | CheckResult) -> None:
        moments.append((clock.now(), event))
        if len(moments) == 3:
            third.set()

    # Nothing listens on port 1, so each check fails at once.
    async with asyncio.timeout(PATIENCE_S):
        checking = asyncio.create_task(check_forever("127.0.0.1", 1, settings, report, clock))
        await third.wait()
        checking.cancel()
    failed = CheckResult(Reason.FAILED_HEALTH_CHECKS)
    begins = (FIRST_CHECK_S, Change.FIRST_CHECK_BEGINS)
    assert moments == [begins, (FIRST_CHECK_S, failed), (FIRST_CHECK_S + 30, failed)]


async def test_checker_that_breaks_says_so_and_continues(caplog: pytest.LogCaptureFixture) -> None:
    events: list[Change | CheckResult] = []
    twice = asyncio.Event()

    def report(event: Change | CheckResult) -> None:
        events.append(event)
        if events.count(Change.CHECKER_BROKE) == 2:
            twice.set()

    broken = settings(path="/\N{SNOWMAN}", interval_s=5)  # not latin-1, so the request cannot be written
    async with asyncio.timeout(PATIENCE_S):
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        checking = asyncio.create_task(check_forever("127.0.0.1", port, lambda: broken, report, Clock(500)))
        await twice.wait()
        checking.cancel()
        server.close()
        await server.wait_closed()
    assert "Health check failed unexpectedly" in caplog.text

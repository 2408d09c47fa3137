"""Health checks as a load balancer makes them: one HTTP or HTTPS request, with a separate schedule per target."""

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from localcloud.elb.targets.states import PASSED, Change, CheckResult, Reason
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)

FIRST_CHECK_S = 5.0
"""AWS seconds, unless the interval is shorter."""
MAX_STATUS_LINE_BYTES = 8192
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r?\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The health check settings of a target group; times in AWS seconds."""

    path: str
    port: int | None
    """None: the traffic port."""
    interval_s: float
    timeout_s: float
    codes: str
    """AWS's Matcher: "200", "200-299", "200,202"."""
    is_https: bool = False

    def port_of(self, traffic_port: int) -> int:
        return self.port or traffic_port


def code_matches(codes: str, code: int) -> bool:
    """Return whether a status code matches a Matcher ("200", "200-299", "200,202")."""
    for part in codes.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= code <= int(high or low):
            return True
    return False


async def check(
    address: str, port: int, settings: HealthCheck, timeout_s: float, instead: int | None = None
) -> CheckResult:
    """Check once; `timeout_s`, real seconds, covers connecting and responding.

    `instead`: replaces the status of the response, if the target responds.
    """
    try:
        async with asyncio.timeout(timeout_s):
            code = await _status(address, port, settings)
    except TimeoutError:
        return CheckResult(Reason.TIMEOUT)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # ssl.SSLError is an OSError
        return CheckResult(Reason.FAILED_HEALTH_CHECKS)
    if code is None:
        return CheckResult(Reason.FAILED_HEALTH_CHECKS)
    code = instead or code
    return PASSED if code_matches(settings.codes, code) else CheckResult(Reason.CODE_MISMATCH, code)


async def _status(address: str, port: int, settings: HealthCheck) -> int | None:
    tls = any_certificate() if settings.is_https else None
    reader, writer = await asyncio.open_connection(address, port, limit=MAX_STATUS_LINE_BYTES, ssl=tls)
    try:
        writer.write(
            f"GET {settings.path} HTTP/1.1\r\nHost: {address}:{port}\r\nConnection: close\r\n"
            "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n".encode("latin-1")
        )
        match = STATUS_LINE.match(await reader.readuntil(b"\n"))
        return int(match.group(1)) if match else None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@cache
def any_certificate() -> ssl.SSLContext:
    """Return a client context that accepts every certificate, as load balancers do: TLS to targets only encrypts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def check_forever(
    address: str,
    port: int,
    settings: Callable[[], HealthCheck],
    report: Callable[[Change | CheckResult], None],
    clock: Clock,
    instead: Callable[[], int | None] = lambda: None,
) -> None:
    """Check on schedule until cancelled; `settings` is called before each check, so that changes take effect.

    `instead` is called at each check for a status that replaces the target's response (see `check`). An error of the
    checker itself is logged and reported, and the next check is made as usual.
    """
    await clock.sleep(min(settings().interval_s, FIRST_CHECK_S))
    report(Change.FIRST_CHECK_BEGINS)
    while True:
        started = clock.now()
        event = await _result(address, port, settings(), clock, instead())
        try:
            report(event)
        except Exception:  # the edge of the checker: checks continue whatever fails in the listener
            log.exception("Health was not reported", extra={"action": "health_not_reported", "target": address})
        await clock.sleep(max(0.0, started + settings().interval_s - clock.now()))


async def _result(
    address: str, port: int, settings: HealthCheck, clock: Clock, instead: int | None
) -> Change | CheckResult:
    try:
        return await check(address, settings.port_of(port), settings, clock.real_work_s(settings.timeout_s), instead)
    except Exception:  # the edge of the checker: it must continue, and report that it failed
        log.exception(
            "Health check failed unexpectedly", extra={"action": "health_check_broke", "target": f"{address}:{port}"}
        )
        return Change.CHECKER_BROKE

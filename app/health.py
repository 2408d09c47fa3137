"""/health: the process responds; /ready: database, Redis and storage respond."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from http import HTTPStatus

import anyio.to_thread
from fastapi import APIRouter
from pydantic import BaseModel

from app.platform.errors import UnavailableError
from app.platform.failure_text import described
from app.platform.problems import documented
from app.resources import Resources, ResourcesDep

log = logging.getLogger(__name__)
router = APIRouter(tags=["health"])

CHECK_TIMEOUT_S = 3.0


class CheckStatus(StrEnum):
    """The result of a check."""

    OK = "ok"
    FAILED = "failed"


class Check(BaseModel):
    """One dependency: whether it responded, and in what time. `reason` is present only when it did not."""

    status: CheckStatus
    latency_ms: float
    reason: str | None = None


class Health(BaseModel):
    """The process responds."""

    status: str = "ok"


class Readiness(BaseModel):
    """The response when every dependency responds."""

    status: str = "ready"
    checks: dict[str, Check]


class NotReadyError(UnavailableError):
    """At least one dependency does not respond; `checks` lists each."""

    problem_type = "urn:spendsense:problem:not-ready"


@router.get("/health")
async def health() -> Health:
    """Answer as long as the process runs; depends on nothing else."""
    return Health()


@router.get("/ready", responses=documented(HTTPStatus.SERVICE_UNAVAILABLE), response_model_exclude_none=True)
async def ready(resources: ResourcesDep) -> Readiness:
    """Check the database, Redis and the storage concurrently; requests within the same second get the same result."""
    found = await resources.readiness.get(lambda: look(resources))
    failed = [name for name, check in found.items() if check.status is CheckStatus.FAILED]
    if failed:
        raise NotReadyError(
            f"Not responding: {', '.join(failed)}",
            checks={name: check.model_dump(exclude_none=True) for name, check in found.items()},
        )
    return Readiness(checks=found)


async def look(resources: Resources) -> dict[str, Check]:
    # Before the checks' time begins: in a task that has just started, imports take as long as a dependency may.
    await anyio.to_thread.run_sync(resources.import_clients)
    checks = {
        "database": lambda: check_database(resources),
        "redis": resources.cache.check,
        "storage": resources.storage.check,
    }
    results = await asyncio.gather(*(run_check(name, check) for name, check in checks.items()))
    return dict(zip(checks, results, strict=True))


async def check_database(resources: Resources) -> None:
    """Return when the database responds and this task may write account ids to it. Errors: UnavailableError."""
    await resources.database.check()
    await resources.account_id_key.check()


async def run_check(name: str, check: Callable[[], Awaitable[None]]) -> Check:
    """Run one check until it ends or its deadline passes."""
    started = time.perf_counter()
    reason = None
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except TimeoutError:
        reason = f"no response within {CHECK_TIMEOUT_S:g} s"
    except UnavailableError as exc:
        reason = exc.detail
        cause = described(exc.__cause__ or exc)
        log.warning("Dependency does not respond", extra={"action": "check_failed", "dependency": name, "cause": cause})
    latency_ms = round((time.perf_counter() - started) * 1000, 2)
    status = CheckStatus.FAILED if reason else CheckStatus.OK
    return Check(status=status, latency_ms=latency_ms, reason=reason)

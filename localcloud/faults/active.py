"""The faults of one local cloud: the active ones and their targets, and the outcome of recent ones."""

import asyncio
import contextlib
import itertools
import logging
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from localcloud.errors import AwsError
from localcloud.faults import refusals
from localcloud.faults.kinds import (
    BreakService,
    Checks,
    DelayStarts,
    FailHealth,
    FaultRefused,
    FaultyTask,
    Kind,
    UnplaceableTasks,
    UnpullableImage,
)
from localcloud.machine.clock import Clock

if TYPE_CHECKING:
    from localcloud.protocol.wire import AwsRequest

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Kind)

MOST_ACTIVE = 100
REMEMBERED = 20


class FaultState(StrEnum):
    """The state of a fault: active, or how it ended."""

    ACTIVE = "active"
    DONE = "done"
    EXPIRED = "expired"
    REMOVED = "removed"
    FAILED = "failed"
    """The fault could not be undone; the log contains the reason."""


@dataclass(kw_only=True)
class Fault:
    """One fault. `ends`: AWS seconds of the clock."""

    id: str
    kind: Kind
    duration_s: float
    began_at: datetime
    ends: float
    ends_at: datetime
    state: FaultState = FaultState.ACTIVE
    affected: list[str] = field(default_factory=list)
    """The affected tasks or database."""
    times: int = 0
    """The number of requests, tasks and checks that failed or waited because of it."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self, now: float) -> dict[str, object]:
        """Return times in AWS seconds, except `began_at` and `ends_at`, which are times of day."""
        left_s = max(0.0, self.ends - now) if self.state is FaultState.ACTIVE else 0.0
        return {
            "id": self.id,
            "kind": self.kind.name,
            "parameters": self.kind.parameters(),
            "state": self.state.value,
            "began_at": self.began_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "duration_s": self.duration_s,
            "left_s": round(left_s, 1),
            "affected": self.affected,
            "times": self.times,
        }


class Effects(Protocol):
    """Faults that act immediately, instead of when something else happens."""

    async def begin(self, fault: Fault) -> None:
        """Apply the fault and record in `affected` what it affected. Errors: FaultRefused."""

    async def end(self, fault: Fault) -> None: ...


class Faults:
    """Part. Without `effects` fault injection is off: no fault is ever active. `tasks`: returns all existing tasks."""

    def __init__(
        self,
        clock: Clock,
        effects: Effects | None = None,
        tasks: Callable[[], Iterable[FaultyTask]] = tuple,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._effects = effects
        self._tasks = tasks
        self._chance = chance
        self._active: dict[str, Fault] = {}
        self._recent: deque[Fault] = deque(maxlen=REMEMBERED)
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def is_on(self) -> bool:
        return self._effects is not None

    def allow(self, effects: Effects) -> None:
        """Turn fault injection on; `effects` applies the faults."""
        self._effects = effects

    # --- part ---

    async def start(self) -> None:
        """Start the task that ends faults in time."""
        self._keeper = asyncio.create_task(self._keep(), name="faults")

    async def stop(self) -> None:
        """Undo all faults; none can be added afterwards."""
        self._is_closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self.remove_all()

    def status(self) -> dict[str, object]:
        kept = self._keeper is not None and not self._keeper.done()
        return {"status": "ready" if kept else "failed", "on": self.is_on, "active": len(self._active)}

    # --- add, list, remove ---

    async def add(self, kind: Kind, duration_s: float) -> Fault:
        """Add a fault. Errors: FaultRefused."""
        if self._effects is None or self._is_closed:
            raise FaultRefused("fault injection is off", 403)
        if len(self._active) >= MOST_ACTIVE:
            raise FaultRefused(f"{MOST_ACTIVE} faults are active already; remove one", 409)
        real = timedelta(seconds=self._clock.real_s(duration_s))
        fault = Fault(
            id=f"f{next(self._numbers)}",
            kind=kind,
            duration_s=duration_s,
            began_at=self._clock.wall(),
            ends=self._clock.now() + duration_s,
            ends_at=self._clock.wall() + real,
        )
        await self._effects.begin(fault)
        fields = {"action": "fault_begins", "fault": fault.id, "affected": fault.affected, **kind.parameters()}
        log.warning("Fault begins: %s", kind.name, extra=fields)
        if kind.is_instant:
            fault.state = FaultState.DONE
            self._recent.appendleft(fault)
        else:
            self._active[fault.id] = fault
            self._changed.set()
        return fault

    def active(self) -> list[Fault]:
        """Return the active faults, oldest first."""
        return list(self._active.values())

    def recent(self) -> list[Fault]:
        """Return the ended faults, newest first."""
        return list(self._recent)

    async def remove(self, fault_id: str) -> Fault:
        """End a fault early. Errors: FaultRefused."""
        fault = self._active.get(fault_id)
        if fault is None:
            active = ", ".join(self._active) or "none"
            raise FaultRefused(f"no fault {fault_id!r} is active; active faults: {active}", 404)
        await self._end(fault, FaultState.REMOVED)
        return fault

    async def remove_all(self) -> list[Fault]:
        ending = self.active()
        for fault in ending:
            await self._end(fault, FaultState.REMOVED)
        return ending

    async def end_due(self) -> None:
        """End the faults whose time has passed."""
        for fault in self.active():
            if fault.ends <= self._clock.now():
                await self._end(fault, FaultState.EXPIRED)

    async def _end(self, fault: Fault, state: FaultState) -> None:
        if self._active.pop(fault.id, None) is None:  # it is being ended elsewhere
            return
        fault.state = state
        fault.ends_at = self._clock.wall()
        fault.over.set()
        self._recent.appendleft(fault)
        assert self._effects is not None  # noqa: S101 - `add` requires it
        try:
            await self._effects.end(fault)
        except Exception:  # the others must end, too; the listing shows that this one failed
            fault.state = FaultState.FAILED
            log.exception("Fault could not be undone", extra={"action": "fault_not_undone", "fault": fault.id})
        fields = {"action": "fault_ends", "fault": fault.id, "state": fault.state, "times": fault.times}
        log.warning("Fault ends: %s", fault.kind.name, extra=fields)

    async def _keep(self) -> None:
        while True:
            self._changed.clear()
            await self.end_due()
            ends = [fault.ends for fault in self._active.values()]
            wait_s = self._clock.real_s(max(0.0, min(ends) - self._clock.now())) if ends else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    # --- queries of the parts ---

    def refusal(self, request: "AwsRequest") -> AwsError | None:
        """Return the error for a call to a broken service; None when the call is allowed."""
        for fault, kind in self._of(BreakService):
            if kind.service == request.service and self._chance() < kind.share:
                fault.times += 1
                return refusals.service_error(request.service, kind.response, is_query=bool(request.form))
        return None

    def pull_failure(self, reference: str) -> str | None:
        """Return the stoppedReason of a task that would pull this image; None when the pull is allowed."""
        for fault, kind in self._of(UnpullableImage):
            if kind.image in reference:
                fault.times += 1
                return refusals.cannot_pull(reference)
        return None

    def placement_failure(self) -> str | None:
        """Return ECS's reason why it cannot place a task; None when it can."""
        for fault, kind in self._of(UnplaceableTasks):
            fault.times += 1
            return refusals.UNPLACEABLE[kind.reason]
        return None

    def fails_container_check(self, task: FaultyTask) -> bool:
        """Return whether the task's container health check fails regardless of its command."""
        for fault, kind in self._of(FailHealth):
            if kind.checks is not Checks.TARGET and kind.selects(task):
                fault.times += 1
                return True
        return False

    def target_code(self, address: str) -> int | None:
        """Return the status that the task at this address gives load balancer checks; None to use its real response."""
        for fault, kind in self._of(FailHealth):
            if kind.checks is not Checks.CONTAINER and any(kind.selects(task) for task in self._at(address)):
                fault.times += 1
                return kind.code
        return None

    async def hold_start(self, task: FaultyTask) -> None:
        """Wait as long as a fault delays the start of the task."""
        for fault, kind in list(self._of(DelayStarts)):
            if kind.selects(task):
                fault.times += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._clock.real_s(kind.delay_s)):
                        await fault.over.wait()

    def _at(self, address: str) -> Iterator[FaultyTask]:
        # The record of a stopped task keeps its address, which another task may have now.
        return (task for task in self._tasks() if task.address == address and task.stopped_at is None)

    def _of(self, kind_of: type[K]) -> Iterator[tuple[Fault, K]]:
        """Yield the active faults of a kind, without those that have expired but not been ended yet."""
        now = self._clock.now()
        for fault in self._active.values():
            if isinstance(fault.kind, kind_of) and now < fault.ends:
                yield fault, fault.kind

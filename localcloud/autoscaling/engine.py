"""The scaling loop: collects alarm notifications, calls `decisions.py`, sets desired counts and follows the changes."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from localcloud.autoscaling.activities import Activities, Activity, Status, cause_of, reason_wire
from localcloud.autoscaling.decisions import Change, Pace, Stay, decide, within
from localcloud.autoscaling.model import Capacity, Direction, Signal, TrackingPolicy
from localcloud.autoscaling.records import Registered, policy_of, registered
from localcloud.cloudwatch.alarms.engine import AlarmNotification
from localcloud.host import Host
from localcloud.machine.background import Background

log = logging.getLogger(__name__)

GATHER_S = 0.1
"""Real seconds to wait for other alarms of the same minute: of several proposals the largest wins."""

FOLLOW_S = 0.25
"""Real seconds between checks of a pending change."""


class Services(Protocol):
    """The services that are scaled (`services.py`)."""

    def capacity(self, resource_id: str) -> Capacity | None:
        """Return the capacity of an ACTIVE service; None when there is none."""

    async def set_desired(self, resource_id: str, count: int) -> str:
        """Set the desired count. Return why it failed, empty when it succeeded."""


@dataclass(frozen=True, kw_only=True)
class _PendingChange:
    """A change that is not fulfilled yet. `cooldown_s` is None when no policy made it: nothing has to wait for it."""

    activity: Activity
    direction: Direction
    cooldown_s: float | None


@dataclass(kw_only=True)
class _Scaled:
    """The state that is stored for one target."""

    pace: Pace = field(default_factory=Pace)
    notified: dict[str, tuple[str, AlarmNotification]] = field(default_factory=dict)
    """Alarm -> (policy's ARN, its newest notification)."""
    fresh: set[str] = field(default_factory=set)
    """Alarms with a notification since the last decision."""
    to_range: int | None = None
    """The desired count when the range was registered or changed: brought into the range unless it changed since."""
    pending: _PendingChange | None = None


class Scaling:
    """Scales ECS services. Activities and cooldowns end with the process; moto stores targets and policies."""

    def __init__(self, host: Host, services: Services) -> None:
        self.activities = Activities()
        self._host = host
        self._services = services
        self._targets: dict[str, _Scaled] = {}
        self._wake = asyncio.Event()
        self._background = Background()

    async def start(self) -> None:
        self._background.start(self._run(), "autoscaling")

    async def stop(self) -> None:
        await self._background.stop()

    def status(self) -> dict[str, object]:
        return {"status": self._background.status, "under_way": sum(1 for _ in self._changing())}

    async def notify_alarm(self, policy_arn: str, notified: AlarmNotification) -> None:
        """Decide soon, together with this minute's other notifications; ignore actions that are not ECS policies."""
        found = policy_of(policy_arn)
        if found is None:
            return
        arn, resource_id = found
        scaled = self._targets.setdefault(resource_id, _Scaled())
        scaled.notified[notified.name] = (arn, notified)
        scaled.fresh.add(notified.name)
        self._wake.set()

    def range_changed(self, resource_id: str) -> None:
        """Bring the desired count of now into the target's range, despite cooldowns; scale in only between deployments.

        A count that another client sets after this stays, as on AWS, even outside the range.
        """
        capacity = self._services.capacity(resource_id)
        if capacity is not None:
            self._targets.setdefault(resource_id, _Scaled()).to_range = capacity.desired
            self._wake.set()

    # --- the loop ---

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FOLLOW_S if any(self._changing()) else None):
                    await self._wake.wait()
            if self._wake.is_set():
                await asyncio.sleep(GATHER_S)
            self._wake.clear()
            for resource_id, scaled in list(self._targets.items()):
                try:
                    self._follow(resource_id, scaled)
                    if scaled.fresh or scaled.to_range is not None:
                        await self._decide(resource_id, scaled)
                except Exception:  # one target's defect must not stop the others
                    log.exception("Target could not be scaled", extra={"action": "scale", "target": resource_id})

    def _changing(self) -> Iterator[_PendingChange]:
        return (scaled.pending for scaled in self._targets.values() if scaled.pending is not None)

    async def _decide(self, resource_id: str, scaled: _Scaled) -> None:
        fresh, scaled.fresh = scaled.fresh, set()
        to_range, scaled.to_range = scaled.to_range, None
        target = await self._host.moto.run(partial(registered, self._host, resource_id))
        capacity = self._services.capacity(resource_id)
        if target is None or capacity is None:
            if scaled.pending is None and not scaled.fresh and scaled.to_range is None:
                del self._targets[resource_id]
            return
        count = within(target.target, capacity.desired)
        scales_in = count < capacity.desired and not capacity.is_deploying
        if to_range == capacity.desired and (count > capacity.desired or scales_in):
            bound = "minimum" if count > capacity.desired else "maximum"
            await self._set(resource_id, scaled, count, capacity, f"{bound} capacity was set to {count}", None)
            return
        if not fresh:
            return
        standing = {
            name: entry
            for name, entry in scaled.notified.items()
            if entry[0] in target.policies and (name in fresh or name in target.in_alarm)
        }
        # Notifications that arrived while policies were read wait for the next decision: their policy may be newer.
        scaled.notified = {
            name: entry for name, entry in scaled.notified.items() if name in standing or name in scaled.fresh
        }
        signals = [_signal(target, arn, notified) for arn, notified in standing.values()]
        now = self._host.clock.now()
        match decide(target.target, target.tracking, signals, capacity, scaled.pace, now):
            case Change() as change:
                await self._set(resource_id, scaled, change.capacity, capacity, cause_of(change.signal), change)
            case Stay(signal=signal, reason=reason) if reason is not None:
                why = reason_wire(reason, target.target, capacity.desired)
                self.activities.not_scaled(resource_id, cause_of(signal), why, self._host.clock.wall())

    async def _set(
        self,
        resource_id: str,
        scaled: _Scaled,
        count: int,
        before: Capacity,
        cause: str,
        change: Change | None,
    ) -> None:
        clock = self._host.clock
        fault = await self._services.set_desired(resource_id, count)
        activity = self.activities.begin(resource_id, count, cause, clock.wall())
        if fault:
            activity.end(Status.FAILED, f"Failed to set desired count to {count}. Reason: {fault}", clock.wall())
            return
        if scaled.pending is not None:
            self._override(scaled.pending.activity, count)
            self._begin_cooldown(scaled)
        direction = Direction.OUT if count > before.desired else Direction.IN
        if change is not None:
            scaled.pace = scaled.pace.begun(direction, min(before.running, before.desired), clock.now())
        cooldown_s = None if change is None else change.cooldown_s
        scaled.pending = _PendingChange(activity=activity, direction=direction, cooldown_s=cooldown_s)
        fields = {"action": "scaled", "target": resource_id, "before": before.desired, "after": count}
        log.info("Desired count set: %s", cause, extra=fields)

    def _follow(self, resource_id: str, scaled: _Scaled) -> None:
        """End the pending activity when its tasks are there, or when another client has set a different count."""
        pending = scaled.pending
        if pending is None:
            return
        activity = pending.activity
        capacity = self._services.capacity(resource_id)
        if capacity is None:
            reason = f"ECS service doesn't exist: {resource_id}"
            message = f"Failed to set desired count to {activity.capacity}. Reason: {reason}"
            activity.end(Status.FAILED, message, self._host.clock.wall())
        elif capacity.desired != activity.capacity:
            self._override(activity, capacity.desired)
        elif _is_fulfilled(pending, capacity):
            message = f"Successfully set desired count to {activity.capacity}. Change successfully fulfilled by ecs."
            activity.end(Status.SUCCESSFUL, message, self._host.clock.wall())
        else:
            return
        self._begin_cooldown(scaled)

    def _begin_cooldown(self, scaled: _Scaled) -> None:
        """End the pending change and start its cooldown."""
        pending, scaled.pending = scaled.pending, None
        if pending is not None and pending.cooldown_s is not None:
            scaled.pace = scaled.pace.ended(pending.direction, pending.cooldown_s, self._host.clock.now())

    def _override(self, activity: Activity, count: int) -> None:
        message = f"Successfully set desired count to {activity.capacity}. Found it was later changed to {count}."
        activity.end(Status.OVERRIDDEN, message, self._host.clock.wall())


def _signal(target: Registered, arn: str, notified: AlarmNotification) -> Signal:
    policy = target.policies[arn]
    direction = None
    if isinstance(policy, TrackingPolicy):
        direction = Direction.IN if "-AlarmLow-" in notified.name else Direction.OUT
    return Signal(
        policy=policy,
        alarm=notified.name,
        state=notified.state,
        values=notified.values,
        threshold=notified.threshold,
        direction=direction,
    )


def _is_fulfilled(pending: _PendingChange, capacity: Capacity) -> bool:
    """Compare running tasks with the new capacity; during a deployment more than the desired count may run."""
    if pending.direction is Direction.OUT:
        return capacity.running >= pending.activity.capacity
    return capacity.running <= pending.activity.capacity

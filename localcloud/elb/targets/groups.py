"""The targets of every group: registrations, health, and changes that routing must know."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from localcloud.elb.model import TargetGroup
from localcloud.elb.targets.health_checks import HealthCheck, check_forever
from localcloud.elb.targets.states import (
    Change,
    CheckResult,
    HealthRules,
    Target,
    TargetHealth,
    next_target,
    unregistered,
)
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)

LAST_LOOK = 0.9
"""The share of the deregistration delay after which requests in flight are looked for."""

Key = tuple[str, int]
"""Address and port."""


ALMOST = 0.9
"""A check may come a little early; it should not need one more for that."""


@dataclass
class _Group:
    settings: TargetGroup
    targets: dict[Key, Target] = field(default_factory=dict)
    tasks: dict[Key, asyncio.Task[None]] = field(default_factory=dict)
    """The task that advances each target: its health checks, or the end of its draining."""

    def rules(self, clock: Clock) -> HealthRules:
        failing_s = (self.settings.unhealthy_threshold - 1) * self.settings.check.interval_s
        return HealthRules(
            healthy_threshold=self.settings.healthy_threshold,
            unhealthy_threshold=self.settings.unhealthy_threshold,
            deregistration_delay_s=self.settings.deregistration_delay_s,
            in_use=self.settings.in_use,
            patience_s=clock.work_s(failing_s) * ALMOST,
        )

    def check(self) -> HealthCheck:
        return self.settings.check


class TargetGroups:
    """Keeps the targets of the groups that `configure` names, and calls `changed(arn)` when a target of a group is
    added, is removed or changes state.

    `drained(arn, key)`: awaited when the deregistration delay is over, before the target is reported unused. `instead`:
    address -> a status that replaces the response to health checks, None for most.
    """

    def __init__(
        self,
        clock: Clock,
        changed: Callable[[str], None],
        is_idle: Callable[[str, Key], Awaitable[bool]],
        drained: Callable[[str, Key], Awaitable[None]],
        instead: Callable[[str], int | None] = lambda address: None,
    ) -> None:
        self._clock = clock
        self._changed = changed
        self._is_idle = is_idle
        self._drained = drained
        self._instead = instead
        self._groups: dict[str, _Group] = {}

    def configure(self, groups: Iterable[TargetGroup]) -> None:
        """Apply new settings; a group that is gone takes its targets with it."""
        configured = {group.arn: group for group in groups}
        for arn in [arn for arn in self._groups if arn not in configured]:
            self._cancel(self._groups.pop(arn))
        for arn, settings in configured.items():
            group = self._groups.setdefault(arn, _Group(settings))
            in_use_changed = group.settings.in_use != settings.in_use
            group.settings = settings
            if in_use_changed:
                change = Change.GROUP_IN_USE if settings.in_use else Change.GROUP_NOT_IN_USE
                for key in list(group.targets):
                    self._apply(arn, key, change)

    async def stop(self) -> None:
        """End all checks and forget the targets."""
        tasks = [task for group in self._groups.values() for task in group.tasks.values()]
        for group in self._groups.values():
            self._cancel(group)
        self._groups.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def group(self, arn: str) -> TargetGroup | None:
        group = self._groups.get(arn)
        return group.settings if group else None

    def targets(self, arn: str) -> dict[Key, Target]:
        """Return all registered and draining targets of a group."""
        return dict(self._groups[arn].targets)

    def register(self, arn: str, key: Key) -> None:
        """Register a target. Idempotent; a draining target starts over. Errors: KeyError (no group)."""
        self._apply(arn, key, Change.REGISTERED)

    def deregister(self, arn: str, key: Key) -> None:
        """Start draining. Idempotent; ignores unregistered targets. Errors: KeyError (no group)."""
        self._apply(arn, key, Change.DEREGISTERED)

    def health(self, arn: str, key: Key) -> TargetHealth:
        """Return the health of any target, registered or not, also when the group is gone."""
        group = self._groups.get(arn)
        target = group.targets.get(key) if group else None
        return (target or unregistered(self._clock.now())).health

    def _apply(self, arn: str, key: Key, event: Change | CheckResult) -> None:
        group = self._groups[arn]
        before = group.targets.get(key) or unregistered(self._clock.now())
        after = next_target(before, event, self._clock.now(), group.rules(self._clock))
        if after.is_registered:
            group.targets[key] = after
        else:
            group.targets.pop(key, None)
        if after.health == before.health:
            return
        _log_change(arn, key, before, after)
        if after.state is not before.state or after.is_registered != before.is_registered:
            self._follow(arn, group, key, before, after)
            self._changed(arn)

    def _follow(self, arn: str, group: _Group, key: Key, before: Target, after: Target) -> None:
        """Ensure that a target is checked, or removed once it has drained."""
        address, port = key
        running = group.tasks.get(key)
        if running is not None and not (before.is_checked and after.is_checked):
            if running is not asyncio.current_task():  # the end of draining is the last step of its own task
                running.cancel()
            group.tasks.pop(key)
            running = None
        if after.drains_until is not None:
            group.tasks[key] = asyncio.create_task(
                self._drain(arn, key, after.drains_until), name=f"drain {address}:{port}"
            )
        elif after.is_checked and running is None:
            checks = check_forever(
                address,
                port,
                group.check,
                lambda result: self._apply(arn, key, result),
                self._clock,
                lambda: self._instead(address),
            )
            group.tasks[key] = asyncio.create_task(checks, name=f"check {address}:{port}")

    async def _drain(self, arn: str, key: Key, until: float) -> None:
        # A draining target gets no new request: if none is in flight shortly before the end, none will be at the end.
        # Fifty targets that leave together must not all look at the very moment at which their tasks may end.
        await self._clock.sleep(max(0.0, until - self._clock.now()) * LAST_LOOK)
        is_idle = await self._is_idle(arn, key)
        while (left_s := until - self._clock.now()) > 0:
            await self._clock.sleep(left_s)
        if not is_idle:
            await self._drained(arn, key)
        self._apply(arn, key, Change.DRAINED)

    def _cancel(self, group: _Group) -> None:
        for task in group.tasks.values():
            task.cancel()
        group.tasks.clear()


def _log_change(arn: str, key: Key, before: Target, after: Target) -> None:
    log.info(
        "Target %s:%d: %s -> %s %s",
        *key,
        before.state.value,
        after.state.value,
        after.health.reason,
        extra={"action": "target_moved", "target_group": arn},
    )

"""CloudWatch alarms: tracks their states, has them evaluated and notifies whoever acts on them."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from localcloud.cloudwatch.alarms.regional import Evaluation, RegionalAlarms, Snapshot, backends
from localcloud.cloudwatch.metrics.store import MINUTE_S, RegionalStores
from localcloud.cloudwatch.moto_patches import metrics
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.background import Background

log = logging.getLogger(__name__)

POLL_S = 1.0
SHORT_S = 10
"""AWS seconds between two evaluations of alarms with a period below a minute."""
SHORTEST_S = 0.5
"""Minimum of real seconds between them, at high speeds."""
MOST_LEVELS = 10
"""How many levels of nested composite alarms are updated in one pass."""
DEFAULT_BAKE_S = 300.0


@dataclass(frozen=True, kw_only=True)
class AlarmNotification:
    """The notification that an alarm sends to an action. `state`: OK, ALARM or INSUFFICIENT_DATA."""

    name: str
    arn: str
    state: str
    values: tuple[float, ...]
    """The latest evaluated datapoints, newest last; () when there are none."""
    threshold: float


class ScalingActions(Protocol):
    """The Auto Scaling policies that alarms notify."""

    async def notify_alarm(self, policy_arn: str, notification: AlarmNotification) -> None:
        """Act on a notification. `policy_arn`: the alarm's action. Called at each evaluation while the state lasts."""


class Alarms:
    """All alarms: a snapshot taken every real second and on demand; `evaluate` evaluates them.

    Deployments and Auto Scaling use the alarms of the home region; alarms of other regions only publish there.
    """

    def __init__(self, host: Host, stores: RegionalStores, scaling: ScalingActions | None = None) -> None:
        self._host = host
        self._stores = stores
        self._regions: dict[str, RegionalAlarms] = {}
        """The alarms of each region, by region name."""
        self._scaling = scaling
        self._alarms: dict[str, Snapshot] | None = None
        """Alarms of the home region, where everything runs, by name; None before the first snapshot."""
        self._count = 0
        """The number of alarms in all regions."""
        self._snapshot_at: datetime | None = None
        """When the latest snapshot was started."""
        self._requested = asyncio.Event()
        """Set when a caller needs a newer snapshot."""
        self._has_short: set[str] = set()
        """Regions that have alarms with a period below a minute."""
        self._background = Background()
        self._short = Background()

    async def start(self) -> None:
        metrics.serve(self._stores)
        self._background.start(self._poll(), "cloudwatch alarms")
        self._short.start(self._evaluate_short(), "cloudwatch alarms of high resolution")

    async def stop(self) -> None:
        await self._short.stop()
        await self._background.stop()

    def status(self) -> dict[str, object]:
        states = {self._background.status, self._short.status}
        return {"status": "ready" if states == {"ready"} else "failed", "alarms": self._count}

    def state(self, name: str, since: datetime) -> str | None:
        """Return OK, ALARM or INSUFFICIENT_DATA (also for an unknown alarm); None before a snapshot after `since`."""
        if self._alarms is None or self._snapshot_at is None or self._snapshot_at < since:
            self._requested.set()
            return None
        alarm = self._alarms.get(name)
        return alarm.state if alarm else "INSUFFICIENT_DATA"

    def bake_s(self, name: str) -> float:
        """Return the AWS seconds for which a deployment watches this alarm once its tasks are running."""
        alarm = (self._alarms or {}).get(name)
        return alarm.window_s if alarm else DEFAULT_BAKE_S

    async def evaluate(self, minute: int) -> None:
        """Evaluate every alarm, with AWS minute `minute` as the newest. Actions are taken before this returns."""
        if self._count:
            for region in list(self._regions):
                regional = self._regions[region]
                await self._evaluate(region, partial(regional.evaluate, (minute + 1) * int(MINUTE_S)))

    async def _evaluate_short(self) -> None:
        """Evaluate alarms with a period below a minute every ten AWS seconds, while there are any."""
        store, done_s = self._stores.home, 0
        while True:
            await asyncio.sleep(max(self._host.clock.real_s(SHORT_S) / 4, SHORTEST_S))
            end_s = store.second_at(self._host.clock.wall().timestamp()) // SHORT_S * SHORT_S
            if end_s <= done_s:
                continue
            done_s = end_s
            for region in list(self._has_short):
                try:
                    await self._evaluate(region, partial(self._regions[region].evaluate_short, end_s))
                except AwsError:  # The disk is full: continue in memory and save later.
                    log.exception("A change of alarms is not saved", extra={"action": "alarms_not_saved"})

    async def _evaluate(self, region: str, evaluate: Callable[[], list[Evaluation]]) -> None:
        regional = self._regions[region]
        evaluations = await self._host.moto.run(evaluate)
        changed = [each for each in evaluations if each.verdict.state is not each.before or each.has_other_evaluation]
        if changed:
            await self._host.moto.change(lambda: regional.change(changed))
            await self._look()
        await self._notify(region, evaluations)

    async def _poll(self) -> None:
        while True:
            self._requested.clear()
            try:
                await self._look()
            except AwsError:  # The disk is full: continue in memory and save later.
                log.exception("A change of alarms is not saved", extra={"action": "alarms_not_saved"})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._requested.wait()

    async def _look(self) -> None:
        started_at = self._host.clock.wall()
        home, count = self._host.region, 0
        for region in {home, *await self._host.moto.run(lambda: list(backends(self._host.account_id)))}:
            alarms = await self._look_in(region)
            count += len(alarms)
            if region == home:
                self._alarms, self._snapshot_at = alarms, started_at
        self._count = count

    async def _look_in(self, region: str) -> dict[str, Snapshot]:
        regional = self._regions.setdefault(region, RegionalAlarms(self._host, self._stores.of(region), region))
        for _ in range(MOST_LEVELS):
            if not await self._host.moto.run(regional.composites.moves):
                break
            await self._host.moto.change(regional.composites.move)
        alarms, changes = await self._host.moto.run(regional.read)
        if any(each.is_short for each in alarms.values()):
            self._has_short.add(region)
        else:
            self._has_short.discard(region)
        if changes:
            await self._notify(region, await self._host.moto.change(lambda: regional.act_on_set(changes)))
        return alarms

    async def _notify(self, region: str, evaluations: list[Evaluation]) -> None:
        """Notify Auto Scaling of the alarms' current states."""
        if self._scaling is None or region != self._host.region:
            return
        for each in evaluations:
            notification = _notification(each)
            for policy in each.policies:
                try:
                    await self._scaling.notify_alarm(policy, notification)
                except Exception:  # A defect in one policy must not stop the others.
                    extra = {"action": "policy_not_notified", "policy": policy, "alarm": notification.name}
                    log.exception("Policy was not notified", extra=extra)


def _notification(evaluation: Evaluation) -> AlarmNotification:
    return AlarmNotification(
        name=evaluation.name,
        arn=evaluation.arn,
        state=evaluation.verdict.state.value,
        values=evaluation.verdict.evaluated,
        threshold=evaluation.threshold,
    )

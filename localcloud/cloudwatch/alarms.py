"""CloudWatch alarms: the one place that knows their states, has them evaluated and tells who acts on them."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from localcloud.background import Background
from localcloud.cloudwatch.held_alarms import Alarm, HeldAlarms, Judged
from localcloud.cloudwatch.metric_store import MetricStore
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.lessons import cloudwatch_metrics

log = logging.getLogger(__name__)

POLL_S = 1.0
MOST_LEVELS = 10
"""Of composite alarms that look at composite alarms, which one look follows."""
DEFAULT_BAKE_S = 300.0


@dataclass(frozen=True, kw_only=True)
class AlarmTold:
    """What an alarm tells an action. `state`: OK, ALARM or INSUFFICIENT_DATA."""

    name: str
    arn: str
    state: str
    values: tuple[float, ...]
    """The newest evaluated datapoints, newest last; () when there is none."""
    threshold: float


class ScalingActions(Protocol):
    """What Auto Scaling policies do when an alarm tells them."""

    async def alarm_told(self, policy_arn: str, told: AlarmTold) -> None:
        """`policy_arn` is the action of the alarm; told at each evaluation while the alarm is in that state."""


class Alarms:
    """A snapshot of all alarms, taken each real second and when one is needed; judged when `evaluate` is called."""

    def __init__(self, host: Host, store: MetricStore, scaling: ScalingActions | None = None) -> None:
        self._host = host
        self._store = store
        self._held = HeldAlarms(host, store)
        self._scaling = scaling
        self._alarms: dict[str, Alarm] | None = None
        self._looked_at: datetime | None = None
        """When the newest look began."""
        self._asked = asyncio.Event()
        """Somebody needs a newer look."""
        self._background = Background()

    async def start(self) -> None:
        """Begin to look."""
        cloudwatch_metrics.serve(self._store)
        self._background.start(self._poll(), "cloudwatch alarms")

    async def stop(self) -> None:
        """End."""
        await self._background.stop()

    def status(self) -> dict[str, object]:
        """For the health of the local cloud."""
        return {"status": self._background.status, "alarms": len(self._alarms or {})}

    def state(self, name: str, since: datetime) -> str | None:
        """OK, ALARM or INSUFFICIENT_DATA (also when there is no such alarm); None before a look after `since`."""
        if self._alarms is None or self._looked_at is None or self._looked_at < since:
            self._asked.set()
            return None
        alarm = self._alarms.get(name)
        return alarm.state if alarm else "INSUFFICIENT_DATA"

    def bake_s(self, name: str) -> float:
        """AWS seconds that a deployment waits for this alarm after its tasks are there."""
        alarm = (self._alarms or {}).get(name)
        return alarm.window_s if alarm else DEFAULT_BAKE_S

    async def evaluate(self, minute: int) -> None:
        """Every alarm, with AWS minute `minute` as the newest; actions are taken before this returns."""
        if not self._alarms:
            return
        judged = await self._host.moto.run(lambda: self._held.judge(minute))
        changed = [each for each in judged if each.verdict.state is not each.before or each.has_other_evaluation]
        if changed:
            await self._host.moto.change(lambda: self._held.change(changed))
            await self._look()
        await self._tell(judged)

    async def _poll(self) -> None:
        while True:
            self._asked.clear()
            try:
                await self._look()
            except AwsError:  # a disk that is full: what is in memory goes on, and is saved later
                log.exception("A change of alarms is not saved", extra={"action": "alarms_not_saved"})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._asked.wait()

    async def _look(self) -> None:
        for _ in range(MOST_LEVELS):
            if not await self._host.moto.run(self._held.composites.moves):
                break
            await self._host.moto.change(self._held.composites.move)
        looked_at = self._host.clock.wall()
        self._alarms, changes = await self._host.moto.run(self._held.read)
        self._looked_at = looked_at
        if changes:
            await self._tell(await self._host.moto.change(lambda: self._held.act_on_set(changes)))

    async def _tell(self, judged: list[Judged]) -> None:
        """Auto Scaling, of the states that they are in."""
        if self._scaling is None:
            return
        for each in judged:
            told = _told(each)
            for policy in each.policies:
                try:
                    await self._scaling.alarm_told(policy, told)
                except Exception:  # one policy's defect must not stop the others
                    said = {"action": "alarm_told", "policy": policy, "alarm": told.name}
                    log.exception("Policy was not told", extra=said)


def _told(judged: Judged) -> AlarmTold:
    return AlarmTold(
        name=judged.name,
        arn=judged.arn,
        state=judged.verdict.state.value,
        values=judged.verdict.evaluated,
        threshold=judged.threshold,
    )

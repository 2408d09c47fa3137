"""States of CloudWatch alarms, as moto keeps them; looked at every second."""

import asyncio
import logging
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from localcloud.host import Host

log = logging.getLogger(__name__)

POLL_S = 1.0
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


@dataclass(frozen=True)
class Alarm:
    """What deployments need to know of one."""

    state: str
    window_s: float
    """Period x evaluation periods: after it the alarm would have told."""


class Alarms:
    """A snapshot of all alarms; real seconds between looks."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._alarms: dict[str, Alarm] | None = None
        self._looked_at: datetime | None = None
        """When the newest look began."""
        self._poller: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._poller = asyncio.create_task(self._poll(), name="cloudwatch alarms")

    async def stop(self) -> None:
        """End."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)

    def status(self) -> dict[str, object]:
        """For the health of the local cloud."""
        alive = self._poller is not None and not self._poller.done()
        return {"status": "ready" if alive else "failed", "alarms": len(self._alarms or {})}

    def state(self, name: str, since: datetime) -> str | None:
        """OK, ALARM or INSUFFICIENT_DATA (also when there is no such alarm); None before a look after `since`."""
        if self._alarms is None or self._looked_at is None or self._looked_at < since:
            return None
        alarm = self._alarms.get(name)
        return alarm.state if alarm else "INSUFFICIENT_DATA"

    def bake_s(self, name: str) -> float:
        """AWS seconds that a deployment waits for this alarm after its tasks are there."""
        alarm = (self._alarms or {}).get(name)
        return alarm.window_s if alarm else DEFAULT_BAKE_S

    async def _poll(self) -> None:
        while True:
            looked_at = self._host.clock.wall()
            self._alarms = await self._host.moto.run(self._read)
            self._looked_at = looked_at
            await asyncio.sleep(POLL_S)

    def _read(self) -> dict[str, Alarm]:
        """In moto's thread."""
        if "moto.cloudwatch.models" not in sys.modules:  # nobody has called CloudWatch yet
            return {}
        from moto.cloudwatch.models import cloudwatch_backends

        backend = cloudwatch_backends[self._host.account_id][self._host.region]
        return {
            name: Alarm(str(alarm.state_value), float(alarm.period or 60) * float(alarm.evaluation_periods or 1))
            for name, alarm in backend.alarms.items()
        }

"""Alarms without measured metrics: the tests supply the data."""

from typing import Any

from localcloud.cloudwatch.alarms.engine import Alarms
from localcloud.cloudwatch.metrics.store import Datum, RegionalStores
from localcloud.host import Host


class AlarmsPart:
    """The alarms as a part, and the stores that they look at."""

    def __init__(self, host: Host) -> None:
        self.stores = RegionalStores(host.clock.speed, host.region)
        self.alarms = Alarms(host, self.stores)
        self._minute = self.stores.home.minute_at(host.clock.wall().timestamp()) - 1

    async def handle(self, request: Any) -> None:
        return None

    async def answered(self, request: Any, response: Any) -> Any:
        return response

    async def start(self) -> None:
        await self.alarms.start()

    async def stop(self) -> None:
        await self.alarms.stop()

    async def measured(self, region: str, data: list[Datum]) -> None:
        self.stores.of(region).add(self._minute, data)
        await self.alarms.evaluate(self._minute)

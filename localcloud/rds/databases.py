"""RDS in every region of the local cloud: the instances of the home region, and other regions on first use."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from localcloud.host import Host
from localcloud.machine.set_aside import report
from localcloud.moto import calls
from localcloud.protocol import query_responses
from localcloud.protocol.regions import REGIONS as KNOWN_REGIONS
from localcloud.protocol.wire import AwsRequest, AwsResponse, region_of
from localcloud.rds.moto_patches import records
from localcloud.rds.region import RegionDatabases
from localcloud.rds.requests import offered_operations
from localcloud.rds.requests.monitoring import MonitoringRole
from localcloud.rds.server.database import Database, RunningServer

REGIONS = "regions"
"""The directory of the other regions; each is laid out like the home region."""


class Databases:
    """The part and the overlay `rds`. `monitoring`: checks roles for Enhanced Monitoring, if any."""

    def __init__(self, host: Host, monitoring: MonitoringRole | None = None) -> None:
        self._host = host
        self._monitoring = monitoring
        self._regions = {host.region: RegionDatabases(host, self, self._window)}
        self._opening = asyncio.Lock()

    async def start(self) -> None:
        """Start every instance that the API has not stopped; the home region's first, as others may replicate them."""
        await self._home.start()
        kept = self._kept_regions(self._host.data_directory / REGIONS)
        made = await self._host.moto.run(lambda: records.regions(self._host.account_id))
        for region in sorted((kept | made) - {self._host.region}):
            try:
                await self._region(region)
            except OSError as error:  # a file in place of a directory must not keep the other regions from starting
                report(self._host.data_directory / REGIONS / region, f"cannot be opened: {error}")
        await self.reconnect_replicas()  # their primaries may be in a region opened after theirs

    def _kept_regions(self, place: Path) -> set[str]:
        """Return the regions of an earlier run. Anything else in the directory stays and is ignored."""
        kept = set(place.iterdir()) if place.is_dir() else set()
        regions = {path for path in kept if path.name in KNOWN_REGIONS and path.is_dir()}
        for path in sorted(kept - regions):
            report(path, "is no region's directory: ignored")
        return {path.name for path in regions}

    async def stop(self) -> None:
        for region in reversed(list(self._regions.values())):
            await region.stop()

    def status(self) -> dict[str, object]:
        """Return the status; instances of other regions are named with their region."""
        states = {name: region.status() for name, region in self._regions.items()}
        instances = {
            instance if name == self._host.region else f"{name}/{instance}": state
            for name, region in self._regions.items()
            for instance, state in region.instances().items()
        }
        bad = [str(each["status"]) for each in states.values() if each["status"] != "ready"]
        return {"status": bad[0] if bad else "ready", "instances": instances}

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        values = offered_operations.check(request)
        if request.operation in offered_operations.NONE_THERE:
            return query_responses.query_response(
                "rds", request.operation, offered_operations.none_there(request.operation, values)
            )
        whole = calls.with_tag_values(request)
        name = region_of(request) or self._host.region
        if self._monitoring is not None:
            await self._monitoring.check(request.operation, values, name)
        region = await self._region(name)
        response = await region.handle(whole, values)
        if response is None and whole is not request:
            return await self.answered(whole, await self._host.moto.request(whole))
        return response

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    def identifiers(self) -> list[str]:
        """Return the identifiers of all instances in the home region."""
        return list(self._home.databases)

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """Fail over an instance; see `Instances.fail_over`."""
        await self._home.fail_over(identifier, is_back)

    async def replica_lags(self) -> dict[str, dict[str, float]]:
        """Return region -> identifier -> lag in seconds, for the replicas that respond."""
        return {name: await region.replica_lags() for name, region in list(self._regions.items())}

    async def running(self) -> dict[str, dict[str, RunningServer]]:
        """Return region -> identifier -> server, for those that run and are available."""
        return {name: await region.running() for name, region in list(self._regions.items())}

    @property
    def _home(self) -> RegionDatabases:
        return self._regions[self._host.region]

    async def _region(self, name: str) -> RegionDatabases:
        async with self._opening:
            if name not in self._regions:
                directory = self._host.data_directory / REGIONS / name
                directory.mkdir(parents=True, mode=0o700, exist_ok=True)
                opened = RegionDatabases(replace(self._host, region=name, data_directory=directory), self, self._window)
                await opened.start()
                self._regions[name] = opened
            return self._regions[name]

    def find(self, region: str, identifier: str) -> Database | None:
        found = self._regions.get(region)
        return found.databases.get(identifier) if found is not None else None

    def find_resource(self, resource_id: str) -> Database | None:
        every = (database for region in list(self._regions.values()) for database in region.databases.values())
        return next((each for each in every if each.resource_id == resource_id), None)

    async def reconnect_replicas(self) -> None:
        """Reconnect each running replica to its primary's current endpoint."""
        for region in list(self._regions.values()):
            await region.reconnect_replicas()

    def _window(self, resource_id: str, retention_days: int) -> records.Moments | None:
        """Return the restorable window of an instance in any region; may be called from any thread."""
        found = (region.window(resource_id, retention_days) for region in list(self._regions.values()))
        return next((each for each in found if each is not None), None)

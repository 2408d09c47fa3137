"""Restarts on request: failover and reboot restart the one server. Connections break, endpoints and data stay."""

from collections.abc import Mapping

from localcloud.elasticache import records
from localcloud.elasticache.events import NODE, Events, Members
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.servers import KeptServer
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse

DESCRIBE, REBOOT = "DescribeCacheClusters", "RebootCacheCluster"
NODES = "CacheNodeIdsToReboot."


class Restarts:
    """Restart caches. `servers`: by identifier."""

    def __init__(self, host: Host, servers: Mapping[str, KeptServer], events: Events) -> None:
        self._host = host
        self._where = (host.account_id, host.region)
        self._servers = servers
        self._events = events

    async def fail_over(self, request: AwsRequest) -> AwsResponse:
        """Simulate a replica taking over."""
        identifier = request.form.get("ReplicationGroupId", "")
        before = await self._members(identifier) if identifier in self._servers else None
        response = await self._host.moto.request(request)
        if response.status != 200 or before is None:
            return response
        await self._restart(identifier)
        after = await self._members(identifier)
        self._events.failed_over(identifier, request.form["NodeGroupId"], before.primary, after.primary)
        return calls.with_text(response, "Status", "modifying")

    async def reboot(self, request: AwsRequest) -> AwsResponse:
        """Restart a node; of a group's nodes only the primary is a server. Errors: AwsError."""
        cluster = request.form["CacheClusterId"].lower()
        parameters = {"Action": DESCRIBE, "CacheClusterId": cluster, "Version": request.form["Version"]}
        found = await self._host.moto.request(calls.instead(request, parameters))
        if found.status != 200:  # the cluster does not exist
            return found
        nodes = {value for name, value in request.form.items() if name.startswith(NODES)}
        if unknown := sorted(nodes - {NODE}):
            raise AwsError("InvalidParameterValue", f"Cache cluster {cluster} has no cache node {unknown[0]}.")
        identifier = await self._host.moto.run(lambda: records.group_of(*self._where, cluster))
        members = await self._members(identifier)
        if not members.is_group or cluster == members.primary:
            await self._restart(identifier)
        self._events.rebooted(cluster)
        response = calls.renamed(found, DESCRIBE, REBOOT, "CacheClusters")
        return calls.with_text(response, "CacheClusterStatus", "rebooting cluster nodes")

    async def _restart(self, identifier: str) -> None:
        await self._servers[identifier].stop()
        await self._servers[identifier].start()

    async def _members(self, identifier: str) -> Members:
        return await self._host.moto.run(lambda: records.members(*self._where, identifier))

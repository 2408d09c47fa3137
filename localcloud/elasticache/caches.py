"""ElastiCache: moto stores the records, and each replication group or lone cluster is one real Redis server.

A group's replicas are not run: every endpoint of the group is the one server. Connections are unencrypted, even where
TransitEncryptionEnabled was requested.
"""

import asyncio
import logging
import re
from collections.abc import Sequence

from localcloud.elasticache import checks, descriptions, event_query, records, requests
from localcloud.elasticache.events import Event, Events, Members
from localcloud.elasticache.measured import Measured, measured
from localcloud.elasticache.redis import Cache, Redis
from localcloud.elasticache.restarts import Restarts
from localcloud.elasticache.snapshots import Snapshots
from localcloud.elasticache.tokens import Tokens
from localcloud.errors import AwsError, CannotStart, not_offered
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.server_directories import clear_orphans, remove_directory
from localcloud.machine.servers import KeptServer, ServerState
from localcloud.moto import calls
from localcloud.moto.kms_keys import check_named
from localcloud.protocol import query_responses
from localcloud.protocol.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)

PORT = 6379
OF_SERVERS = ("CreateSnapshot", "RebootCacheCluster", "TestFailover")
MAKING_SERVERS = ("CreateReplicationGroup", "CreateCacheCluster")
# These would create servers, or copies of data, that do not exist.
NOT_OFFERED = {
    "CopySnapshot",
    "CreateGlobalReplicationGroup",
    "CreateServerlessCache",
    "DecreaseReplicaCount",
    "IncreaseReplicaCount",
    "ModifyReplicationGroupShardConfiguration",
}

# AWS has no word for "died": it shows `modifying` while it replaces a node.
STATUSES = {
    ServerState.STARTING: "modifying",
    ServerState.RUNNING: "available",
    ServerState.FAILED: "modifying",
}


class Caches:
    """The part and the overlay `elasticache`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._where = (host.account_id, host.region)
        self._directory = host.data_directory / "elasticache"
        self._snapshots = Snapshots(host)
        self._events = Events(host.data_directory / "elasticache-events.json", host.clock)
        self._programs: dict[str, Redis] = {}
        self._servers: dict[str, KeptServer] = {}
        self._failures: dict[str, str] = {}  # why it did not start
        self._tokens = Tokens(host, self._programs, self._servers)
        self._restarts = Restarts(host, self._servers, self._events)

    async def start(self) -> None:
        stored_files.directory(self._directory)
        await self._snapshots.start()
        self._events.start()
        known = await self._host.moto.run(lambda: records.statuses(*self._where))
        for identifier in [name for name, status in known.items() if status == records.DELETING]:
            await self._forget(identifier)  # its deletion was interrupted
            del known[identifier]
        clear_orphans(self._directory, set(known))
        await asyncio.gather(*(self._resume(identifier) for identifier in known))

    async def stop(self) -> None:
        await asyncio.gather(*(server.stop() for server in self._servers.values()))

    def status(self) -> dict[str, object]:
        failed = any(server.state is ServerState.FAILED or server.failure for server in self._servers.values())
        return {
            "status": "failed" if failed else "ready",
            "caches": {name: self._status(name, server) for name, server in self._servers.items()},
        }

    def _status(self, identifier: str, server: KeptServer) -> dict[str, object]:
        reported: dict[str, object] = {"status": server.state, "pid": server.pid, "restarts": server.restarts}
        why = server.failure or (server.state is ServerState.FAILED and self._failures.get(identifier))
        return reported | ({"failure": why} if why else {})

    async def measured(self) -> dict[str, Measured]:
        """Return the INFO of running servers, by identifier."""
        return await measured(self._programs, self._servers, self._members)

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        values = requests.MODEL.read(request)
        if request.operation == "DescribeCacheEngineVersions":
            return descriptions.answer(request.operation, descriptions.engine_versions(values))
        if calls.is_elsewhere(request, self._host.region):
            if request.operation == "DescribeEvents":
                return self._describe_events([], request)
            if request.operation in {*MAKING_SERVERS, *NOT_OFFERED, *OF_SERVERS}:
                calls.check_region(request, self._host.region)
            return None
        if request.operation in NOT_OFFERED:
            raise not_offered(request.operation, "OperationNotSupported")
        whole = requests.with_kept_names(calls.with_tag_values(request))
        response = await self._handled(whole)
        return await self._host.moto.request(whole) if response is None and whole is not request else response

    async def _handled(self, request: AwsRequest) -> AwsResponse | None:
        """Answer requests that concern servers and their data; None for all others."""
        match request.operation:
            case operation if operation in MAKING_SERVERS:
                return await self._create(request)
            case "DeleteReplicationGroup" | "DeleteCacheCluster":
                return await self._delete(request)
            case "CreateSnapshot":
                return await self._take_snapshot(request)
            case "DeleteSnapshot":
                return await self._snapshots.delete(request)
            case "TestFailover":
                return await self._restarts.fail_over(request)
            case "RebootCacheCluster":
                return await self._restarts.reboot(request)
            case "ModifyReplicationGroup":
                return await self._modify(request)
            case "ListAllowedNodeTypeModifications":
                kind = await self._host.moto.run(lambda: records.node_type(*self._where, request.form))
                return descriptions.answer(request.operation, descriptions.node_type_changes(kind))
            case "DescribeEvents":
                return self._describe_events(self._events.newest_first(), request)
            case "DescribeSnapshots":
                return await self._host.moto.request(request)
            case "ModifyCacheCluster" if "AuthToken" in request.form:
                return await self._tokens.change_of_cluster(request)
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    async def _create(self, request: AwsRequest) -> AwsResponse:
        identifier = requests.identifier_of(request)
        checks.check_creation(request, identifier)
        key = request.form.get("KmsKeyId")
        await self._host.moto.run(lambda: check_named(*self._where, key, "InvalidParameterValue"))  # in KMS's words
        if identifier in self._servers:
            return await self._host.moto.request(request)  # moto reports that it exists
        data = self._snapshots.data_of(name) if (name := request.form.get("SnapshotName")) else None
        port = int(request.form.get("Port", str(PORT)))
        address = self._host.addresses.take([port])
        redis = Redis(f"elasticache/{identifier}", self._directory / identifier, self._host.ledger)
        # Before moto, whose record does not contain the token: the record may not exist without it.
        redis.create(Cache(address=address, port=port, auth_token=request.form.get("AuthToken")), data)
        try:
            response = await self._host.moto.request(request)
        except AwsError:
            self._withdraw(redis)
            raise
        if response.status != 200:
            self._withdraw(redis)
            return response
        try:
            await self._add(identifier, redis).start()
        except CannotStart as error:
            await self._end(identifier)  # nothing stays, so that it can be requested again
            raise AwsError("InternalFailure", str(error), 500) from error
        self._events.created(await self._members(identifier))
        for tag in ("Status", "CacheClusterStatus"):
            response = calls.with_text(response, tag, "creating")
        return response

    def _withdraw(self, redis: Redis) -> None:
        """Remove a server that was not started."""
        self._host.addresses.release(redis.cache.address)  # its directory stores the address
        remove_directory(redis.directory)

    async def _end(self, identifier: str) -> None:
        """Stop a server and delete all its data."""
        await self._servers.pop(identifier).stop()
        redis = self._programs.pop(identifier)
        self._host.addresses.release(redis.cache.address)
        await self._forget(identifier)
        await asyncio.to_thread(remove_directory, redis.directory)

    async def _modify(self, request: AwsRequest) -> AwsResponse:
        checks.check_cluster_mode(request.form)
        identifier = request.form.get("ReplicationGroupId", "")
        if identifier in self._servers:
            present = await self._host.moto.run(lambda: records.windows(*self._where, identifier))
            checks.check_windows(request.form, *present)
        before = await self._members(identifier) if identifier in self._servers else None
        change = self._tokens.change if "AuthToken" in request.form else self._host.moto.request
        response = await change(request)
        if before is not None and response.status == 200:
            self._events.modified(before, await self._members(identifier))
        return response

    async def _delete(self, request: AwsRequest) -> AwsResponse:
        identifier = requests.identifier_of(request)
        if request.operation == "DeleteCacheCluster" and identifier not in self._servers:
            return await self._check_member(request)
        if (final := request.form.get("FinalSnapshotIdentifier")) and identifier in self._programs:
            taken = await self._snapshots.take(requests.final_snapshot(request, final), self._programs[identifier])
            if taken.status != 200:
                return taken
            await self._record_snapshot(final, identifier)
        present = await self._members(identifier) if identifier in self._servers else None
        response = await self._host.moto.request(request)
        if response.status != 200 or present is None:
            return response
        await self._end(identifier)
        self._events.deleted(present)
        return response

    async def _take_snapshot(self, request: AwsRequest) -> AwsResponse:
        group, cluster = (request.form.get(name, "") for name in requests.ID_FIELDS.values())
        if group and cluster:
            return await self._host.moto.request(request)  # moto reports that it may be only one
        identifier = group or await self._host.moto.run(lambda: records.group_of(*self._where, cluster))
        if identifier not in self._programs:
            return await self._host.moto.request(request)  # moto reports that it does not exist
        response = await self._snapshots.take(request, self._programs[identifier])
        if response.status == 200:
            await self._record_snapshot(request.form["SnapshotName"], identifier, cluster)
        return response

    async def _record_snapshot(self, snapshot: str, identifier: str, cluster: str = "") -> None:
        self._events.snapshot_taken(snapshot, cluster or (await self._members(identifier)).primary)

    def _describe_events(self, known: Sequence[Event], request: AwsRequest) -> AwsResponse:
        reported = event_query.described(known, request.form, self._host.clock.wall())
        return query_responses.query_response("elasticache", "DescribeEvents", reported)

    async def _check_member(self, request: AwsRequest) -> AwsResponse:
        identifier = requests.identifier_of(request)
        if re.sub(r"-\d{3}$", "", identifier) in self._servers:
            raise AwsError(
                "InvalidCacheClusterState",
                f"Cache cluster {identifier} is serving as primary for a replication group and cannot be deleted.",
            )
        return await self._host.moto.request(request)  # moto reports that it does not exist

    async def _resume(self, identifier: str) -> None:
        redis = Redis(f"elasticache/{identifier}", self._directory / identifier, self._host.ledger)
        shown = await self._host.moto.run(lambda: records.shown(*self._where, identifier))
        redis.repair(
            lambda: Cache(
                address=shown.address or self._host.addresses.take([PORT]),
                port=shown.port or PORT,
                auth_token=None,
                is_token_lost=shown.has_token,
            )
        )
        self._host.addresses.claim(redis.cache.address)
        server = self._add(identifier, redis)
        try:
            await server.start()
        except CannotStart as error:  # this cache stays as it is, and the others are not affected
            self._failures[identifier] = f"{error}; its files stay in {redis.directory}"
            log.error("Cache did not start: %s", error, extra={"action": "cache_failed"})

    def _add(self, identifier: str, redis: Redis) -> KeptServer:
        is_recovering = has_run = False

        async def on_change(state: ServerState) -> None:
            nonlocal is_recovering, has_run
            if state in STATUSES:
                await self._show(identifier, STATUSES[state])
            if state is ServerState.FAILED and has_run and not is_recovering:
                is_recovering = True
                self._events.recovering((await self._members(identifier)).primary)
            elif state is ServerState.RUNNING:
                if is_recovering:
                    self._events.recovered((await self._members(identifier)).primary)
                is_recovering, has_run = False, True

        self._programs[identifier] = redis
        server = self._servers[identifier] = KeptServer(redis, self._host.ledger, on_change)
        return server

    async def _members(self, identifier: str) -> Members:
        return await self._host.moto.run(lambda: records.members(*self._where, identifier))

    async def _show(self, identifier: str, status: str) -> None:
        cache = self._programs[identifier].cache
        await self._host.moto.run(lambda: records.show(*self._where, identifier, status, cache))

    async def _forget(self, identifier: str) -> None:
        await self._host.moto.change(lambda: records.forget(*self._where, identifier))

"""Changes of AUTH tokens: Redis takes them, and moto records that there is one."""

from collections.abc import Mapping

from localcloud.elasticache import checks, records
from localcloud.elasticache.redis import Redis
from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.machine.servers import KeptServer
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse


class Tokens:
    """Change the tokens of caches. `programs`, `servers`: by identifier."""

    def __init__(self, host: Host, programs: Mapping[str, Redis], servers: Mapping[str, KeptServer]) -> None:
        self._host = host
        self._where = (host.account_id, host.region)
        self._programs = programs
        self._servers = servers

    async def change(self, request: AwsRequest) -> AwsResponse:
        """Change the AUTH token. ROTATE admits a token beside the current one, SET allows only the given one.

        As on AWS, ROTATE without a current token requires nothing. Unlike on AWS, a client that sends the token before
        SET is refused: Redis cannot express that.
        """
        identifier = request.form.get("ReplicationGroupId", "")
        checks.check_token_change(request.form)
        response = await self._host.moto.request(request)
        if response.status == 200 and identifier in self._programs:
            await self._take(identifier, request)
        return response

    async def change_of_cluster(self, request: AwsRequest) -> AwsResponse:
        """Change the AUTH token of a cluster without a group; moto changes nothing about those."""
        identifier = request.form.get("CacheClusterId", "")
        checks.check_token_change(request.form)
        checks.check_other_changes(request.form)
        operation, version = "DescribeCacheClusters", request.form["Version"]
        parameters = {"Action": operation, "CacheClusterId": identifier, "Version": version}
        found = await self._host.moto.request(calls.instead(request, parameters))
        if found.status != 200:  # the cluster does not exist
            return found
        if identifier not in self._programs:
            raise AwsError(
                "InvalidParameterCombination", f"{identifier} is a member of a replication group: modify the group"
            )
        await self._take(identifier, request)
        return calls.renamed(found, parameters["Action"], request.operation, "CacheClusters")

    async def _take(self, identifier: str, request: AwsRequest) -> None:
        """Apply a token change. Errors: AwsError."""
        token = request.form["AuthToken"]
        try:
            if request.form.get("AuthTokenUpdateStrategy", "ROTATE") == "ROTATE":
                await self._programs[identifier].admit(token)
            else:
                await self._demand(identifier, token)
        except CannotStart as error:
            raise AwsError("InternalFailure", str(error), 500) from error
        await self._host.moto.change(lambda: records.has_token(*self._where, identifier))

    async def _demand(self, identifier: str, token: str) -> None:
        """Require this token, and start a server that was waiting for one. Errors: CannotStart."""
        redis = self._programs[identifier]
        was_lost = redis.cache.is_token_lost
        await redis.demand(token)
        if was_lost:
            await self._servers[identifier].start()

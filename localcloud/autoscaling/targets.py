"""Application Auto Scaling: moto's, for services that exist in our ECS. Policies are kept and shown; none acts yet."""

import json

from localcloud.ecs.states import ServiceStatus
from localcloud.ecs.store import Store
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.wire import AwsRequest, AwsResponse


class ScalableTargets:
    """The overlay."""

    def __init__(self, host: Host, store: Store) -> None:
        self._host = host
        self._store = store

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        if request.operation == "RegisterScalableTarget":
            parameters = json.loads(request.body or b"{}")
            if parameters.get("ServiceNamespace") == "ecs":
                self._require_service(str(parameters.get("ResourceId", "")))
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    def _require_service(self, resource_id: str) -> None:
        """Errors: AwsError ValidationException, as AWS refuses it."""
        arn = f"arn:aws:ecs:{self._host.region}:{self._host.account_id}:{resource_id}"
        service = self._store.services.get(arn)
        if service is None or service.status is not ServiceStatus.ACTIVE:
            raise AwsError("ValidationException", f"ECS service doesn't exist: {resource_id}")

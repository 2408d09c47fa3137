"""The interface of scaling to ECS services."""

from collections.abc import Awaitable, Callable

from localcloud.autoscaling.model import Capacity
from localcloud.ecs.model.services import Service
from localcloud.ecs.model.states import RolloutState, ServiceStatus
from localcloud.ecs.model.store import Store
from localcloud.errors import AwsError
from localcloud.protocol.caller import service
from localcloud.protocol.own_requests import json_request
from localcloud.protocol.wire import AwsRequest, AwsResponse

SERVICE = "ecs.application-autoscaling.amazonaws.com"
CALLER = service(SERVICE)
UPDATE_SERVICE = "AmazonEC2ContainerServiceV20141113.UpdateService"


class EcsServices:
    """Reads counts from ECS's store; changes them by UpdateService like any client, so events and deployments agree.

    `answer`: as Application Auto Scaling's service-linked role, which may refuse.
    """

    def __init__(
        self,
        store: Store,
        answer: Callable[[AwsRequest], Awaitable[AwsResponse]],
        *,
        region: str,
        account_id: str,
    ) -> None:
        self._store = store
        self._answer = answer
        self._region = region
        self._arn_prefix = f"arn:aws:ecs:{region}:{account_id}:"

    def capacity(self, resource_id: str) -> Capacity | None:
        """Return the capacity of an ACTIVE service; None when there is none."""
        service = self._store.services.get(self._arn_prefix + resource_id)
        if service is None or service.status is not ServiceStatus.ACTIVE:
            return None
        running, _ = self._store.counts(service)
        return Capacity(desired=service.desired_count, running=running, is_deploying=_is_deploying(service))

    async def set_desired(self, resource_id: str, count: int) -> str:
        """Set the desired count. Return why it failed, empty when it succeeded."""
        _, cluster, name = resource_id.split("/")
        parameters = {"cluster": cluster, "service": name, "desiredCount": count}
        try:
            response = await self._answer(json_request("ecs", self._region, UPDATE_SERVICE, parameters, CALLER))
        except AwsError as refused:
            return f"{refused.code}: {refused.message}"
        return "" if response.status < 400 else response.body.decode(errors="replace")


def _is_deploying(service: Service) -> bool:
    primary = service.primary
    in_progress = primary is not None and primary.rollout_state is RolloutState.IN_PROGRESS
    return in_progress or len(service.deployments) > 1

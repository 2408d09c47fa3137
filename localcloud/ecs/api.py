"""The ECS API: JSON 1.1 requests, validated with botocore's own model of the service."""

from collections.abc import Awaitable, Callable

from botocore import xform_name

from localcloud.ecs.checks.regions import check_regions
from localcloud.ecs.model.tasks import Task, Wire
from localcloud.ecs.operations.account_settings import AccountSettingOperations
from localcloud.ecs.operations.capacity_providers import CapacityProviderOperations
from localcloud.ecs.operations.clusters import ClusterOperations
from localcloud.ecs.operations.container_instances import ContainerInstanceOperations
from localcloud.ecs.operations.service_deployments import ServiceDeploymentOperations
from localcloud.ecs.operations.services import ServiceOperations
from localcloud.ecs.operations.tags import TagOperations
from localcloud.ecs.operations.task_definitions import TaskDefinitionOperations
from localcloud.ecs.operations.task_protection import TaskProtectionOperations
from localcloud.ecs.operations.tasks import TaskOperations
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.errors import AwsError, not_offered
from localcloud.host import Host
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest, AwsResponse, json_response

OPERATION_GROUPS = (
    ClusterOperations,
    ContainerInstanceOperations,
    CapacityProviderOperations,
    TaskDefinitionOperations,
    ServiceOperations,
    TaskOperations,
    TaskProtectionOperations,
    TagOperations,
    AccountSettingOperations,
    ServiceDeploymentOperations,
)
"""The classes whose methods are the supported operations, in snake case."""

READING = ("Describe", "Get", "List")
"""Prefixes of operations that change nothing."""


class EcsApi:
    """Overlay for service `ecs`: it handles every operation, so that none reaches moto.

    `check_networks`: asks EC2; without it every network is accepted.
    """

    def __init__(
        self, host: Host, control: ControlPlane, check_networks: Callable[[Wire], Awaitable[None]] | None = None
    ) -> None:
        self._host = host
        self._control = control
        self._check_networks = check_networks
        self._model = RequestModel("ecs")
        self._groups = [kind(host, control) for kind in OPERATION_GROUPS]

    def describe_task(self, task: Task) -> Wire:
        """Return a task as DescribeTasks does, without its tags."""
        return TaskOperations(self._host, self._control).describe(task, tags=False)

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Respond to a request. Errors: AwsError."""
        operation = self._operation(request)
        parameters = self._model.read(request)
        check_regions(parameters, self._host.region)
        if self._check_networks is not None:
            await self._check_networks(parameters)
        response = operation(parameters)
        # An acknowledged change is on disk. Read-only requests do not wait for it.
        if not request.operation.startswith(READING):
            self._control.save()
            if self._control.not_saved:
                raise AwsError("InternalFailure", f"the state of ecs is not saved: {self._control.not_saved}", 500)
        return json_response(response)

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Never called: `handle` returns a response to everything."""
        return response

    def _operation(self, request: AwsRequest) -> Callable[[Wire], Wire]:
        self._model.check_operation(request)
        for group in self._groups:
            found: Callable[[Wire], Wire] | None = getattr(group, xform_name(request.operation), None)
            if found is not None:
                return found
        raise not_offered(f"{request.operation} of ECS")

"""The ECS operations on services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from localcloud.ecs.checks.capacity import check_strategy, strategy_in_effect
from localcloud.ecs.checks.services import check_numbers, check_scheduler
from localcloud.ecs.checks.strategies import applicable, settings_error
from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import DeploymentStatus, RolloutState, ServiceStatus
from localcloud.ecs.model.tasks import TaskDefinition, Wire
from localcloud.ecs.operations.common import (
    Operations,
    Response,
    check_count,
    check_launch_type,
    check_name,
    check_network,
    page,
    requested_tags,
    tags_to,
    without_none,
)
from localcloud.ecs.shifting import rollout
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        CreateServiceRequestTypeDef,
        DeleteServiceRequestTypeDef,
        DescribeServicesRequestTypeDef,
        ListServicesRequestTypeDef,
        UpdateServiceRequestTypeDef,
    )


# Fields of UpdateService that start a deployment (aws-facts 1.1) and that a deployment stores.
LAUNCH_FIELDS = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "launchType",
)
# Fields that take effect immediately.
SETTING_FIELDS = (
    "deploymentConfiguration",
    "deploymentController",
    "capacityProviderStrategy",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "schedulingStrategy",
    "availabilityZoneRebalancing",
    "role",
)

SERVICE_DEFAULTS: Wire = {
    "launchType": "FARGATE",
    "platformVersion": "LATEST",
    "loadBalancers": [],
    "serviceRegistries": [],
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "placementConstraints": [],
    "placementStrategy": [],
    "propagateTags": "NONE",
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "availabilityZoneRebalancing": "ENABLED",
}
DEPLOYMENT_DEFAULTS: Wire = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
}
SERVICE_FILTERS = ("launchType", "schedulingStrategy")
MAX_SERVICES_DESCRIBED = 10
MOST_LOAD_BALANCERS = 5


class ServiceOperations(Operations):
    """Create, update, describe, list and delete services."""

    def create_service(self, parameters: CreateServiceRequestTypeDef) -> Response:
        """Create a service; its name is taken while a service of that name is ACTIVE or DRAINING."""
        cluster = self.cluster(parameters.get("cluster"))
        check_name("Service", parameters["serviceName"])
        check_scheduler(parameters)
        check_numbers(parameters)
        arn = self.arn_in(cluster, "service", parameters["serviceName"])
        existing = self.store.services.get(arn)
        if existing is not None and existing.status is ServiceStatus.DRAINING:
            raise AwsError("InvalidParameterException", "Unable to Start a service that is still Draining.")
        if "taskDefinition" not in parameters:
            raise AwsError("InvalidParameterException", "TaskDefinition can not be blank.")
        if "desiredCount" not in parameters:
            raise AwsError("InvalidParameterException", "desiredCount is required for the scheduling strategy REPLICA.")
        definition = self.task_definition(parameters["taskDefinition"], active=True)
        check_launch_type(parameters.get("launchType"), definition)
        wire = SERVICE_DEFAULTS | _fields(parameters, LAUNCH_FIELDS + SETTING_FIELDS)
        if strategy := strategy_in_effect(cast("Wire", parameters), cluster.wire):
            wire["capacityProviderStrategy"] = strategy
        configuration = DEPLOYMENT_DEFAULTS | parameters.get("deploymentConfiguration", {})
        wire["deploymentConfiguration"] = applicable(configuration)
        if existing is not None and existing.status is ServiceStatus.ACTIVE:
            if _is_as_requested(existing, definition, wire, parameters):
                return {"service": self.describe(existing)}
            raise AwsError("InvalidParameterException", "Creation of service was not idempotent.")
        self._check_load_balancers(wire, definition.wire)
        service = Service(
            arn=arn,
            name=parameters["serviceName"],
            cluster_arn=cluster.arn,
            desired_count=parameters["desiredCount"],
            wire=wire,
            created_at=self.now(),
            tags=requested_tags(parameters.get("tags")),
        )
        self.store.services[arn] = service
        self.control.deploy(service, definition.arn, _fields(wire, LAUNCH_FIELDS))
        return {"service": self.describe(service)}

    def update_service(self, parameters: UpdateServiceRequestTypeDef) -> Response:
        """Update a service. Settings change immediately; launch fields, a task definition or force deploy."""
        cluster = self.cluster(parameters.get("cluster"))
        service = self.service(cluster, parameters["service"])
        if service.status is not ServiceStatus.ACTIVE:
            raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
        check_scheduler(parameters)
        check_numbers(parameters)
        primary = service.primary
        assert primary is not None  # noqa: S101 - an ACTIVE service has one
        requested = parameters.get("taskDefinition")
        present = self.control.task_definition(primary.task_definition)
        definition = present if requested is None else self.task_definition(requested, active=True)
        strategy = cast("list[Wire]", parameters.get("capacityProviderStrategy", []))
        check_strategy(strategy, cluster.wire.get("capacityProviders", []))
        settings = _fields(parameters, SETTING_FIELDS)
        if "deploymentConfiguration" in settings:
            old = service.wire["deploymentConfiguration"]
            settings["deploymentConfiguration"] = applicable(old | settings["deploymentConfiguration"])
        wire = service.wire | settings | _fields(parameters, LAUNCH_FIELDS)
        self._check_load_balancers(wire, definition.wire)
        launch = _fields(wire, LAUNCH_FIELDS)
        service.wire = wire
        service.desired_count = parameters.get("desiredCount", service.desired_count)
        service.steady_reported = False
        # Only requested fields start a deployment: after a rollback the service still has the settings that failed.
        given = _fields(parameters, LAUNCH_FIELDS)
        changed = definition.arn != primary.task_definition or (bool(given) and launch != primary.launch)
        if changed or parameters.get("forceNewDeployment"):
            self.control.deploy(service, definition.arn, launch)
        self.control.changed()
        return {"service": self.describe(service)}

    def describe_services(self, parameters: DescribeServicesRequestTypeDef) -> Response:
        """Describe services. Unknown names are returned as failures, a deleted service as INACTIVE."""
        cluster = self.cluster(parameters.get("cluster"))
        check_count("Services", parameters["services"], MAX_SERVICES_DESCRIBED)
        services, failures = [], []
        for reference in parameters["services"]:
            arn = self.arn_in(cluster, "service", reference)
            service = self.store.services.get(arn)
            if service is None:
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                services.append(self.describe(service, tags="TAGS" in parameters.get("include", [])))
        return {"services": services, "failures": failures}

    def list_services(self, parameters: ListServicesRequestTypeDef) -> Response:
        """List the ARNs of a cluster's services that are not INACTIVE."""
        cluster = self.cluster(parameters.get("cluster"))
        arns = [
            service.arn
            for service in self.store.services.values()
            if service.cluster_arn == cluster.arn
            and service.status is not ServiceStatus.INACTIVE
            and all(service.wire[name] == parameters.get(name, service.wire[name]) for name in SERVICE_FILTERS)
        ]
        return page("serviceArns", arns, parameters, usual=10)

    def delete_service(self, parameters: DeleteServiceRequestTypeDef) -> Response:
        """Delete a service: it is DRAINING until its tasks are gone. Requires desired count 0 or force."""
        service = self.service(self.cluster(parameters.get("cluster")), parameters["service"])
        if service.status is ServiceStatus.INACTIVE:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if service.desired_count > 0 and not parameters.get("force"):
            raise AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
        rollout.delete(service, self.now())
        self.control.changed()
        return {"service": self.describe(service)}

    def describe(self, service: Service, *, tags: bool = True) -> Response:
        """Return a service as the API shows it."""
        running, pending = self.control.store.counts(service)
        primary = service.primary
        response = {
            "serviceArn": service.arn,
            "serviceName": service.name,
            "clusterArn": service.cluster_arn,
            "status": service.status.value,
            "desiredCount": service.desired_count,
            "runningCount": running,
            "pendingCount": pending,
            "taskDefinition": primary.task_definition if primary else None,
            "deployments": [self._describe_deployment(service, d) for d in service.deployments],
            "events": [{"id": e.id, "createdAt": e.created_at, "message": e.message} for e in service.events],
            "createdAt": service.created_at,
            "createdBy": f"arn:aws:iam::{self.host.account_id}:root",
            "platformFamily": "Linux",
            "tags": tags_to(service.tags) if tags else None,
        }
        role = service.wire.get("role")
        hidden = {"role", "launchType" if service.wire.get("capacityProviderStrategy") else "capacityProviderStrategy"}
        shown = {key: value for key, value in service.wire.items() if key not in hidden}
        return without_none(shown | response | {"roleArn": role})

    def _describe_deployment(self, service: Service, deployment: Deployment) -> Response:
        running, pending = self.control.store.counts(service, deployment)
        strategy = service.wire.get("capacityProviderStrategy")
        desired = deployment.desired_count
        if deployment.rollout_state is RolloutState.FAILED and deployment.status is not DeploymentStatus.PRIMARY:
            desired = 0
        return without_none(
            {
                "id": deployment.id,
                "status": deployment.status.value,
                "taskDefinition": deployment.task_definition,
                "desiredCount": desired,
                "pendingCount": pending,
                "runningCount": running,
                "failedTasks": deployment.failed_tasks,
                "createdAt": deployment.created_at,
                "updatedAt": deployment.updated_at,
                "launchType": None if strategy else "FARGATE",
                "capacityProviderStrategy": strategy or None,
                "platformVersion": "1.4.0",
                "platformFamily": "Linux",
                "networkConfiguration": deployment.launch.get("networkConfiguration"),
                "rolloutState": deployment.rollout_state.value,
                "rolloutStateReason": deployment.rollout_reason,
            }
        )

    def _check_load_balancers(self, wire: Wire, definition: Wire) -> None:
        """Check what ECS refuses before it starts a task. Errors: InvalidParameterException."""
        if wire.get("launchType") == "FARGATE":
            check_network(wire.get("networkConfiguration"))
        if len(wire["loadBalancers"]) > MOST_LOAD_BALANCERS:
            raise AwsError("InvalidParameterException", f"loadBalancers can have at most {MOST_LOAD_BALANCERS} items.")
        ports = {
            (container["name"], mapping["containerPort"])
            for container in definition["containerDefinitions"]
            for mapping in container["portMappings"]
        }
        for balancer in wire["loadBalancers"]:
            name, port = balancer.get("containerName"), balancer.get("containerPort")
            if (name, port) not in ports:
                raise AwsError(
                    "InvalidParameterException",
                    f"The container {name} did not have a container port {port} defined.",
                )
            groups = [
                balancer.get("targetGroupArn"),
                balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn"),
            ]
            for group in filter(None, groups):
                if not self.control.balancing.target_group_exists(group):
                    raise AwsError("InvalidParameterException", f"The target group {group} does not exist.")
        fault = settings_error(wire["deploymentConfiguration"], wire["loadBalancers"])
        if fault:
            raise AwsError("InvalidParameterException", fault)


def _is_as_requested(
    service: Service, definition: TaskDefinition, wire: Wire, parameters: CreateServiceRequestTypeDef
) -> bool:
    """Return whether CreateService requests exactly the existing service: a client may retry after a timeout."""
    return (
        service.primary is not None
        and service.primary.task_definition == definition.arn
        and service.wire == wire
        and service.desired_count == parameters["desiredCount"]
        and service.tags == requested_tags(parameters.get("tags"))
    )


def _fields(wire: Mapping[str, object], names: tuple[str, ...]) -> Wire:
    return {name: wire[name] for name in names if name in wire}

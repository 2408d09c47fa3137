"""A service, its tasks and targets: the one place that turns AWS's descriptions into dataclasses."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ops.aws.clients import Aws
from ops.configuration import url_of as configured_url
from ops.errors import NotFound

DESCRIBE_TASKS_LIMIT = 100


class RolloutState(StrEnum):
    """ECS `deployments[].rolloutState`."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class TargetState(StrEnum):
    """ELBv2 `TargetHealth.State`."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_DRAINING = "unhealthy.draining"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    id: str
    is_primary: bool
    status: str
    task_definition: str
    rollout_state: RolloutState
    reason: str
    desired: int
    running: int
    pending: int
    failed: int

    @property
    def revision(self) -> int:
        return revision_of(self.task_definition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: str
    at: datetime
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    status: str
    task_definition: str
    desired: int
    running: int
    pending: int
    deployments: Sequence[Deployment]
    events: Sequence[Event]  # oldest first
    target_groups: Sequence[str]  # two when traffic can shift between them
    network: dict[str, Any]
    deployment_configuration: dict[str, Any] = field(default_factory=dict)  # in ECS's own form
    load_balancers: list[dict[str, Any]] = field(default_factory=list)  # in ECS's own form

    @property
    def revision(self) -> int:
        return revision_of(self.task_definition)

    @property
    def primary(self) -> Deployment | None:
        return next((deployment for deployment in self.deployments if deployment.is_primary), None)

    @property
    def is_steady(self) -> bool:
        """True when the only deployment is completed and exactly the desired tasks run."""
        return (
            self.status == "ACTIVE"
            and len(self.deployments) == 1
            and self.deployments[0].rollout_state is RolloutState.COMPLETED
            and self.running == self.desired
            and self.pending == 0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    id: str
    port: int
    state: TargetState
    reason: str | None

    @property
    def is_leaving(self) -> bool:
        return self.state in {TargetState.DRAINING, TargetState.UNHEALTHY_DRAINING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: str
    arn: str
    task_definition: str
    last_status: str
    started_by: str
    stop_code: str | None
    stopped_reason: str | None
    container: str
    exit_code: int | None
    container_reason: str | None
    image: str
    image_digest: str | None
    ip: str | None

    @property
    def is_stopped(self) -> bool:
        return self.last_status == "STOPPED"


def describe_service(aws: Aws) -> Service:
    """Read the environment's service. ECS DescribeServices. Errors: NotFound."""
    service = find_service(aws)
    if service is None:
        where = aws.environment
        raise NotFound(
            f"there is no service {where.service} in cluster {where.cluster}",
            next_step="create the environment first (locally: `make up`), or restore a lost one: `spendsense recover`",
        )
    return service


def find_service(aws: Aws) -> Service | None:
    """Read the environment's service; None when it or its cluster does not exist, or it is INACTIVE."""
    where = aws.environment
    try:
        response = aws.ecs.describe_services(cluster=where.cluster, services=[where.service])
    except aws.ecs.exceptions.ClusterNotFoundException:
        return None
    for described in response["services"]:
        if described["status"] != "INACTIVE":
            return service_from(described)
    return None


def service_from(described: dict[str, Any]) -> Service:
    balancers = described.get("loadBalancers", [])
    return Service(
        name=described["serviceName"],
        status=described["status"],
        task_definition=described["taskDefinition"],
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        deployments=[deployment_from(each) for each in described["deployments"]],
        events=sorted(
            (
                Event(id=each["id"], at=each["createdAt"], message=each["message"])
                for each in reversed(described.get("events", []))
            ),
            key=lambda event: event.at,
        ),
        target_groups=[
            group
            for balancer in balancers
            if "targetGroupArn" in balancer
            for group in (
                balancer["targetGroupArn"],
                balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn"),
            )
            if group
        ],
        network=described.get("networkConfiguration", {}),
        deployment_configuration=described.get("deploymentConfiguration", {}),
        load_balancers=balancers,
    )


def deployment_from(described: dict[str, Any]) -> Deployment:
    return Deployment(
        id=described["id"],
        is_primary=described["status"] == "PRIMARY",
        status=described["status"],
        task_definition=described["taskDefinition"],
        # Absent for services with another deployment controller: those never count as completed.
        rollout_state=RolloutState(described.get("rolloutState", RolloutState.IN_PROGRESS)),
        reason=described.get("rolloutStateReason", ""),
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        failed=described.get("failedTasks", 0),
    )


def describe_targets(aws: Aws, target_groups: Sequence[str]) -> list[Target]:
    """Read each target with its health as the load balancer sees it. ELBv2 DescribeTargetHealth."""
    responses = [aws.elbv2.describe_target_health(TargetGroupArn=group) for group in target_groups]
    targets = []
    for each in (described for response in responses for described in response["TargetHealthDescriptions"]):
        health = each["TargetHealth"]
        targets.append(
            Target(
                id=each["Target"]["Id"],
                port=each["Target"]["Port"],
                state=TargetState(health["State"]),
                reason=health.get("Description") or health.get("Reason"),
            )
        )
    return sorted(targets, key=lambda target: (target.id, target.port))


def running_tasks(aws: Aws) -> list[Task]:
    """Read the service's tasks whose desired status is RUNNING."""
    return list(tasks_of_service(aws, "RUNNING"))


def stopped_tasks(aws: Aws, but: Container[str] = ()) -> list[Task]:
    """Read the service's tasks whose desired status is STOPPED; AWS keeps them for about an hour. but: ids to omit."""
    return list(tasks_of_service(aws, "STOPPED", but))


def tasks_of_service(aws: Aws, desired_status: str, but: Container[str] = ()) -> Iterator[Task]:
    """Read the service's tasks by desired status, except these ids. ECS ListTasks, DescribeTasks."""
    where = aws.environment
    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=where.cluster, serviceName=where.service, desiredStatus=desired_status
    )
    for page in pages:
        yield from describe_tasks(aws, [arn for arn in page["taskArns"] if id_of(arn) not in but])


def id_of(task_arn: str) -> str:
    return task_arn.rpartition("/")[2]


def describe_tasks(aws: Aws, arns: Sequence[str]) -> list[Task]:
    """Read at most 100 tasks; a task that AWS no longer knows is left out. ECS DescribeTasks."""
    if not arns:
        return []
    where = aws.environment
    response = aws.ecs.describe_tasks(cluster=where.cluster, tasks=list(arns[:DESCRIBE_TASKS_LIMIT]))
    return [task_from(each, where.container) for each in response["tasks"]]


def task_from(described: dict[str, Any], container_name: str) -> Task:
    containers = described.get("containers", [])
    container = next((each for each in containers if each["name"] == container_name), None)
    container = container or (containers[0] if containers else {"name": container_name})
    return Task(
        id=id_of(described["taskArn"]),
        arn=described["taskArn"],
        task_definition=described["taskDefinitionArn"],
        last_status=described["lastStatus"],
        started_by=described.get("startedBy", ""),
        stop_code=described.get("stopCode"),
        stopped_reason=described.get("stoppedReason"),
        container=container["name"],
        exit_code=container.get("exitCode"),
        container_reason=container.get("reason"),
        image=container.get("image", ""),
        image_digest=container.get("imageDigest"),
        ip=private_ip(described),
    )


def private_ip(described: dict[str, Any]) -> str | None:
    """Return the address of a task's network interface."""
    for attachment in described.get("attachments", []):
        for detail in attachment.get("details", []):
            if detail["name"] == "privateIPv4Address":
                return str(detail["value"])
    return None


def revision_of(task_definition: str) -> int:
    """`…:task-definition/family:7` -> 7."""
    return int(task_definition.rsplit(":", 1)[-1])


def url_of(aws: Aws) -> str | None:
    """Return the URL of the load balancer's listener for clients; None before it exists."""
    where = aws.environment
    try:
        balancers = aws.elbv2.describe_load_balancers(Names=[where.load_balancer])["LoadBalancers"]
    except aws.elbv2.exceptions.LoadBalancerNotFoundException:
        return None
    listeners = aws.elbv2.describe_listeners(LoadBalancerArn=balancers[0]["LoadBalancerArn"])["Listeners"]
    listener = next(filter(serves_clients, listeners), None)
    if listener is None:
        return None
    protocol, port = listener["Protocol"].lower(), listener["Port"]
    host = "127.0.0.1" if where.local else balancers[0]["DNSName"]
    default = {"http": 80, "https": 443}[protocol]
    return f"{protocol}://{host}" + ("" if port == default else f":{port}")


def public_url(aws: Aws) -> str | None:
    """Return the URL that clients use: on AWS the configured one, else the load balancer's own."""
    configured = None if aws.environment.local else configured_url(aws.environment.name.value)
    return configured or url_of(aws)


def serves_clients(listener: Mapping[str, Any]) -> bool:
    """Return whether clients use this listener; the others redirect or carry test traffic."""
    return bool(listener["DefaultActions"][0]["Type"] == "forward")

"""The ECS operations on tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from localcloud.ecs.checks.capacity import provider_of, strategy_in_effect
from localcloud.ecs.checks.overrides import overridden, overrides_error
from localcloud.ecs.checks.tags import task_tags
from localcloud.ecs.model.states import DesiredStatus, TaskStatus
from localcloud.ecs.model.tasks import Cluster, Container, Task, Wire
from localcloud.ecs.operations.common import (
    Operations,
    Response,
    check_count,
    check_launch_type,
    check_network,
    page,
    requested_tags,
    tags_to,
    without_none,
)
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        ContainerDefinitionOutputTypeDef,
        DescribeTasksRequestTypeDef,
        ExecuteCommandRequestTypeDef,
        ListTasksRequestTypeDef,
        RunTaskRequestTypeDef,
        StopTaskRequestTypeDef,
    )


TOKEN = re.compile(r"[!-~]{1,64}")
MAX_TASKS_PER_RUN = 10
MAX_TASKS_DESCRIBED = 100
DEFAULT_STORAGE_GIB = 20
CANNOT_EXECUTE = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command "
    "agent isn’t running. Wait and try again or run a new task with execute command enabled and try again."
)


class TaskOperations(Operations):
    """Run, stop, describe and list tasks."""

    def run_task(self, parameters: RunTaskRequestTypeDef) -> Response:
        """Start standalone tasks; they are returned as PROVISIONING."""
        cluster = self.cluster(parameters.get("cluster"))
        started = self._started_by_token(cluster, parameters)
        if started:
            return {"tasks": [self.describe(task) for task in started], "failures": []}
        definition = self.task_definition(parameters["taskDefinition"], active=True)
        check_launch_type(parameters.get("launchType"), definition)
        strategy = strategy_in_effect(cast("Wire", parameters), cluster.wire)
        if definition.wire.get("networkMode") == "awsvpc":
            check_network(parameters.get("networkConfiguration"))
        count = parameters.get("count", 1)
        if not 1 <= count <= MAX_TASKS_PER_RUN:
            raise AwsError("InvalidParameterException", "count should be between 1 and 10.")
        if parameters.get("propagateTags") == "SERVICE":
            raise AwsError("InvalidParameterException", "propagateTags: a task of RunTask has no service.")
        if error := overrides_error(definition.wire, cast("Wire", parameters.get("overrides", {}))):
            raise AwsError("InvalidParameterException", error)
        if (shortage := self.control.shortage_to_run(count)) is not None:
            return {"tasks": [], "failures": [{"reason": shortage}] * count}
        tags = task_tags(
            requested_tags(parameters.get("tags")),
            parameters.get("propagateTags", "NONE"),
            of_service={},
            of_definition=definition.tags,
            cluster=cluster.name,
            service="",
            managed=parameters.get("enableECSManagedTags", False),
        )
        tasks = [
            self.control.new_tasks.standalone(
                definition,
                cluster.arn,
                group=parameters.get("group", f"family:{definition.family}"),
                started_by=parameters.get("startedBy", ""),
                tags=tags,
                capacity_provider=provider_of(strategy),
                wire=cast("Wire", parameters),
            )
            for _ in range(count)
        ]
        for task in tasks:
            self.control.run_task(task, definition)
        return {"tasks": [self.describe(task) for task in tasks], "failures": []}

    def _started_by_token(self, cluster: Cluster, parameters: RunTaskRequestTypeDef) -> list[Task]:
        """Return the tasks that the same request has started: clients retry after a timeout.

        Tasks are found as long as they are remembered. Errors: ConflictException when the token belongs to another
        request.
        """
        token = parameters.get("clientToken")
        if token is None:
            return []
        if not TOKEN.fullmatch(token):
            raise AwsError(
                "InvalidParameterException",
                "clientToken should have 1 to 64 printable ASCII characters without spaces.",
            )
        started = [
            task
            for task in self.store.tasks.values()
            if task.cluster_arn == cluster.arn and task.launch.get("clientToken") == token
        ]
        if any(task.launch != parameters for task in started):
            arns = ", ".join(task.arn for task in started)
            raise AwsError("ConflictException", f"The clientToken is in use by another RunTask request, with {arns}.")
        return started

    def stop_task(self, parameters: StopTaskRequestTypeDef) -> Response:
        """Send the stop signal immediately; the response shows the task stopping."""
        task = self.task(self.cluster(parameters.get("cluster")), parameters["task"])
        if task is None:
            raise AwsError("InvalidParameterException", "The referenced task was not found.")
        self.control.stop_task(task, parameters.get("reason", ""))
        return {"task": self.describe(task)}

    def describe_tasks(self, parameters: DescribeTasksRequestTypeDef) -> Response:
        """Describe tasks, stopped ones for an hour. Unknown ones are returned as failures."""
        cluster = self.cluster(parameters.get("cluster"))
        check_count("Tasks", parameters["tasks"], MAX_TASKS_DESCRIBED)
        tasks, failures = [], []
        for reference in parameters["tasks"]:
            arn = self.arn_in(cluster, "task", reference)
            task = self.store.tasks.get(arn)
            if task is None:
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                tasks.append(self.describe(task, tags="TAGS" in parameters.get("include", [])))
        return {"tasks": tasks, "failures": failures}

    def list_tasks(self, parameters: ListTasksRequestTypeDef) -> Response:
        """List ARNs by service, family, startedBy and desired status (default RUNNING)."""
        cluster = self.cluster(parameters.get("cluster"))
        service = self.service(cluster, parameters["serviceName"]).name if "serviceName" in parameters else ""
        family = parameters.get("family")
        started_by = parameters.get("startedBy")
        if "containerInstance" in parameters:
            raise AwsError("InvalidParameterException", "The referenced container instance was not found.")
        # No task has the desired status PENDING, and all run on Fargate.
        desired = parameters.get("desiredStatus", DesiredStatus.RUNNING)
        arns = [
            task.arn
            for task in self.store.tasks.values()
            if task.cluster_arn == cluster.arn
            and task.desired_status == desired
            and parameters.get("launchType", "FARGATE") == "FARGATE"
            and (not service or task.service_name == service)
            and (family is None or task.task_definition.rsplit("/", 1)[1].split(":")[0] == family)
            and (started_by is None or task.started_by == started_by)
        ]
        return page("taskArns", arns, parameters)

    def execute_command(self, parameters: ExecuteCommandRequestTypeDef) -> Response:
        """Create a session; the command starts when the client connects."""
        task = self.task(self.cluster(parameters.get("cluster")), parameters["task"])
        if task is None:
            raise AwsError("InvalidParameterException", "The referenced task was not found.")
        if not parameters["interactive"]:
            raise AwsError("InvalidParameterException", "Interactive is the only mode supported currently.")
        runner = self.control.runner(task)
        container = _container_to_enter(task, parameters.get("container"))
        if not task.exec_enabled or container.last_status is not TaskStatus.RUNNING or runner is None:
            raise AwsError("InvalidParameterException", CANNOT_EXECUTE)
        session = runner.execute(container.name, parameters["command"])
        return {
            "clusterArn": task.cluster_arn,
            "containerArn": _container_arn(task, container),
            "containerName": container.name,
            "interactive": True,
            "session": {"sessionId": session.id, "streamUrl": session.stream_url, "tokenValue": session.token},
            "taskArn": task.arn,
        }

    def describe(self, task: Task, *, tags: bool = True) -> Response:
        """Return a task as the API shows it."""
        definition = overridden(self.control.task_definition(task.task_definition).wire, task.overrides)
        attachment = {
            "id": task.id,
            "type": "ElasticNetworkInterface",
            "status": _attachment_status(task),
            "details": [
                {"name": name, "value": value}
                for name, value in (
                    ("subnetId", task.subnet),
                    ("networkInterfaceId", task.interface_id if task.address else ""),
                    ("privateIPv4Address", task.address),
                )
                if value
            ],
        }
        return without_none(
            {
                "taskArn": task.arn,
                "clusterArn": task.cluster_arn,
                "taskDefinitionArn": task.task_definition,
                "group": task.group,
                "startedBy": task.started_by or None,
                "lastStatus": task.last_status.value,
                "desiredStatus": task.desired_status.value,
                "healthStatus": task.health.value,
                "connectivity": "CONNECTED" if task.started_at else None,
                "launchType": "FARGATE",
                "capacityProviderName": task.capacity_provider or None,
                "platformVersion": "1.4.0",
                "platformFamily": "Linux",
                "availabilityZone": task.availability_zone,
                "cpu": definition.get("cpu"),
                "memory": definition.get("memory"),
                "attachments": [attachment],
                "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
                "containers": [
                    _container(task, container, wire)
                    for container, wire in zip(task.containers, definition["containerDefinitions"], strict=True)
                ],
                "overrides": {"containerOverrides": []} | task.overrides,
                "createdAt": task.created_at,
                "pullStartedAt": task.pull_started_at,
                "pullStoppedAt": task.pull_stopped_at,
                "startedAt": task.started_at,
                "stoppingAt": task.stopping_at,
                "executionStoppedAt": task.execution_stopped_at,
                "stoppedAt": task.stopped_at,
                "stopCode": task.stop_code.value if task.stop_code else None,
                "stoppedReason": task.stopped_reason or None,
                "version": task.version,
                "enableExecuteCommand": task.exec_enabled,
                "ephemeralStorage": definition.get("ephemeralStorage", {"sizeInGiB": DEFAULT_STORAGE_GIB}),
                "tags": tags_to(task.tags) if tags else [],
            }
        )


def _attachment_status(task: Task) -> str:
    if task.last_status is TaskStatus.STOPPED:
        return "DELETED"
    return "ATTACHED" if task.address else "PRECREATED"


def _container_to_enter(task: Task, name: str | None) -> Container:
    """Find the container for ECS Exec. Errors: InvalidParameterException."""
    if name is None and len(task.containers) > 1:
        raise AwsError("InvalidParameterException", "Container name is required for a task with several containers.")
    found = next((container for container in task.containers if name in (None, container.name)), None)
    if found is None:
        raise AwsError("InvalidParameterException", f"The container {name} was not found in the task.")
    return found


def _container_arn(task: Task, container: Container) -> str:
    return task.arn.replace(":task/", ":container/") + "/" + container.name


def _container(task: Task, container: Container, definition: ContainerDefinitionOutputTypeDef) -> Response:
    interface = {"attachmentId": task.id, "privateIpv4Address": task.address}
    return without_none(
        {
            "containerArn": _container_arn(task, container),
            "taskArn": task.arn,
            "name": container.name,
            "image": container.image,
            "imageDigest": container.image_digest or None,
            "runtimeId": container.runtime_id,
            "lastStatus": container.last_status.value,
            "exitCode": container.exit_code,
            "reason": container.reason or None,
            "healthStatus": container.health.value,
            "managedAgents": [_exec_agent(container)] if task.exec_enabled else None,
            "cpu": str(definition.get("cpu", 0)),
            "memory": str(definition["memory"]) if "memory" in definition else None,
            "memoryReservation": str(definition["memoryReservation"]) if "memoryReservation" in definition else None,
            "networkBindings": [],
            "networkInterfaces": [interface] if task.address else [],
        }
    )


def _exec_agent(container: Container) -> Response:
    """Describe the agent of ECS Exec, whose status is that of its container."""
    return without_none(
        {
            "name": "ExecuteCommandAgent",
            "lastStatus": container.last_status.value,
            "lastStartedAt": container.started_at,
        }
    )

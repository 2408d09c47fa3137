"""What the operations share: lookups with AWS's errors, tags, pages."""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from localcloud.ecs.model.services import Service
from localcloud.ecs.model.tasks import DELETED, Cluster, Task, TaskDefinition, Wire
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.errors import AwsError
from localcloud.host import Host

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_SUBNETS, MOST_SECURITY_GROUPS = 16, 5
TASK_ID_LENGTHS = (32, 36)


class Operations:
    """Base of the operation groups: the control plane and names in ARNs."""

    def __init__(self, host: Host, control: ControlPlane) -> None:
        self.host = host
        self.control = control
        self.store = control.store

    def now(self) -> datetime:
        """The time of day for timestamps."""
        return self.host.clock.wall()

    def arn(self, resource: str) -> str:
        """`service/CLUSTER/NAME` -> its ARN."""
        return f"arn:aws:ecs:{self.host.region}:{self.host.account_id}:{resource}"

    def arn_of(self, resource: str, reference: str) -> str:
        """The ARN to name in a failure: the one that was asked for, or what the name would have."""
        return reference if reference.startswith("arn:") else self.arn(resource)

    def cluster(self, reference: str | None) -> Cluster:
        """Name or ARN, `default` when not given. Errors: ClusterNotFoundException."""
        cluster = self.any_cluster(reference or "default")
        if cluster is None:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        if cluster.status == "INACTIVE":
            raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return cluster

    def any_cluster(self, reference: str) -> Cluster | None:
        """Name or ARN -> the cluster, also an INACTIVE one."""
        name = reference.rsplit("/", 1)[-1]
        return self.store.clusters.get(name) if reference in (name, self.arn(f"cluster/{name}")) else None

    def service(self, cluster: Cluster, reference: str) -> Service:
        """Name or ARN. Errors: ServiceNotFoundException, InvalidParameterException."""
        service = self.store.services.get(self.arn_in(cluster, "service", reference))
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        return service

    def task(self, cluster: Cluster, reference: str) -> Task | None:
        """Id or ARN. Errors: InvalidParameterException."""
        return self.store.tasks.get(self.arn_in(cluster, "task", reference))

    def arn_in(self, cluster: Cluster, kind: str, reference: str) -> str:
        """Name or ARN of a `service` or a `task` -> ARN. Without this check an ARN of another cluster would mean what
        has the same name in this one. Errors: InvalidParameterException.
        """
        *path, name = reference.split("/")
        if path:
            beginning, *clusters = path
            if beginning not in (self.arn(kind), kind):
                raise AwsError("InvalidParameterException", f"Invalid identifier: {reference[:300]} is no {kind} here.")
            if clusters not in ([], [cluster.name]):
                raise AwsError(
                    "InvalidParameterException",
                    f"Identifier is for cluster {'/'.join(clusters)}. Your cluster is {cluster.name}",
                )
        if kind == "task" and len(name) not in TASK_ID_LENGTHS:
            raise AwsError("InvalidParameterException", "taskId length should be one of [32,36]")
        return self.arn(f"{kind}/{cluster.name}/{name}")

    def task_definition(self, reference: str, *, active: bool = False) -> TaskDefinition:
        """`family`, `family:revision` or ARN; a family alone is its latest ACTIVE revision. `active`: it is to be used.

        Errors: ClientException as AWS words it.
        """
        label = reference.removeprefix(self.arn("task-definition/"))
        family, _, revision = label.partition(":")
        revisions = self.store.task_definitions.get(family, [])
        if revision:
            found = next((d for d in revisions if str(d.revision) == revision and d.status != DELETED), None)
        else:
            found = next((d for d in reversed(revisions) if d.status == "ACTIVE"), None)
        if found is None:
            words = "TaskDefinition not found." if active else "Unable to describe task definition."
            raise AwsError("ClientException", words)
        if active and found.status != "ACTIVE":
            raise AwsError("ClientException", "TaskDefinition is inactive")
        return found


def tags_to(tags: dict[str, str]) -> list[dict[str, str]]:
    """Dict -> the API's list of tags."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def page(name: str, items: Sequence[Any], parameters: Wire, largest: int = 100) -> Wire:
    """One page of a List operation. Errors: InvalidParameterException for a token that is not ours."""
    size = parameters.get("maxResults", largest)
    if not 1 <= size <= largest:
        raise AwsError("InvalidParameterException", f"maxResults should be between 1 and {largest}.")
    start = 0
    if token := parameters.get("nextToken"):
        start = _start_of(token)
    answer: Wire = {name: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = _token(start + size)
    return answer


def _start_of(token: str) -> int:
    try:
        start = int(base64.b64decode(token.encode(), validate=True))
    except ValueError:
        start = -1
    if start < 0 or token != _token(start):
        raise AwsError("InvalidParameterException", "Invalid token")
    return start


def _token(start: int) -> str:
    return base64.b64encode(str(start).encode()).decode()


def check_name(what: str, name: str) -> None:
    """Of clusters, services and families. Errors: InvalidParameterException."""
    if not NAME.fullmatch(name):
        raise AwsError(
            "InvalidParameterException",
            f"{what} name should be 1 to 255 letters, numbers, hyphens and underscores, got '{name[:300]}'.",
        )


def check_count(what: str, items: Sequence[Any], most: int) -> None:
    """Of the things that one request names. Errors: InvalidParameterException."""
    if not items:
        raise AwsError("InvalidParameterException", f"{what} cannot be empty.")
    if len(items) > most:
        raise AwsError("InvalidParameterException", f"{what} can have at most {most} items.")


def check_network(configuration: Wire) -> None:
    """`networkConfiguration` of a task with an address of its own. Errors: InvalidParameterException."""
    if "awsvpcConfiguration" not in configuration:
        raise AwsError(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )
    network = configuration["awsvpcConfiguration"]
    check_count("subnets", network["subnets"], MOST_SUBNETS)
    if len(network.get("securityGroups", [])) > MOST_SECURITY_GROUPS:
        raise AwsError("InvalidParameterException", f"securityGroups can have at most {MOST_SECURITY_GROUPS} items.")


def check_launch_type(parameters: Wire, definition: TaskDefinition) -> None:
    """Errors: InvalidParameterException."""
    if parameters.get("launchType") == "FARGATE" and "FARGATE" not in definition.wire.get(
        "compatibilities", ["FARGATE"]
    ):
        raise AwsError("InvalidParameterException", "Task definition does not support launch_type FARGATE.")


def without_none(wire: Wire) -> Wire:
    """The API leaves out what has no value."""
    return {key: value for key, value in wire.items() if value is not None}

"""Shared parts of the operations: lookups with AWS's errors, tags, pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, cast

from localcloud.ecs.checks.tags import tags_from
from localcloud.ecs.model.services import Service
from localcloud.ecs.model.tasks import DELETED, Cluster, Task, TaskDefinition
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.errors import AwsError
from localcloud.host import Host

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import NetworkConfigurationUnionTypeDef, TagTypeDef

Response = dict[str, object]
"""A response of the API, or a part of it, as it is written to JSON."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_SUBNETS, MOST_SECURITY_GROUPS = 16, 5
TASK_ID_LENGTHS = (32, 36)


class Operations:
    """Base of the operation groups, with access to the control plane and the store."""

    def __init__(self, host: Host, control: ControlPlane) -> None:
        self.host = host
        self.control = control
        self.store = control.store

    def now(self) -> datetime:
        """Return the time of day for timestamps."""
        return self.host.clock.wall()

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource such as `service/CLUSTER/NAME`."""
        return f"arn:aws:ecs:{self.host.region}:{self.host.account_id}:{resource}"

    def arn_of(self, resource: str, reference: str) -> str:
        """Return the ARN to name in a failure: the requested one, or the one that the name would have."""
        return reference if reference.startswith("arn:") else self.arn(resource)

    def cluster(self, reference: str | None) -> Cluster:
        """Find a cluster by name or ARN (`default` when not given). Errors: ClusterNotFoundException."""
        cluster = self.any_cluster(reference or "default")
        if cluster is None:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        if cluster.status == "INACTIVE":
            raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return cluster

    def any_cluster(self, reference: str) -> Cluster | None:
        """Find a cluster by name or ARN, even an INACTIVE one."""
        name = reference.rsplit("/", 1)[-1]
        return self.store.clusters.get(name) if reference in (name, self.arn(f"cluster/{name}")) else None

    def service(self, cluster: Cluster, reference: str) -> Service:
        """Find a service by name or ARN. Errors: ServiceNotFoundException, InvalidParameterException."""
        service = self.store.services.get(self.arn_in(cluster, "service", reference))
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        return service

    def task(self, cluster: Cluster, reference: str) -> Task | None:
        """Find a task by id or ARN. Errors: InvalidParameterException."""
        return self.store.tasks.get(self.arn_in(cluster, "task", reference))

    def arn_in(self, cluster: Cluster, kind: str, reference: str) -> str:
        """Return the ARN of a `service` or `task` given by name or ARN.

        Without this check, an ARN of another cluster would find the resource of the same name in this one. Errors:
        InvalidParameterException.
        """
        *path, name = reference.split("/")
        if path:
            beginning, *clusters = path
            if beginning not in (self.arn(kind), kind):
                raise AwsError(
                    "InvalidParameterException", f"Invalid identifier: {reference[:300]} is not a {kind} here."
                )
            if clusters not in ([], [cluster.name]):
                raise AwsError(
                    "InvalidParameterException",
                    f"Identifier is for cluster {'/'.join(clusters)}. Your cluster is {cluster.name}",
                )
        if kind == "task" and len(name) not in TASK_ID_LENGTHS:
            raise AwsError("InvalidParameterException", "taskId length should be one of [32,36]")
        return self.arn(f"{kind}/{cluster.name}/{name}")

    def task_definition(self, reference: str, *, active: bool = False) -> TaskDefinition:
        """Find a task definition by `family`, `family:revision` or ARN.

        A family alone means its latest ACTIVE revision. `active`: only an ACTIVE one may be used. Errors:
        ClientException in AWS's words.
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


def requested_tags(tags: Sequence[TagTypeDef] | None) -> dict[str, str]:
    """Return a request's tags as a dict. Errors: InvalidParameterException."""
    return tags_from(cast("Sequence[Mapping[str, str]] | None", tags))


def tags_to(tags: dict[str, str]) -> list[dict[str, str]]:
    """Convert a dict to the API's list of tags."""
    return [{"key": key, "value": value} for key, value in tags.items()]


class PageRequest(TypedDict, total=False):
    """The parameters of a List operation that choose its page."""

    maxResults: int
    nextToken: str


def page(
    name: str, items: Sequence[object], parameters: PageRequest, largest: int = 100, usual: int | None = None
) -> Response:
    """Return one page of a List operation, of `usual` items unless the request says otherwise.

    Errors: InvalidParameterException for a token that we did not issue.
    """
    size = parameters.get("maxResults", largest if usual is None else usual)
    if not 1 <= size <= largest:
        raise AwsError("InvalidParameterException", f"maxResults should be between 1 and {largest}.")
    start = 0
    if token := parameters.get("nextToken"):
        start = _start_of(token)
    response: Response = {name: list(items[start : start + size])}
    if start + size < len(items):
        response["nextToken"] = _token(start + size)
    return response


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
    """Check the name of a cluster, service or family. Errors: InvalidParameterException."""
    if not NAME.fullmatch(name):
        raise AwsError(
            "InvalidParameterException",
            f"{what} name should be 1 to 255 letters, numbers, hyphens and underscores, got '{name[:300]}'.",
        )


def check_count(what: str, items: Sequence[object], most: int) -> None:
    """Check how many items a request names. Errors: InvalidParameterException."""
    if not items:
        raise AwsError("InvalidParameterException", f"{what} cannot be empty.")
    if len(items) > most:
        raise AwsError("InvalidParameterException", f"{what} can have at most {most} items.")


def check_network(configuration: NetworkConfigurationUnionTypeDef | None) -> None:
    """Check `networkConfiguration` of a task with its own address. Errors: InvalidParameterException."""
    if configuration is None or "awsvpcConfiguration" not in configuration:
        raise AwsError(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )
    network = configuration["awsvpcConfiguration"]
    check_count("subnets", network["subnets"], MOST_SUBNETS)
    if len(network.get("securityGroups", [])) > MOST_SECURITY_GROUPS:
        raise AwsError("InvalidParameterException", f"securityGroups can have at most {MOST_SECURITY_GROUPS} items.")


def check_launch_type(launch_type: str | None, definition: TaskDefinition) -> None:
    """Check that the definition supports the launch type. Errors: InvalidParameterException."""
    if launch_type == "FARGATE" and "FARGATE" not in definition.wire.get("compatibilities", ["FARGATE"]):
        raise AwsError("InvalidParameterException", "Task definition does not support launch_type FARGATE.")


def without_none(wire: Mapping[str, object]) -> Response:
    """Drop keys without value, as the API does."""
    return {key: value for key, value in wire.items() if value is not None}

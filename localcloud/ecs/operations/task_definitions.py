"""Task definitions: families and their revisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.ecs.checks.containers import check_containers
from localcloud.ecs.checks.fargate import check_fargate, in_units, runs_on_fargate
from localcloud.ecs.model.tasks import DELETED, TaskDefinition, Wire
from localcloud.ecs.operations.common import (
    Operations,
    Response,
    check_count,
    check_name,
    page,
    requested_tags,
    tags_to,
    without_none,
)
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        DeleteTaskDefinitionsRequestTypeDef,
        DeregisterTaskDefinitionRequestTypeDef,
        DescribeTaskDefinitionRequestTypeDef,
        ListTaskDefinitionFamiliesRequestTypeDef,
        ListTaskDefinitionsRequestTypeDef,
        RegisterTaskDefinitionRequestTypeDef,
    )


MAX_DELETED_AT_ONCE = 10
LONGEST = 65_536
"""Bytes of a task definition."""
NO_SUCH_DEFINITION = (
    "The specified task definition does not exist. Specify a valid account, family, revision and try again."
)
STILL_ACTIVE = "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
NO_IDENTIFIER = "The specified task definition identifier is invalid. Specify a valid name or ARN and try again."


class TaskDefinitionOperations(Operations):
    """Register, describe, list and deregister task definitions."""

    def register_task_definition(self, parameters: RegisterTaskDefinitionRequestTypeDef) -> Response:
        """Register a new revision, with AWS's defaults filled in."""
        check_name("Family", parameters["family"])
        wire = in_units({key: value for key, value in parameters.items() if key not in ("tags", "family")})
        wire["containerDefinitions"] = [_container(c) for c in wire["containerDefinitions"]]
        _check(wire)
        _check_length(parameters)
        wire["compatibilities"] = ["EC2", "FARGATE"] if runs_on_fargate(wire) else ["EC2"]
        family = parameters["family"]
        revisions = self.store.task_definitions.setdefault(family, [])
        definition = TaskDefinition(
            arn=self.arn(f"task-definition/{family}:{len(revisions) + 1}"),
            family=family,
            revision=len(revisions) + 1,
            wire={"volumes": [], "placementConstraints": []} | wire,
            registered_at=self.now(),
            tags=requested_tags(parameters.get("tags")),
        )
        revisions.append(definition)
        self.control.changed()
        return {"taskDefinition": self._describe(definition), "tags": tags_to(definition.tags)}

    def describe_task_definition(self, parameters: DescribeTaskDefinitionRequestTypeDef) -> Response:
        """Describe any revision, including INACTIVE ones."""
        definition = self.task_definition(parameters["taskDefinition"])
        response: Response = {"taskDefinition": self._describe(definition)}
        if "TAGS" in parameters.get("include", []):
            response["tags"] = tags_to(definition.tags)
        return response

    def deregister_task_definition(self, parameters: DeregisterTaskDefinitionRequestTypeDef) -> Response:
        """Make a revision INACTIVE: running tasks continue, but new ones cannot start from it."""
        _, _, revision = parameters["taskDefinition"].rsplit("/", 1)[-1].partition(":")
        if not revision:
            raise AwsError("ClientException", "Revision is missing.")
        if not revision.isdecimal():
            raise AwsError("ClientException", f"Invalid revision number. Number: {revision}")
        definition = self.task_definition(parameters["taskDefinition"])
        if definition.status == "ACTIVE":
            definition.status = "INACTIVE"
            definition.deregistered_at = self.now()
            self.control.changed()
        return {"taskDefinition": self._describe(definition)}

    def delete_task_definitions(self, parameters: DeleteTaskDefinitionsRequestTypeDef) -> Response:
        """Move INACTIVE revisions to DELETE_IN_PROGRESS until nothing uses them: describable, but not usable."""
        check_count("Task definitions", parameters["taskDefinitions"], MAX_DELETED_AT_ONCE)
        deleted, failures = [], []
        for reference in parameters["taskDefinitions"]:
            failure, definition = self._to_delete(reference)
            if definition is None:
                failures.append(failure)
                continue
            definition.status = "DELETE_IN_PROGRESS"
            deleted.append(self._describe(definition))
        self.control.changed()
        return {"taskDefinitions": deleted, "failures": failures}

    def _to_delete(self, reference: str) -> tuple[Wire, TaskDefinition | None]:
        """Return (failure, None), or an empty failure and the revision that may be deleted."""
        if ":" not in reference.rsplit("/", 1)[-1]:
            return {"arn": reference, "reason": NO_IDENTIFIER}, None
        try:
            definition = self.task_definition(reference)
        except AwsError:
            return {"arn": reference, "reason": NO_SUCH_DEFINITION}, None
        if definition.status == "ACTIVE":
            return {"arn": definition.arn, "reason": STILL_ACTIVE}, None
        return {}, definition

    def list_task_definitions(self, parameters: ListTaskDefinitionsRequestTypeDef) -> Response:
        """List ARNs by family and revision; `sort` DESC reverses the order."""
        prefix = parameters.get("familyPrefix")
        status = parameters.get("status", "ACTIVE")
        arns = [
            definition.arn
            for family, revisions in sorted(self.store.task_definitions.items())
            if prefix is None or family == prefix
            for definition in revisions
            if definition.status == status
        ]
        return page("taskDefinitionArns", arns[::-1] if parameters.get("sort") == "DESC" else arns, parameters)

    def list_task_definition_families(self, parameters: ListTaskDefinitionFamiliesRequestTypeDef) -> Response:
        """List families by prefix and status."""
        status = parameters.get("status", "ACTIVE")
        families = [
            family
            for family, revisions in sorted(self.store.task_definitions.items())
            if family.startswith(parameters.get("familyPrefix", ""))
            and any(d.status != DELETED for d in revisions)
            and (status == "ALL" or any(d.status == "ACTIVE" for d in revisions) == (status == "ACTIVE"))
        ]
        return page("families", families, parameters)

    def _describe(self, definition: TaskDefinition) -> Response:
        return without_none(
            {
                "taskDefinitionArn": definition.arn,
                "family": definition.family,
                "revision": definition.revision,
                "status": definition.status,
                "registeredAt": definition.registered_at,
                "deregisteredAt": definition.deregistered_at,
                "registeredBy": f"arn:aws:iam::{self.host.account_id}:root",
            }
            | definition.wire
        )


def _check_length(parameters: Mapping[str, Any]) -> None:
    """Errors: ClientException, in AWS's words."""
    length = len(json.dumps(parameters, separators=(",", ":"), default=str).encode())
    if length > LONGEST:
        raise AwsError("ClientException", f"Actual length: '{length}'. Max allowed length is '{LONGEST}' bytes.")


def _container(wire: Wire) -> Response:
    defaults: Wire = {"cpu": 0, "essential": True, "environment": [], "mountPoints": [], "volumesFrom": []}
    filled = defaults | wire
    if "restartPolicy" in wire:
        filled["restartPolicy"] = {"restartAttemptPeriod": 300} | wire["restartPolicy"]
    filled["portMappings"] = [
        {"hostPort": mapping.get("containerPort"), "protocol": "tcp"} | mapping
        for mapping in wire.get("portMappings", [])
    ]
    if "healthCheck" in wire:
        filled["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3} | wire["healthCheck"]
    return filled


def _check(wire: Wire) -> None:
    """Check AWS's rules that the service model does not state. Errors: ClientException."""
    containers = wire["containerDefinitions"]
    if not containers:
        raise AwsError("ClientException", "Container list cannot be empty.")
    for container in containers:
        missing = next((key for key in ("name", "image") if not container.get(key)), None)
        if missing:
            raise AwsError("ClientException", f"Container.{missing} should not be null or empty.")
    if not any(container["essential"] for container in containers):
        raise AwsError("ClientException", "A task definition must have at least one essential container.")
    names = [container["name"] for container in containers]
    if len(set(names)) != len(names):
        raise AwsError("ClientException", "Container names must be unique within a task definition.")
    for key in ("cpu", "memory"):
        if key in wire and not (wire[key].isascii() and wire[key].isdigit()):
            raise AwsError("ClientException", f"Invalid '{key}' setting for task: {wire[key][:100]}")
    memory = wire.get("memory")
    check_containers(containers, None if memory is None else int(memory), wire.get("volumes", []))
    if any(container.get("secrets") for container in containers) and not wire.get("executionRoleArn"):
        raise AwsError(
            "ClientException",
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        )
    if "FARGATE" in wire.get("requiresCompatibilities", []):
        check_fargate(wire)

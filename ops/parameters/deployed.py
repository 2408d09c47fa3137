"""The record of what serves, which Terraform reads: the SSM parameter `/<prefix>/deployed` (ADR 13)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ops.aws.clients import Aws, error_code
from ops.aws.deployment_alarms import with_watch
from ops.aws.once import update_service
from ops.aws.scalable_target import change_scalable_target, find_scalable_target
from ops.aws.service import Deployment, RolloutState, Service, describe_service
from ops.aws.task_definition import REVISION_VARIABLE, container_of

# The image tag in Terraform's task definition before anything was deployed; no such image exists.
NEVER_DEPLOYED = ":never-deployed"
DENIED = {"AccessDenied", "AccessDeniedException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record. image: pinned by digest. revision: what /version shows. pending: a deployment whose end is not known.

    min_capacity: before the first deploy, the minimum that Terraform withholds from scaling until then (ADR 21).
    """

    image: str
    revision: str
    pending: Mapping[str, Any] | None = None
    min_capacity: int | None = None

    def as_json(self) -> dict[str, Any]:
        own: dict[str, Any] = {"image": self.image, "revision": self.revision}
        if self.min_capacity is not None:
            own["min_capacity"] = self.min_capacity
        return own | ({"pending": dict(self.pending)} if self.pending is not None else {})


def record(aws: Aws, image: str, revision: str) -> None:
    """Record what serves from now on, so that Terraform's task definition uses it. SSM GetParameter, PutParameter.

    The first record gives scaling its minimum, and deployments their alarms. Application Auto Scaling
    RegisterScalableTarget; ECS UpdateService.
    """
    end_first_deploy(aws, recorded(aws))
    _write(aws, Record(image=image, revision=revision))


def intend(aws: Aws, service: Service, definition: Mapping[str, object]) -> None:
    """Record which deployment is about to begin. Until its end is recorded, Terraform plans no other task definition.

    SSM GetParameter, PutParameter; ECS DescribeTaskDefinition.
    """
    present = recorded(aws) or record_for(aws, service.task_definition)
    coming = record_of(definition, aws.environment.container)
    pending = coming.as_json() | {"taskDefinition": definition["taskDefinitionArn"]}
    _write(aws, replace(present, pending=pending))


def recorded(aws: Aws) -> Record | None:
    """Read the record; None when the parameter does not exist. SSM GetParameter."""
    try:
        text = aws.ssm.get_parameter(Name=aws.environment.deployed_parameter)["Parameter"]["Value"]
    except aws.ssm.exceptions.ParameterNotFound:
        return None
    try:
        written = json.loads(text)
        return Record(
            image=written["image"],
            revision=written["revision"],
            pending=written.get("pending"),
            min_capacity=written.get("min_capacity"),
        )
    except (ValueError, KeyError, TypeError):
        return Record(image="", revision="")  # not written by us; the next command that looks corrects it


def settle(aws: Aws, service: Service, say: Callable[..., None]) -> None:
    """Record what serves if it is known but not recorded: the watch of a deployment may have been interrupted.

    Every command that reads the service calls this, and works without permission for the parameter, too. SSM
    GetParameter, PutParameter.
    """
    serving = serving_deployment(service)
    try:
        before = recorded(aws)
        if before is None or serving is None:
            return
        now = record_for(aws, serving.task_definition)
        if now == before or now.image.endswith(NEVER_DEPLOYED):
            return
        end_first_deploy(aws, before)
        _write(aws, now)
    except aws.ssm.exceptions.ClientError as exc:
        if error_code(exc) not in DENIED:
            raise
        say(f"Could not check or update the record of what serves, which Terraform reads: {exc}", style="yellow")
        return
    say(f"Recorded for Terraform: revision {serving.revision} serves, with {now.image}")


def serving_deployment(service: Service) -> Deployment | None:
    """Find the deployment that serves; None while one is in progress, or when none was ever completed."""
    if service.status != "ACTIVE" or any(
        each.rollout_state is RolloutState.IN_PROGRESS for each in service.deployments
    ):
        return None
    return next((each for each in service.deployments if each.rollout_state is RolloutState.COMPLETED), None)


def record_for(aws: Aws, arn: str) -> Record:
    """Return the record for a task definition. ECS DescribeTaskDefinition."""
    described = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return record_of(described, aws.environment.container)


def record_of(definition: Mapping[str, object], container_name: str) -> Record:
    """Return the record for a described or registered task definition."""
    container = container_of(dict(definition), container_name)
    variables = {each["name"]: each["value"] for each in container.get("environment", [])}
    digest: str = container["image"].rpartition("@sha256:")[2]
    return Record(image=container["image"], revision=variables.get(REVISION_VARIABLE, digest[:12]))


def _write(aws: Aws, record: Record) -> None:
    aws.ssm.put_parameter(
        Name=aws.environment.deployed_parameter, Value=json.dumps(record.as_json()), Type="String", Overwrite=True
    )


def end_first_deploy(aws: Aws, before: Record | None) -> None:
    """Give scaling its minimum, and deployments their alarms: both were withheld from the first deploy.

    before: the record as it was; after a later deploy there is nothing to do.
    """
    if before is None or before.min_capacity is None:
        return
    service = describe_service(aws)
    watched = with_watch(service.deployment_configuration, enabled=True)
    if watched is not None:
        update_service(aws, service, deploymentConfiguration=watched)
    target = find_scalable_target(aws)
    if target is not None and target.minimum < before.min_capacity:
        change_scalable_target(aws, bounds=(before.min_capacity, max(before.min_capacity, target.maximum)))


def nothing_yet(aws: Aws, service: Service) -> bool:
    """Return whether the service has never run an image: a deployment of it can only fail and is not worth waiting for.

    ECS DescribeTaskDefinition.
    """
    return record_for(aws, service.task_definition).image.endswith(NEVER_DEPLOYED)


def first_tasks(aws: Aws, service: Service, image: str) -> int | None:
    """Return how many tasks the first deploy starts: the minimum that scaling will keep. None for every other deploy.

    image: of the current task definition. Application Auto Scaling DescribeScalableTargets.
    """
    if service.desired or not image.endswith(NEVER_DEPLOYED):
        return None
    target, before = find_scalable_target(aws), recorded(aws)
    return max(target.minimum if target else 0, (before.min_capacity if before else None) or 0, 1)

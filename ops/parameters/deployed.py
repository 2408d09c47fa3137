"""The record of what serves, which Terraform reads: the SSM parameter `/<prefix>/deployed` (ADR 13)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ops.aws.clients import Aws, error_code
from ops.aws.scalable_target import change_scalable_target, find_scalable_target
from ops.aws.service import Deployment, RolloutState, Service
from ops.aws.task_definition import REVISION_VARIABLE, container_of

# The image tag in Terraform's task definition before anything was deployed; no such image exists.
NEVER_DEPLOYED = ":never-deployed"
DENIED = {"AccessDenied", "AccessDeniedException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The record. image: pinned by digest. revision: what /version shows. pending: a deployment whose end nobody saw.

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
    """Record what serves from now on, so that an apply describes tasks with it. SSM GetParameter, PutParameter.

    The first record gives scaling its minimum. Application Auto Scaling RegisterScalableTarget.
    """
    before = noted(aws)
    _write(aws, Noted(image=image, revision=revision))
    begin_scaling(aws, before)


def intend(aws: Aws, service: Service, definition: Mapping[str, Any]) -> None:
    """Record which deployment is about to begin. Until somebody has seen its end, Terraform plans no other task.

    SSM GetParameter, PutParameter; ECS DescribeTaskDefinition.
    """
    present = noted(aws) or of_definition(aws, service.task_definition)
    coming = noted_in(definition, aws.environment.container)
    pending = coming.as_json() | {"taskDefinition": definition["taskDefinitionArn"]}
    _write(aws, replace(present, pending=pending))


def noted(aws: Aws) -> Noted | None:
    """Read the record; None when the parameter does not exist. SSM GetParameter."""
    try:
        text = aws.ssm.get_parameter(Name=aws.environment.deployed_parameter)["Parameter"]["Value"]
    except aws.ssm.exceptions.ParameterNotFound:
        return None
    try:
        written = json.loads(text)
        return Noted(
            image=written["image"],
            revision=written["revision"],
            pending=written.get("pending"),
            min_capacity=written.get("min_capacity"),
        )
    except (ValueError, KeyError, TypeError):
        return Noted(
            image="", revision=""
        )  # somebody wrote something else there; the next command that looks corrects it


def settle(aws: Aws, service: Service, say: Callable[..., None]) -> None:
    """Record what serves where that is known and not recorded: the watch of a deployment may have been interrupted.

    Every command that looks does so. Without permission for the parameter it looks all the same. SSM GetParameter,
    PutParameter.
    """
    serving = serving_deployment(service)
    try:
        before = noted(aws)
        if before is None or serving is None:
            return
        now = of_definition(aws, serving.task_definition)
        if now == before or now.image.endswith(NEVER_DEPLOYED):
            return
        _write(aws, now)
        begin_scaling(aws, before)
    except aws.ssm.exceptions.ClientError as exc:
        if error_code(exc) not in DENIED:
            raise
        say(f"Not noted for Terraform what serves, as may be due: {exc}", style="yellow")
        return
    say(f"Noted for Terraform that revision {serving.revision} serves: {now.image}")


def serving_deployment(service: Service) -> Deployment | None:
    """Find the deployment that serves; None while one is in progress, or when none was ever completed."""
    if service.status != "ACTIVE" or any(
        each.rollout_state is RolloutState.IN_PROGRESS for each in service.deployments
    ):
        return None
    return next((each for each in service.deployments if each.rollout_state is RolloutState.COMPLETED), None)


def of_definition(aws: Aws, arn: str) -> Noted:
    """Return the record for a task definition. ECS DescribeTaskDefinition."""
    described = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return noted_in(described, aws.environment.container)


def noted_in(definition: Mapping[str, Any], container_name: str) -> Noted:
    """Return the record for a described or registered task definition."""
    container = container_of(dict(definition), container_name)
    variables = {each["name"]: each["value"] for each in container.get("environment", [])}
    digest: str = container["image"].rpartition("@sha256:")[2]
    return Noted(image=container["image"], revision=variables.get(REVISION_VARIABLE, digest[:12]))


def _write(aws: Aws, what: Noted) -> None:
    aws.ssm.put_parameter(
        Name=aws.environment.deployed_parameter, Value=json.dumps(what.as_json()), Type="String", Overwrite=True
    )


def begin_scaling(aws: Aws, before: Noted | None) -> None:
    """Give scaling the minimum that was withheld until the first deploy; do nothing after that."""
    if before is None or before.min_capacity is None:
        return
    target = find_scalable_target(aws)
    if target is not None and target.minimum < before.min_capacity:
        change_scalable_target(aws, bounds=(before.min_capacity, max(before.min_capacity, target.maximum)))


def nothing_yet(aws: Aws, service: Service) -> bool:
    """Say whether the service has never run an image: a deployment of it can only fail and is not worth waiting for.

    ECS DescribeTaskDefinition.
    """
    return of_definition(aws, service.task_definition).image.endswith(NEVER_DEPLOYED)


def first_tasks(aws: Aws, service: Service, image: str) -> int | None:
    """Return how many tasks the first deploy starts: the minimum that scaling will keep. None for every other deploy.

    image: of the present task definition. Application Auto Scaling DescribeScalableTargets.
    """
    if service.desired or not image.endswith(NEVER_DEPLOYED):
        return None
    target, before = find_scalable_target(aws), noted(aws)
    return max(target.minimum if target else 0, (before.min_capacity if before else None) or 0, 1)

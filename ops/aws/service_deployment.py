"""Deployments as ECS records them: status, reason, revision, and the live state of a traffic shift."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from ops.aws.clients import Aws

NEWEST = 10
LISTED_AT_ONCE = 100
DESCRIBED_AT_ONCE = 20
BY_USER = re.compile(r"stopped by user|because of user", re.IGNORECASE)
"""ECS's words for a deployment that a caller of StopServiceDeployment ended."""


class Status(StrEnum):
    """ECS `serviceDeployments[].status`."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def can_be_stopped(self) -> bool:
        return self in {Status.PENDING, Status.IN_PROGRESS}

    @property
    def is_rolling_back(self) -> bool:
        """True while the service returns to what served before."""
        return self in {Status.ROLLBACK_REQUESTED, Status.ROLLBACK_IN_PROGRESS}

    @property
    def has_failed(self) -> bool:
        """True when it ended without serving, by itself or because a person ended it."""
        return self in {Status.STOPPED, Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficShift:
    """The live state of a deployment that shifts traffic: its stage, and the new revision's share of the traffic."""

    stage: str
    production_percent: float = 0.0
    test_percent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeployment:
    """ECS's record of one deployment of the service. shift: None for a rolling one.

    revision_arn: the service revision to be deployed; strategy: ECS's name of it.
    """

    arn: str
    status: Status
    reason: str
    shift: TrafficShift | None = None
    strategy: str = "ROLLING"
    revision_arn: str = ""
    triggered_alarms: tuple[str, ...] = ()
    created_at: datetime | None = None
    ended_at: datetime | None = None
    paused_by: tuple[str, ...] = ()  # ids of the hooks that wait for somebody to approve or reject
    is_rejected: bool = False  # somebody has rejected it at such a hook

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def ended_by_user(self) -> bool:
        """True when a person stopped it or rolled it back; its tasks and alarms did not end it."""
        is_ended = self.status in {Status.STOPPED, Status.ROLLBACK_SUCCESSFUL}
        return is_ended and (self.is_rejected or BY_USER.search(self.reason) is not None)

    @property
    def shift_line(self) -> str | None:
        """`PRODUCTION_TRAFFIC_SHIFT: the new revision has 25 % of the traffic`; None for a rolling deployment."""
        shift = self.shift
        if shift is None:
            return None
        rollback = f"{self.status.value}, " if self.status.value.startswith("ROLLBACK") else ""
        tested = f" (test traffic: {shift.test_percent:g} %)" if shift.test_percent else ""
        paused = "; paused until somebody approves or rejects it" if self.paused_by else ""
        traffic = f"the new revision has {shift.production_percent:g} % of the traffic{tested}"
        return f"{rollback}{shift.stage}: {traffic}{paused}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRevision:
    """The result of a deployment: a task definition by ARN, and the image that its tasks pulled, by digest.

    was_pulled: ECS has recorded a digest, as it does at the first task.
    """

    task_definition: str
    image: str
    was_pulled: bool = True


def service_deployments(aws: Aws, limit: int = NEWEST) -> list[str]:
    """Return ARNs, newest first. ECS ListServiceDeployments."""
    return list(islice(_listed(aws, min(limit, LISTED_AT_ONCE)), limit))


def _listed(aws: Aws, at_once: int) -> Iterator[str]:
    where = aws.environment
    request = {"cluster": where.cluster, "service": where.service, "maxResults": at_once}
    while True:
        response = aws.ecs.list_service_deployments(**request)
        yield from (str(each["serviceDeploymentArn"]) for each in response["serviceDeployments"])
        if not response.get("nextToken"):
            return
        request["nextToken"] = response["nextToken"]


def describe_service_deployment(aws: Aws, arn: str) -> ServiceDeployment | None:
    """Read one deployment; None while ECS does not know it (yet). ECS DescribeServiceDeployments."""
    return next(iter(describe_service_deployments(aws, [arn])), None)


def describe_service_deployments(aws: Aws, arns: Sequence[str]) -> list[ServiceDeployment]:
    """Read the service deployments that ECS still knows, in the order of `arns`. ECS DescribeServiceDeployments."""
    found: dict[str, ServiceDeployment] = {}
    for some in in_batches(arns):
        response = aws.ecs.describe_service_deployments(serviceDeploymentArns=some)
        found |= {
            each["serviceDeploymentArn"]: service_deployment_from(each) for each in response["serviceDeployments"]
        }
    return [found[arn] for arn in arns if arn in found]


def newest_service_deployment(aws: Aws) -> ServiceDeployment | None:
    """Read the newest service deployment; None before the first.

    ECS ListServiceDeployments, DescribeServiceDeployments.
    """
    return next(iter(describe_service_deployments(aws, service_deployments(aws, 1))), None)


def service_deployment_from(described: Mapping[str, Any]) -> ServiceDeployment:
    target, status = described.get("targetServiceRevision", {}), Status(described["status"])
    return ServiceDeployment(
        arn=described["serviceDeploymentArn"],
        status=status,
        reason=described.get("statusReason") or described.get("rollback", {}).get("reason", ""),
        shift=traffic_shift_from(described),
        strategy=described.get("deploymentConfiguration", {}).get("strategy", "ROLLING"),
        revision_arn=target.get("arn", ""),
        triggered_alarms=tuple(described.get("alarms", {}).get("triggeredAlarmNames", ())),
        created_at=described.get("createdAt"),
        ended_at=described.get("finishedAt") or described.get("stoppedAt"),
        # A hook of a deployment that was ended meanwhile may wait for ever.
        paused_by=hooks_in(described, "AWAITING_ACTION") if status.can_be_stopped else (),
        is_rejected=bool(hooks_in(described, "FAILED", "PAUSE")),
    )


def hooks_in(described: Mapping[str, Any], status: str, kind: str | None = None) -> tuple[str, ...]:
    """Return the ids of a deployment's hooks with this status, and of this target type if one is given."""
    hooks: Sequence[Mapping[str, Any]] = described.get("lifecycleHookDetails", ())
    return tuple(
        str(each["hookId"]) for each in hooks if each.get("status") == status and kind in (None, each.get("targetType"))
    )


def traffic_shift_from(described: Mapping[str, Any]) -> TrafficShift | None:
    """Read the live state of a traffic shift; None for a rolling deployment, which has no stages."""
    if not described.get("lifecycleStage"):
        return None
    target = described.get("targetServiceRevision", {})
    return TrafficShift(
        stage=described["lifecycleStage"],
        production_percent=float(target.get("requestedProductionTrafficWeight", 0.0)),
        test_percent=float(target.get("requestedTestTrafficWeight", 0.0)),
    )


def describe_service_revisions(aws: Aws, arns: Sequence[str]) -> dict[str, ServiceRevision]:
    """Read the service deployments that ECS still knows, by ARN. ECS DescribeServiceRevisions."""
    found = {}
    for some in in_batches(sorted(set(filter(None, arns)))):
        for each in aws.ecs.describe_service_revisions(serviceRevisionArns=some)["serviceRevisions"]:
            found[each["serviceRevisionArn"]] = service_revision_from(each, aws.environment.container)
    return found


def service_revision_from(described: Mapping[str, Any], container: str) -> ServiceRevision:
    images: Sequence[Mapping[str, Any]] = described.get("containerImages", [])
    pulled: Mapping[str, Any] = next((each for each in images if each["containerName"] == container), {})
    image, digest = str(pulled.get("image", "")), pulled.get("imageDigest")
    if digest and "@" not in image:
        repository, _, tag = image.rpartition(":")
        image = f"{image if '/' in tag else repository or image}@{digest}"
    return ServiceRevision(task_definition=described["taskDefinition"], image=image, was_pulled=bool(digest))


def in_batches(arns: Sequence[str]) -> Iterator[list[str]]:
    """Split ARNs into batches of the size that ECS describes at once."""
    for start in range(0, len(arns), DESCRIBED_AT_ONCE):
        yield list(arns[start : start + DESCRIBED_AT_ONCE])

"""`spendsense history`: the service's deployments, what each deployed, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ops.aws.clients import Aws
from ops.aws.service import describe_service, revision_of
from ops.aws.service_deployment import (
    ServiceDeployment,
    ServiceRevision,
    Status,
    describe_service_deployments,
    describe_service_revisions,
    service_deployments,
)
from ops.console import Console
from ops.deploying.revision import Revision, describe_version
from ops.parameters import deployed
from ops.rollout.strategy import Strategy

# How many deployments shell completion searches for revisions.
COMPLETED_AMONG = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDeployment:
    """A deployment and what it deployed; `revision` is None when ECS no longer knows that."""

    deployment: ServiceDeployment
    revision: ServiceRevision | None
    ran: bool = True  # whether one of its tasks ever ran, as far as is known

    @property
    def task_definition(self) -> str | None:
        return self.revision.task_definition if self.revision else None

    @property
    def has_served(self) -> bool:
        return self.deployment.status is Status.SUCCESSFUL and self.revision is not None and self.ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    past: PastDeployment
    version: Revision | None  # None when the task definition is gone
    serves: bool

    @property
    def revision(self) -> int | None:
        return revision_of(self.past.task_definition) if self.past.task_definition else None

    @property
    def duration_s(self) -> float | None:
        """The seconds it took, or has taken so far."""
        deployment = self.past.deployment
        if deployment.created_at is None:
            return None
        return ((deployment.ended_at or datetime.now(UTC)) - deployment.created_at).total_seconds()

    @property
    def ran_nothing(self) -> bool:
        """True when ECS calls it successful because no task was desired."""
        return self.past.deployment.status is Status.SUCCESSFUL and not self.past.ran

    def as_json(self) -> dict[str, object]:
        deployment, version = self.past.deployment, self.version
        return {
            "id": deployment.id,
            "arn": deployment.arn,
            "started_at": moment(deployment.created_at),
            "ended_at": moment(deployment.ended_at),
            "duration_s": None if self.duration_s is None else round(self.duration_s, 3),
            "status": deployment.status.value,
            "ran": self.past.ran,
            "reason": deployment.reason,
            "strategy": Strategy[deployment.strategy].value,
            "revision": self.revision,
            "image": self.past.revision.image if self.past.revision else None,
            "tags": list(version.tags) if version and version.tags is not None else None,
            "app_revision": version.app_revision if version else None,
            "serves": self.serves,
        }

    def row(self) -> list[str]:
        deployment = self.past.deployment
        return [
            f"{deployment.created_at.astimezone():%Y-%m-%d %H:%M:%S}" if deployment.created_at else "",
            "" if self.duration_s is None else f"{self.duration_s:.0f} s",
            f"{self.revision or '?'}{' serves' if self.serves else ''}",
            self.version.tag if self.version else "gone",
            Strategy[deployment.strategy].value,
            deployment.status.value.lower() + (", no task ran" if self.ran_nothing else ""),
            deployment.id,
            deployment.reason,
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The deployments, newest first. The JSON form is a contract for scripts."""

    environment: str
    service: str
    entries: Sequence[Entry]

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment,
            "service": self.service,
            "deployments": [entry.as_json() for entry in self.entries],
        }

    def show(self, console: Console) -> None:
        console.table(
            ["started", "took", "revision", "image tag", "strategy", "status", "id", "reason"],
            [entry.row() for entry in self.entries],
        )


def run(aws: Aws, options: Options, console: Console) -> History:
    """Read the newest deployments; complete a pending record of what serves. Errors: NotFound without a service."""
    service = describe_service(aws)
    deployed.settle(aws, service, console.say)
    entries = past(aws, options.limit)
    serving = {each.task_definition for each in service.deployments if each.running}
    newest_served = next((each for each in entries if each.has_served and each.task_definition in serving), None)
    versions = {
        each.task_definition: describe_version(aws, each.task_definition, each.image)
        for each in {entry.revision for entry in entries if entry.revision}
    }
    return History(
        environment=aws.environment.name.value,
        service=service.name,
        entries=[
            Entry(past=each, version=versions.get(each.task_definition or ""), serves=each is newest_served)
            for each in entries
        ],
    )


def past(aws: Aws, limit: int) -> list[PastDeployment]:
    """Read the newest deployments, newest first, with what they deployed.

    ECS ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions.
    """
    deployments = describe_service_deployments(aws, service_deployments(aws, limit))
    revisions = describe_service_revisions(aws, [each.revision_arn for each in deployments])
    return with_tasks(
        [PastDeployment(deployment=each, revision=revisions.get(each.revision_arn)) for each in deployments]
    )


def with_tasks(history: Sequence[PastDeployment]) -> list[PastDeployment]:
    """Count as served only deployments that ran a task: with a desired count of 0, one completes without any.

    Where ECS records digests, it does so at the first task. history: newest first.
    """
    # Without version consistency ECS records none, so this is unknown for all deployments of an image.
    is_known = any(each.revision and each.revision.was_pulled for each in history)
    return [
        replace(each, ran=each.revision is None or may_have_run(each.revision, is_known=is_known)) for each in history
    ]


def may_have_run(revision: ServiceRevision, *, is_known: bool) -> bool:
    return not revision.image.endswith(deployed.NEVER_DEPLOYED) and (revision.was_pulled or not is_known)


def moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def choices(aws: Aws, incomplete: str) -> list[tuple[str, str]]:
    """Return served revisions that start with `incomplete`, newest first, with images, for shell completion."""
    found: dict[str, str] = {}
    for each in past(aws, COMPLETED_AMONG):
        if each.has_served and each.revision is not None:
            found.setdefault(str(revision_of(each.revision.task_definition)), each.revision.image)
    return [(revision, image) for revision, image in found.items() if revision.startswith(incomplete)]

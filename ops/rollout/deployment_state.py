"""Says everywhere the same of a deployment that ECS rolls back, that has failed and stays so, or that is paused."""

from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.aws.service import RolloutState, Service, revision_of
from ops.aws.service_deployment import ServiceDeployment, describe_service_revisions, newest_service_deployment
from ops.environment import EnvironmentName
from ops.guide import command_for


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackInProgress:
    """The deployment that ECS rolls back, its revision, and the one that serves; None for a revision not known."""

    deployment: ServiceDeployment
    revision: int | None
    to: int | None

    def __str__(self) -> str:
        """Return `ECS is rolling deployment d4 of revision 8 back to revision 7: REASON`."""
        of = f" of revision {self.revision}" if self.revision is not None else ""
        to = f" to revision {self.to}" if self.to is not None else ""
        reason = f": {self.deployment.reason}" if self.deployment.reason else ""
        return f"ECS is rolling deployment {self.deployment.id}{of} back{to}{reason}"

    def as_json(self) -> dict[str, object]:
        return {
            "deployment": self.deployment.id,
            "revision": self.revision,
            "to": self.to,
            "reason": self.deployment.reason,
        }


def rollback_in_progress(aws: Aws, service: Service) -> RollbackInProgress | None:
    """Return the rollback in progress; None without one.

    ECS ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions.
    """
    return rollback_of(aws, service, newest_service_deployment(aws))


def rollback_of(aws: Aws, service: Service, newest: ServiceDeployment | None) -> RollbackInProgress | None:
    """Return the newest deployment's rollback; None when ECS is not rolling it back. ECS DescribeServiceRevisions."""
    if newest is None or not newest.status.is_rolling_back:
        return None
    found = describe_service_revisions(aws, [newest.revision_arn]).get(newest.revision_arn)
    revision = revision_of(found.task_definition) if found is not None else None
    # ECS sets the service back only after it was asked to; a restart's deployment has the same revision.
    to = service.revision if service.revision != revision else None
    return RollbackInProgress(deployment=newest, revision=revision, to=to)


def meanwhile(name: EnvironmentName) -> str:
    """Describe what can be done while ECS rolls a deployment back."""
    wait, replace = command_for(name, "wait"), command_for(name, "deploy --force")
    return f"wait until it has: `{wait}`; or replace it: `{replace}`"


def failure_of(service: Service) -> str:
    """Explain that the service's deployment has failed, and why; empty when it has not. ECS makes no steps for it."""
    primary = service.primary
    if primary is None or primary.rollout_state is not RolloutState.FAILED:
        return ""
    return f"the deployment of revision {primary.revision} has failed" + (
        f": {primary.reason}" if primary.reason else ""
    )


def after_failure(name: EnvironmentName) -> str:
    """Describe what can be done about a deployment that has failed and was not rolled back."""
    back, replace = command_for(name, "rollback"), command_for(name, "deploy")
    return f"return to what served before: `{back}`; or replace it: `{replace}`"


def decision(name: EnvironmentName) -> str:
    """Describe what can be done about a deployment that waits for somebody's decision."""
    approve, reject = command_for(name, "approve"), command_for(name, "reject")
    return f"let it continue: `{approve}`; or have ECS roll it back: `{reject}`"


def waits_for_decision(newest: ServiceDeployment | None) -> str:
    """Explain that the newest deployment waits for somebody's decision; empty when it does not."""
    if newest is None or not newest.paused_by:
        return ""
    return f"deployment {newest.id} is paused until somebody approves or rejects it"

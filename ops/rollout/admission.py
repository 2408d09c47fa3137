"""Checks before a change of the service: that it can take a deployment, and that no recovery is in progress."""

from ops.aws.clients import Aws
from ops.aws.service import RolloutState, Service
from ops.errors import DeployRefused
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.parameters import deployed, recovery_journal
from ops.rollout.deployment_state import meanwhile, rollback_in_progress


def check_deployable(aws: Aws, service: Service, *, force: bool) -> Service:
    """Check that the service accepts a deploy, and return it. Errors: DeployRefused."""
    check_active(service)
    check_no_recovery(aws)
    in_progress = [each for each in service.deployments if each.rollout_state is RolloutState.IN_PROGRESS]
    if in_progress and not force and not deployed.nothing_yet(aws, service):
        if (back := rollback_in_progress(aws, service)) is not None:
            raise DeployRefused(
                str(back), next_step=meanwhile(aws.environment.name), failure_class=FailureClass.OTHER_DEPLOY
            )
        raise DeployRefused(
            f"deployment {in_progress[0].id} of revision {in_progress[0].revision} is in progress: "
            f"{in_progress[0].running} of {in_progress[0].desired} tasks are running",
            next_step=f"wait for its end: `{command_in(aws.environment, 'wait')}`; "
            f"roll it back: `{command_in(aws.environment, 'rollback')}`; "
            f"or replace it: `{command_in(aws.environment, 'deploy --force')}`",
            failure_class=FailureClass.OTHER_DEPLOY,
        )
    return service


def check_active(service: Service) -> None:
    """Errors: DeployRefused while a service is being deleted."""
    if service.status != "ACTIVE":
        raise DeployRefused(
            f"service {service.name} is {service.status}, so it accepts no changes",
            next_step="wait until it is deleted; `spendsense recover` recreates it",
        )


def check_no_recovery(aws: Aws) -> None:
    """Errors: DeployRefused while a recovery is in progress."""
    began_at = recovery_journal.in_progress_since(aws)
    if began_at is not None:
        raise DeployRefused(
            f"a recovery has been in progress since {began_at}, and its data is not complete yet",
            next_step=f"finish it: `{command_in(aws.environment, 'recover')}`",
        )

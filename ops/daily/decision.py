"""`spendsense approve` and `reject`: let a deployment that waits for a decision continue, or have ECS roll it back."""

from dataclasses import dataclass, replace

from ops.aws import once
from ops.aws.clients import Aws, error_code
from ops.aws.service import describe_service
from ops.aws.service_deployment import ServiceDeployment, newest_service_deployment
from ops.console import Console
from ops.environment import Environment
from ops.errors import NotFound
from ops.guide import command_in
from ops.rollout.admission import check_active
from ops.signals import from_now_on

GONE = {"ConflictException", "InvalidParameterException", "ServiceDeploymentNotFoundException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    approve: bool
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The JSON form is a contract for scripts. hooks: ids of what the deployment waited for."""

    environment: Environment
    deployment: str
    hooks: tuple[str, ...]
    message: str
    decided: bool = True

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment.name.value,
            "ok": True,
            "message": self.message,
            "decided": self.decided,
            "deployment": self.deployment,
            "hooks": list(self.hooks),
        }

    def show(self, console: Console) -> None:
        console.result(self.message)
        console.result(f"  {command_in(self.environment, 'status')}")


def run(aws: Aws, options: Options) -> Decided:
    """Respond to every hook that a deployment waits for. ECS ContinueServiceDeployment. Errors: NotFound."""
    where = aws.environment
    check_active(describe_service(aws))
    deployment = paused(aws)
    action, ends = ("CONTINUE", "continues") if options.approve else ("ROLLBACK", "is rolled back")
    result = Decided(
        environment=where,
        deployment=deployment.id,
        hooks=deployment.paused_by,
        message=f"Deployment {deployment.id} {ends}",
    )
    if options.dry_run:
        message = f"Dry run: deployment {deployment.id} waits for a decision. Nothing was changed."
        return replace(result, message=message, decided=False)
    from_now_on(
        f"the decision on deployment {deployment.id} may have reached ECS", f"look at it: {command_in(where, 'status')}"
    )
    for hook in deployment.paused_by:
        try:
            once.decide(aws, deployment.arn, hook, action)
        except aws.ecs.exceptions.ClientError as exc:
            if error_code(exc) not in GONE:
                raise
            raise NotFound(
                f"deployment {deployment.id} no longer waits for a decision: {exc}",
                next_step=f"look at it: `{command_in(where, 'history')}`",
            ) from exc
    return result


def paused(aws: Aws) -> ServiceDeployment:
    """Return the deployment that waits for a decision. Errors: NotFound."""
    newest = newest_service_deployment(aws)
    if newest is None or not newest.paused_by:
        raise NotFound(
            "no deployment waits for a decision",
            next_step=f"see the newest deployment: `{command_in(aws.environment, 'history')}`; only a PAUSE lifecycle "
            "hook makes a deployment wait",
        )
    return newest

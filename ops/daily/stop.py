"""`spendsense stop`: stops a task, or the deployment in progress at its current stage."""

from dataclasses import dataclass

from ops.aws import once
from ops.aws.clients import Aws, error_code
from ops.aws.service import Service, describe_service, revision_of, running_tasks
from ops.aws.service_deployment import ServiceDeployment, newest_service_deployment
from ops.console import Console
from ops.environment import Environment
from ops.errors import NotFound
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.rollout.admission import check_active
from ops.rollout.deployment_state import meanwhile, rollback_of
from ops.sessions.task import the_one
from ops.signals import from_now_on

REASON = "stopped by the user of `spendsense stop`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """task: an id or its first characters; None: the deployment in progress."""

    task: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The JSON form is a contract for scripts."""

    environment: Environment
    message: str
    task: str | None = None
    deployment: str | None = None
    stopped: bool = True
    next_steps: tuple[str, ...] = ()

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment.name.value,
            "ok": True,
            "message": self.message,
            "next_steps": list(self.next_steps),
            "stopped": self.stopped,
            "task": self.task,
            "deployment": self.deployment,
        }

    def show(self, console: Console) -> None:
        console.result(self.message)
        for step in self.next_steps:
            console.result(f"  {step}")


def run(aws: Aws, options: Options) -> Stopped:
    """Stop what the options name. Errors: NotFound when it does not run; Misuse when several tasks are meant."""
    if options.task is not None:
        return stop_task(aws, options.task, dry_run=options.dry_run)
    return stop_deployment(aws, dry_run=options.dry_run)


def stop_task(aws: Aws, named: str, *, dry_run: bool) -> Stopped:
    """Stop a task of the service, which then starts another. ECS StopTask."""
    where = aws.environment
    check_active(describe_service(aws))
    task = the_one(running_tasks(aws), named.rpartition("/")[2], where)
    what = f"task {task.id} of revision {revision_of(task.task_definition)}"
    if dry_run:
        message = f"Dry run: {what} would be stopped, and ECS would start another. Nothing was changed."
        return Stopped(environment=where, task=task.id, stopped=False, message=message)
    from_now_on(f"{what} may have been stopped; ECS starts another")
    aws.ecs.stop_task(cluster=where.cluster, task=task.arn, reason=REASON)
    return Stopped(
        environment=where,
        task=task.id,
        message=f"Stopped {what}; ECS starts another",
        next_steps=(command_in(where, "wait"), command_in(where, "tasks --stopped")),
    )


def stop_deployment(aws: Aws, *, dry_run: bool) -> Stopped:
    """Abort the deployment in progress: tasks and traffic stay as they are. ECS StopServiceDeployment."""
    where = aws.environment
    service = describe_service(aws)
    check_active(service)
    deployment = in_progress(aws, service)
    if dry_run:
        message = f"Dry run: deployment {deployment.id} would be stopped where it stands. Nothing was changed."
        return Stopped(environment=where, deployment=deployment.id, stopped=False, message=message)
    from_now_on(f"deployment {deployment.id} may have been stopped where it stands")
    try:
        once.abort(aws, deployment.arn)
    except aws.ecs.exceptions.ClientError as exc:
        if error_code(exc) not in once.TOO_LATE:
            raise
        raise NotFound(
            f"deployment {deployment.id} ended before it could be stopped",
            next_step=f"look at it: `{command_in(where, 'history')}`",
        ) from exc
    return Stopped(
        environment=where,
        deployment=deployment.id,
        message=f"Stopped deployment {deployment.id} where it stands: tasks and traffic stay as they are",
        next_steps=(command_in(where, "rollback"), command_in(where, "status")),
    )


def in_progress(aws: Aws, service: Service) -> ServiceDeployment:
    """Return the deployment that can be stopped. Errors: NotFound."""
    newest = newest_service_deployment(aws)
    if (back := rollback_of(aws, service, newest)) is not None:
        raise NotFound(
            f"no deployment can be stopped: {back}",
            next_step=meanwhile(aws.environment.name),
            failure_class=FailureClass.OTHER_DEPLOY,
        )
    if newest is None or not newest.status.can_be_stopped:
        raise NotFound(
            "no deployment is in progress, so there is none to stop",
            next_step=f"stop a task: `{command_in(aws.environment, 'stop --task ID')}`",
        )
    return newest

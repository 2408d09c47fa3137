"""`spendsense tasks`: the service's tasks, with their revision, health, and why the stopped ones stopped."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.aws.service import Target, Task, describe_service, describe_targets, revision_of, running_tasks, stopped_tasks
from ops.console import Console
from ops.rollout.cause import of_failure
from ops.rollout.failures import Failure, is_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    stopped: bool = False  # also those that ECS still knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A task, and its target in the load balancer."""

    task: Task
    target: Target | None

    @property
    def ended(self) -> str:
        """Why it stopped; empty while it runs."""
        task = self.task
        parts = [task.stopped_reason, task.container_reason]
        code = "" if task.exit_code is None else f"exit code {task.exit_code}"
        return ", ".join(filter(None, [*parts, code])) if task.is_stopped else ""

    @property
    def failure_class(self) -> str | None:
        """The class of its failure; None while it runs, and when ECS no longer needed it."""
        task = self.task
        if not is_failure(task):
            return None
        failure = Failure(
            task=task.id,
            stopped_reason=task.stopped_reason or "",
            stop_code=task.stop_code,
            exit_code=task.exit_code,
            container_reason=task.container_reason,
            log=(),
        )
        return of_failure(failure).failure_class.value

    def as_json(self) -> dict[str, object]:
        task, target = self.task, self.target
        return {
            "id": task.id,
            "arn": task.arn,
            "revision": revision_of(task.task_definition),
            "status": task.last_status,
            "started_by": task.started_by,
            "address": task.ip,
            "target": target.state.value if target else None,
            "target_reason": target.reason if target else None,
            "image": task.image,
            "exit_code": task.exit_code,
            "stop_code": task.stop_code,
            "stopped_reason": task.stopped_reason,
            "class": self.failure_class,
        }

    def row(self) -> list[str]:
        task, target = self.task, self.target
        return [
            task.id[:8],
            str(revision_of(task.task_definition)),
            task.last_status.lower(),
            target.state.value if target else "",
            task.ip or "",
            self.ended or (target.reason if target and target.reason else ""),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """The JSON form is a contract for scripts."""

    environment: str
    entries: Sequence[Entry]

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {"env": self.environment, "tasks": [entry.as_json() for entry in self.entries]}

    def show(self, console: Console) -> None:
        columns = ["task", "revision", "status", "target", "address", "reason"]
        console.table(columns, [entry.row() for entry in self.entries])


def run(aws: Aws, options: Options) -> Tasks:
    """Read the tasks. ECS DescribeServices, ListTasks, DescribeTasks; ELBv2 DescribeTargetHealth. Errors: NotFound."""
    service = describe_service(aws)
    targets = {target.id: target for target in describe_targets(aws, service.target_groups)}
    found = [*running_tasks(aws), *(stopped_tasks(aws) if options.stopped else ())]
    return Tasks(
        environment=aws.environment.name.value,
        entries=[Entry(task=task, target=None if task.is_stopped else targets.get(task.ip or "")) for task in found],
    )

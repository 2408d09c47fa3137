"""Runs a command, such as a migration, in a task of its own, and waits for its end."""

import shlex
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.clients import Aws
from ops.aws.service import Task, describe_tasks
from ops.errors import NotFound, OpsError, TaskFailed, WaitTimedOut
from ops.guide import command_in
from ops.rollout.cause import by_text, shortage_step
from ops.rollout.failures import stopped_failure
from ops.waiter import Deadline, wait_for

# Prefix of `startedBy`. The rest is unique, so that a task is found even if nobody read the response to RunTask.
STARTED_BY = "spendsense-"
# How long a request that was cut off by a signal may take to arrive.
IN_FLIGHT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command and where it runs."""

    task_definition: str
    command: Sequence[str]
    network: dict[str, Any]

    @property
    def words(self) -> str:
        return shlex.join(self.command)


def start(aws: Aws, job: Job) -> str:
    """Start a task and return its ARN. ECS RunTask. A signal meanwhile stops it.

    Errors: TaskFailed with the reason.
    """
    where = aws.environment
    started_by = f"{STARTED_BY}{uuid.uuid4().hex}"
    try:
        response = aws.ecs.run_task(
            cluster=where.cluster,
            taskDefinition=job.task_definition,
            launchType="FARGATE",
            networkConfiguration=job.network,
            startedBy=started_by,
            overrides={"containerOverrides": [{"name": where.container, "command": list(job.command)}]},
        )
    except KeyboardInterrupt as exc:
        exc.add_note(stop_in_flight(aws, started_by, job.words))
        raise
    if not response["tasks"]:
        reasons = "; ".join(failure.get("reason", "no reason given") for failure in response["failures"])
        found = by_text(reasons)
        raise TaskFailed(
            f"task `{job.words}` was not started: {reasons}",
            next_step=shortage_step(found, reasons),
            failure_class=found,
        )
    return str(response["tasks"][0]["taskArn"])


def run_to_end(aws: Aws, job: Job, deadline: Deadline) -> Task:
    """Start a task and wait until it has stopped with exit code 0. ECS RunTask, DescribeTasks.

    Errors: TaskFailed with its log; WaitTimedOut.
    """
    task = wait(aws, job, deadline)
    if task.exit_code != 0:
        raise TaskFailed(failure_text(aws, task, job.words))
    return task


def wait(aws: Aws, job: Job, deadline: Deadline) -> Task:
    """Start a task and wait until it has stopped for any reason. Ctrl-C, SIGTERM and the deadline stop it.

    Errors: TaskFailed when it was not started; WaitTimedOut.
    """
    where, what = aws.environment, job.words
    arn = start(aws, job)
    try:
        with aws.retries.until(deadline):
            task = wait_for(lambda: when_stopped(aws, arn), deadline, interval_s=where.poll_interval_s)
    except KeyboardInterrupt as exc:
        exc.add_note(stop(aws, arn, what, "stopped by the user of `spendsense`"))
        raise
    if task is None:
        last = next((each.last_status for each in describe_tasks(aws, [arn])), "unknown")
        ended = stop(aws, arn, what, f"not finished within {deadline.timeout_s:g} s")
        raise WaitTimedOut(
            f"task `{what}` ({arn}) did not finish within {deadline.timeout_s:g} s: it was {last}. {ended}",
            next_step="check what it waited for, or allow more time: `--timeout SECONDS`",
        )
    return task


def stop_in_flight(aws: Aws, started_by: str, what: str) -> str:
    """Stop the task of a RunTask whose response nobody read; return its state in words. ECS ListTasks, StopTask."""

    def find() -> str | None:
        arns = aws.ecs.list_tasks(cluster=aws.environment.cluster, startedBy=started_by)["taskArns"]
        return str(arns[0]) if arns else None

    try:
        arn = wait_for(find, Deadline(IN_FLIGHT_S), interval_s=aws.environment.poll_interval_s)
        why = ""
    except (BotoCoreError, ClientError, OpsError) as exc:
        arn, why = None, f" ({exc})"
    if arn is None:
        look = command_in(aws.environment, "tasks")
        return (
            f"Task `{what}` was being started, and ECS shows none that {started_by} started{why}: "
            f"if it appears, it keeps running. Look: `{look}`"
        )
    return stop(aws, arn, what, "stopped by the user of `spendsense`")


def stop(aws: Aws, arn: str, what: str, reason: str) -> str:
    """Stop a task; return its state in words, even when it could not be stopped."""
    look = command_in(aws.environment, f"logs --task {arn.rpartition('/')[2][:8]}")
    try:
        aws.ecs.stop_task(cluster=aws.environment.cluster, task=arn, reason=reason)
    except (BotoCoreError, ClientError) as exc:
        return f"Task `{what}` ({arn}) is still running: it could not be stopped ({exc}). Its log: `{look}`"
    return f"Task `{what}` was stopped; what it had not committed was rolled back. Its log: `{look}`"


def when_stopped(aws: Aws, arn: str) -> Task | None:
    """Return a task once it has stopped. Errors: NotFound when AWS does not know it."""
    tasks = describe_tasks(aws, [arn])
    if not tasks:
        raise NotFound(f"task {arn} was started, but ECS no longer knows it")
    return tasks[0] if tasks[0].is_stopped else None


def failure_text(aws: Aws, task: Task, what: str) -> str:
    """Describe how a task ended, with its last log lines."""
    definition = aws.ecs.describe_task_definition(taskDefinition=task.task_definition)["taskDefinition"]
    lines = stopped_failure(aws, task, definition).lines()
    return "\n".join([f"task `{what}` failed", *lines])

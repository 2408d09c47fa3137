"""The steps of one recovery; each is done once, even if the command is run several times or by several people."""

import json
from collections.abc import Callable
from typing import Any

from ops.aws.clients import Aws, Wire
from ops.aws.service import describe_service, describe_targets, find_service, revision_of, url_of
from ops.aws.stores import find_instance
from ops.console import Console, command_name
from ops.errors import NotFound, TaskFailed, WaitTimedOut
from ops.local_health import open_directly
from ops.parameters import recovery_journal, recovery_shape
from ops.parameters.recovery_journal import Journal
from ops.recovery import database, files, service
from ops.recovery.recovery_report import RecoveryReport, report_of
from ops.rollout import migration, one_off_task
from ops.rollout.conclusion import conclusion
from ops.rollout.failures import last_lines
from ops.rollout.verdict import Verdict, all_healthy
from ops.waiter import Deadline, wait_for

AFTER_RESTORE = ("python", "-m", "app.after_restore")
READY_TIMEOUT_S = 5.0


class Recovery:
    """Carries out a journal's recovery. Errors of its steps: NotFound, AwsRefused, TaskFailed, WaitTimedOut."""

    def __init__(self, aws: Aws, journal: Journal, deadline: Deadline, console: Console) -> None:
        self.aws = aws
        self.journal = journal
        self.deadline = deadline
        self.console = console
        self.shape = recovery_shape.recorded(aws)
        self.files: dict[str, files.Counts] = {}
        self.after_restore: dict[str, Any] = {}
        self.steps: dict[str, Callable[[], None]] = {
            "hold": self.stop_tasks,
            "restore": lambda: database.restore(aws, journal, self.database_shape(), deadline, console),
            "swap": lambda: database.swap(aws, journal, deadline, console),
            "complete": lambda: database.complete(aws, self.database_shape(), deadline, console),
            "secret": lambda: database.point_secret(aws),
            "files": self.restore_files,
            "prepare": self.prepare,
            "serve": self.serve,
            "verify": self.verify,
        }

    def run(self) -> RecoveryReport:
        """Do the remaining steps in order."""
        for name in self.journal.steps:
            with self.journal.step(self.aws, self.console, name) as is_to_do:
                if is_to_do:
                    self.steps[name]()
        self.journal.ended_at = recovery_journal.now().isoformat()
        self.journal.save(self.aws)
        return report_of(self.journal, self.aws.environment.name, self.files, self.after_restore)

    def stop_tasks(self) -> None:
        service.stop_tasks(self.aws, self.journal, self.deadline)
        self.journal.held_at = recovery_journal.now().isoformat()

    def restore_files(self) -> None:
        moment = self.journal.moment_time
        assert moment is not None  # noqa: S101 - the plan guarantees it
        with self.console.ticker() as tick:
            for bucket in files.buckets_of(self.definition()):
                self.files[bucket] = files.restore(self.aws, bucket, moment, tick)

    def prepare(self) -> None:
        """Run a task that repairs the restored data, and checks that it has database and files."""
        definition = self.definition()
        network = service.network_of(find_service(self.aws), self.shape)
        for command in (migration.COMMAND, AFTER_RESTORE) if self.journal.restored_id else (migration.COMMAND,):
            job = one_off_task.Job(task_definition=definition["taskDefinitionArn"], command=command, network=network)
            task = one_off_task.run_to_end(self.aws, job, self.deadline)
            self.after_restore |= service.after_restore_report(last_lines(self.aws, definition, task))

    def serve(self) -> None:
        definition = self.definition()
        outcome = service.serve(self.aws, self.journal, definition, self.shape, self.deadline, self.console)
        if outcome.verdict is not Verdict.DEPLOYED:
            revision = revision_of(definition["taskDefinitionArn"])
            message, steps = conclusion(outcome, revision, self.deadline, self.aws.environment)
            raise TaskFailed(message, next_step=f"{steps[0]}; then run the same command again")

    def verify(self) -> None:
        """Wait until every target is healthy and, where the service can be reached from here, it reports ready."""
        aws, url = self.aws, url_of(self.aws)

        def look() -> bool | None:
            found = describe_service(aws)
            if not all_healthy(found, describe_targets(aws, found.target_groups)):
                return None
            return True if aws.environment.local is None or is_ready(url) else None

        if wait_for(look, self.deadline, interval_s=aws.environment.poll_interval_s) is None:
            raise WaitTimedOut(
                f"the service is not healthy at {url}/ready within {self.deadline.timeout_s:g} s",
                next_step=f"`{command_name()} status` and `{command_name()} logs`; then run the same command again",
            )

    def definition(self) -> Wire:
        """Return the task definition to serve, with the secret that now contains the database's password."""
        arn = self.journal.task_definition
        described: Wire = self.aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        secret = database.master_secret(self.aws, self.aws.environment.prefix)
        chosen = service.on_present_secret(self.aws, described, secret)
        if chosen["taskDefinitionArn"] != arn:
            self.journal.task_definition = chosen["taskDefinitionArn"]
            self.journal.save(self.aws)
        return chosen

    def database_shape(self) -> Wire:
        """Return the shape that the last deploy recorded, else that of the existing instance. Errors: NotFound."""
        if self.shape is not None and "database" in self.shape:
            recorded: Wire = self.shape["database"]
            return recorded
        for name in filter(None, (self.journal.set_aside, self.aws.environment.prefix)):
            present = find_instance(self.aws, name)
            if present is not None:
                return recovery_shape.database_shape(present)
        raise NotFound(
            "there is no record of the database's configuration",
            next_step="run `spendsense deploy` once: it creates one",
        )


def is_ready(url: str | None) -> bool:
    """Return whether the service reports that it is ready."""
    if url is None:
        return False
    try:
        with open_directly(f"{url}/ready", timeout=READY_TIMEOUT_S) as response:
            return bool(json.load(response)["status"] == "ready")
    except (OSError, ValueError, KeyError):
        return False

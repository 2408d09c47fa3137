"""`spendsense down`: stops everything that `up` started, and deletes the data only on request."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.console import Console, command_name
from ops.environment import EnvironmentName, data_directory
from ops.errors import Misuse
from ops.image.layers import remove_tree
from ops.local import daemon
from ops.local.lock import sole_operator
from ops.signals import from_now_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    environment: EnvironmentName = EnvironmentName.LOCAL
    delete_data: bool = False
    yes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    pid: int | None
    data_dir: Path
    data_deleted: bool
    left_behind: Sequence[str] = ()  # processes that a killed local cloud left and this command ended
    was_killed: bool = False  # it hung, or did not end

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "stopped": self.pid is not None,
            "pid": self.pid,
            "was_killed": self.was_killed,
            "data_deleted": self.data_deleted,
            "left_behind": list(self.left_behind),
        }

    def show(self, console: Console) -> None:
        if self.was_killed:
            console.result(
                f"Killed the local cloud (process {self.pid}), which did not respond, and everything it had started"
            )
        elif self.left_behind:
            console.result(daemon.leftovers_ended(self.left_behind))
        elif self.pid is None:
            console.result("Nothing was running")
        else:
            console.result(f"Stopped the local cloud (process {self.pid}) and everything it had started")
        if self.data_deleted or self.data_dir.exists():
            console.result(f"Data {'deleted from' if self.data_deleted else 'kept in'} {self.data_dir}")
        else:
            console.result(f"There is no data: {self.data_dir} does not exist")


def run(options: Options, console: Console) -> Stopped:
    """Stop the local environment. Errors: Misuse, OpsError, WaitTimedOut."""
    if not options.environment.is_local:
        raise Misuse(
            f"`down` stops environments on this machine; {options.environment} is on AWS",
            next_step=f"stop its tasks with `{command_name()} scale --env {options.environment} --min 0 --desired 0`; "
            f'remove it with `{command_name()} destroy --env {options.environment}` ("Destroying" in '
            "infrastructure/README.md)",
        )
    data_dir = data_directory(options.environment)
    if options.delete_data and not options.yes and not console.confirm(f"Delete all data in {data_dir}?"):
        raise Misuse(
            "not confirmed, so nothing was stopped and no data was deleted",
            next_step="answer y in a terminal, or add `--yes`",
        )
    if not data_dir.exists():
        return Stopped(pid=None, data_dir=data_dir, data_deleted=False)
    with sole_operator(data_dir, console):
        ended = daemon.stop(data_dir)
        left_behind = daemon.end_leftovers(data_dir)
        if options.delete_data:
            from_now_on("nothing is running, and some of the data may already be deleted: run the same command again")
            remove_tree(data_dir)
    return Stopped(
        pid=ended.pid if ended else None,
        data_dir=data_dir,
        data_deleted=options.delete_data,
        left_behind=left_behind,
        was_killed=ended is not None and ended.was_killed,
    )

"""`spendsense destroy`: removes everything that an environment's Terraform has created, after a confirmation."""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import EnvironmentName, command_at, data_directory
from ops.errors import CouldNotApply, Misuse
from ops.infrastructure import prepared_code, protection
from ops.local import last_url
from ops.local.lock import sole_operator
from ops.log_text import count_of
from ops.terraform import apply
from ops.terraform.messages import Totals

PROTECTED = re.compile(
    r"deletion.?protection|protected DB Instance|prevent_destroy|cannot be destroyed|kms:ScheduleKeyDeletion",
    re.IGNORECASE,
)
ON_AWS = 'deletion protection is on: follow the steps in infrastructure/README.md, "Destroying"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    environment: EnvironmentName
    totals: Totals

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {"environment": self.environment.value, "destroyed": self.totals.remove}

    def show(self, console: Console) -> None:
        console.result(f"{self.environment}: {count_of(self.totals.remove, 'resource')} destroyed")


def run(options: prepared_code.Options, console: Console, *, yes: bool) -> Destroyed:
    """Ask, then destroy; refuses when anything is protected.

    Errors: Misuse, NotReachable, NotSetUp, CouldNotPlan, CouldNotApply.
    """
    name = options.environment
    code = prepared_code.prepare(options, console)
    refuse_protected(code.aws)
    if not yes and not console.confirm(f"Destroy everything that Terraform has created in {name}, with its data?"):
        raise Misuse("not confirmed, so nothing was destroyed", next_step="answer y in a terminal, or add `--yes`")
    directory = data_directory(name)
    alone: AbstractContextManager[None] = sole_operator(directory, console) if name.is_local else nullcontext()
    with alone:
        try:
            with console.phase("destroy"):
                totals = apply.destroy(code.workspace, code.arguments, console)
        except CouldNotApply as exc:
            exc.next_step = next_step_after(name, exc)
            raise
        if name.is_local:
            (directory / last_url.NAME).unlink(missing_ok=True)
    return Destroyed(environment=name, totals=totals)


def refuse_protected(aws: Aws) -> None:
    """Errors: Misuse when a part of the environment is protected from deletion."""
    found = list(protection.protected(aws))
    if found:
        verb = "is" if len(found) == 1 else "are"
        raise Misuse(
            f"nothing was destroyed: {' and '.join(found)} {verb} protected from deletion",
            next_step=step_of_protected(aws.environment.name),
        )


def next_step_after(name: EnvironmentName, error: CouldNotApply) -> str | None:
    """Return the next step after a destroy that failed."""
    if not PROTECTED.search(error.message):
        return error.next_step
    step = step_of_protected(name)
    return step if name.is_local else f"{step}; an apply recreates what has already been removed"


def step_of_protected(name: EnvironmentName) -> str:
    """Return the next step when something is protected by the environment's own setting."""
    if not name.is_local:
        return ON_AWS
    return (
        f"the settings of {name.settings} turn on deletion protection, as on AWS; "
        f"{command_at(data_directory(name), 'down --delete-data')} removes the whole local cloud with all data"
    )

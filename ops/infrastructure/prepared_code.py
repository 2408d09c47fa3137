"""The code of an environment, initialized for its local cloud or for AWS, and a plan made with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.aws.clients import Aws, connect
from ops.console import Console
from ops.environment import EnvironmentName, data_directory
from ops.errors import CouldNotPlan, NotSetUp
from ops.guide import command_for
from ops.local import first_apply
from ops.local import variables as values_file
from ops.terraform import planned, recovered, scheduled_limits, targets, workspace
from ops.terraform.program import Provider
from ops.terraform.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """provider: of a local cloud; None for the one that `up` used. variables: NAME=VALUE."""

    environment: EnvironmentName
    provider: Provider | None = None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCode:
    """The initialized code, the arguments that give it the environment's variables, and the environment's clients."""

    aws: Aws
    workspace: Workspace
    arguments: Sequence[str]


def prepare(options: Options, console: Console) -> PreparedCode:
    """Prepare the code. Errors: Misuse, NotReachable, NotSetUp, CouldNotPlan."""
    name = options.environment
    directory = data_directory(name) / targets.DIRECTORY
    aws = connect(name, console)
    values: Path | None = None
    if name.is_local:
        local = aws.environment.local
        assert local is not None  # noqa: S101 - connect found it
        values = directory / values_file.NAME
        if not values.is_file():
            raise NotSetUp(
                f"nothing has been applied to {name} yet", next_step=f"apply it: `{command_for(name, 'up')}`"
            )
        provider = options.provider or workspace.last_provider(directory)
        prepared = first_apply.prepare(local, directory, provider, console)
        if recovered.differs(prepared, aws):
            raise CouldNotPlan(
                "the database was recovered after the last apply, so the Terraform state still names the old instance",
                next_step=f"let `up` import the new instance: `{command_for(name, 'up')}`",
            )
    else:
        prepared = workspace.prepare(directory, targets.aws_target(name), console.say)
    # The caller's variables come later, and so decide.
    in_force = scheduled_limits.arguments(aws, console.say)
    arguments = [*in_force, *targets.arguments(name, values, options.variables)]
    return PreparedCode(aws=aws, workspace=prepared, arguments=arguments)


def plan(code: PreparedCode, console: Console) -> Mapping[str, object]:
    """Plan, and return the output of `terraform show -json`. Errors: CouldNotPlan, CouldNotApply."""
    console.say("Terraform is comparing the code with what exists ...")
    return planned.planned(code.workspace, code.arguments)

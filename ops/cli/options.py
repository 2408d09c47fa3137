"""Options that several commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer
from typer.models import OptionInfo

from ops.cli import arguments, completion
from ops.environment import LIKE, ON_AWS, EnvironmentName
from ops.errors import Misuse
from ops.rollout import strategy
from ops.rollout.strategy import Strategy

# The names are in the help text: as a metavar they would take the space of the options' own names.
WHERE = f"The environment: {', '.join(EnvironmentName)}."
ON_THIS_MACHINE = f"The environment: {', '.join(each for each in EnvironmentName if each.is_local)}."
STRATEGIES = f"How tasks are replaced: {', '.join(Strategy)}."
Env = Annotated[EnvironmentName, typer.Option("--env", "-e", envvar="SPENDSENSE_ENV", metavar="NAME", help=WHERE)]
LocalEnv = Annotated[
    EnvironmentName, typer.Option("--env", "-e", envvar="SPENDSENSE_ENV", metavar="NAME", help=ON_THIS_MACHINE)
]
Like = Annotated[
    str | None,
    typer.Option(
        "--like",
        metavar="NAME",
        help=f"Use the rehearsal of {', '.join(ON_AWS[:-1])} or {ON_AWS[-1]}, in a local cloud of its own. Same as "
        "--env like-NAME.",
        callback=arguments.one_of(ON_AWS),
        autocompletion=completion.among(ON_AWS),
    ),
]
IAM_MODES = ("enforce", "audit", "off")
CONTAINER_ENGINES = ("auto", "none", "docker", "podman")
PROVIDERS = ("stand-in", "aws")
Json = Annotated[bool, typer.Option("--json", help="Print the result, or the error, as JSON on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Source = Annotated[
    Path | None,
    typer.Option(
        "--source",
        metavar="DIRECTORY",
        exists=True,
        file_okay=False,
        help="Source tree to build.",
        show_default="this project",
        callback=arguments.source_tree,
    ),
]
Tag = Annotated[
    str | None,
    typer.Option(
        "--tag", metavar="TAG", help="Image tag.", show_default="derived from the commit", callback=arguments.tag
    ),
]


def timeout(default: str) -> OptionInfo:
    """Return the option --timeout of a command. default: what its help shows."""
    option: OptionInfo = typer.Option(
        "--timeout",
        min=1,
        metavar="SECONDS",
        help="Give up after this many seconds.",
        show_default=default,
        callback=arguments.finite,
    )
    return option


RolloutTimeout = Annotated[float | None, timeout("600, locally 300; plus the bake times")]
RollBackFailing = Annotated[
    bool,
    typer.Option("--roll-back-failing", help="Also roll back if too many requests through the load balancer fail."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]

# How a deploy replaces tasks. Minutes are AWS's: the local environment's are shorter, by its --speed.
DeploymentStrategy = Annotated[
    Strategy | None,
    typer.Option("--strategy", metavar="NAME", help=STRATEGIES, show_default="the service's current one"),
]
BakeTime = Annotated[
    int | None,
    typer.Option(
        "--bake-time-minutes",
        min=0,
        max=1440,
        metavar="MINUTES",
        help="How long the old tasks keep running after all traffic has shifted.",
        show_default=f"the service's, else {strategy.BAKE_MINUTES}",
    ),
]
StepPercent = Annotated[
    float | None,
    typer.Option(
        "--step-percent",
        min=3,
        max=100,
        metavar="PERCENT",
        help="linear: how much of the traffic each step shifts.",
        show_default=f"the service's, else {strategy.STEP_PERCENT:g}",
        callback=arguments.finite,
    ),
]
StepBakeTime = Annotated[
    int | None,
    typer.Option(
        "--step-bake-minutes",
        min=0,
        max=1440,
        metavar="MINUTES",
        help="linear: time between two steps.",
        show_default=f"the service's, else {strategy.STEP_BAKE_MINUTES}",
    ),
]
CanaryPercent = Annotated[
    float | None,
    typer.Option(
        "--canary-percent",
        min=0.1,
        max=100,
        metavar="PERCENT",
        help="canary: how much of the traffic shifts first.",
        show_default=f"the service's, else {strategy.CANARY_PERCENT:g}",
        callback=arguments.finite,
    ),
]
CanaryBakeTime = Annotated[
    int | None,
    typer.Option(
        "--canary-bake-minutes",
        min=0,
        max=1440,
        metavar="MINUTES",
        help="canary: time before the rest shifts.",
        show_default=f"the service's, else {strategy.CANARY_BAKE_MINUTES}",
    ),
]


def of_like(context: typer.Context, env: EnvironmentName, like: str | None) -> EnvironmentName:
    """Return the environment that `--env` or `--like` names. Errors: Misuse when they name two.

    Like `--env`, `--like` takes precedence over SPENDSENSE_ENV. context: of the command.
    """
    if like is None:
        return env
    source = context.get_parameter_source("env")
    if env != LIKE + like and source is not None and source.name == "COMMANDLINE":
        raise Misuse(f"--like {like} and --env {env} name two environments", next_step="give only one of them")
    return EnvironmentName(LIKE + like)

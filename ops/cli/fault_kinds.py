"""The kinds of fault of `spendsense faults add` with their options, for its help and its checks.

The local cloud has its own list (localcloud/faults/kinds.py); tests/unit/ops/local/test_faults.py compares both.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.errors import Misuse
from ops.log_text import shown

TASKS = ("--task", "--task-definition")
SEE = "see `spendsense faults add --help`"
LONGEST_S = 3600
PARAMETERS = {"--for": "duration_s", "--delay": "delay_s"}
CHECKS = ("all", "container", "target")
SHORTAGES = ("capacity", "quota")
RESPONSES = ("error", "unavailable", "throttle")
SERVICES = (
    "acm", "apigateway", "application-autoscaling", "backup", "cloudformation", "cloudfront", "cognito-idp", "dynamodb",
    "ec2", "ecr", "ecs", "elasticache", "elasticloadbalancing", "events", "firehose", "iam", "kinesis", "kms", "lambda",
    "logs", "monitoring", "rds", "route53", "s3", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "states",
    "sts", "tagging", "wafv2",
)  # fmt: skip
"""The services that can be broken, by the names that requests are signed with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. effect: in words; options: besides `--for`; needed: those of them that have no default."""

    effect: str
    options: tuple[str, ...]
    needed: tuple[str, ...] = ()
    is_instant: bool = False  # it has no duration

    @property
    def accepted(self) -> tuple[str, ...]:
        return self.options if self.is_instant else (*self.options, "--for")


KINDS: Mapping[str, Kind] = {
    "kill-task": Kind(effect="a task gets SIGKILL", options=TASKS, is_instant=True),
    "freeze-task": Kind(effect="a task is suspended (SIGSTOP)", options=TASKS),
    "fail-health": Kind(effect="health checks fail", options=(*TASKS, "--checks", "--code")),
    "delay-starts": Kind(effect="tasks start late", options=("--delay", "--task-definition"), needed=("--delay",)),
    "unpullable-image": Kind(effect="images cannot be pulled", options=("--image",)),
    "unplaceable-tasks": Kind(effect="ECS has no capacity for new tasks", options=("--reason",)),
    "break-service": Kind(
        effect="an AWS service refuses requests", options=("--service", "--response", "--share"), needed=("--service",)
    ),
    "fail-over-database": Kind(
        effect="the database fails over and accepts no connections until the fault ends", options=("--instance",)
    ),
}


def parameter(option: str) -> str:
    """Return the local cloud's name for an option."""
    return PARAMETERS.get(option, option.removeprefix("--").replace("-", "_"))


def listing() -> str:
    """Return one line per kind for the help."""
    width = max(map(len, KINDS))
    return "\n".join(f"{name:<{width}}  {kind.effect}: {in_words(kind)}" for name, kind in KINDS.items())


def in_words(kind: Kind) -> str:
    words = ", ".join(kind.options).replace("--task, --task-definition", "--task or --task-definition")
    return f"{words} (no --for)" if kind.is_instant else words


def check(kind: str, given: Mapping[str, object]) -> None:
    """Check a fault's options, before any request. given: option -> value or None.

    Errors: Misuse for an unknown kind, and for options that it does not have or that are missing.
    """
    known = KINDS.get(kind)
    if known is None:
        raise Misuse(f"faults add: KIND should be one of {', '.join(KINDS)}, found {shown(kind)}", next_step=SEE)
    for option in [option for option, value in given.items() if value is not None]:
        if option not in known.accepted:
            options = ", ".join(known.accepted)
            raise Misuse(f"faults add: {kind} has no option {option}; its options: {options}", next_step=SEE)
    for option in known.needed:
        if given.get(option) is None:
            raise Misuse(f"faults add: {kind} needs {option}", next_step=SEE)

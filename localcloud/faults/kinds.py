"""The kinds of faults: the parameters of each, and how they are parsed from JSON. Pure."""

from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Protocol, get_type_hints

DEFAULT_DURATION_S = 60.0
SHORTEST_S, LONGEST_S = 1.0, 3600.0
"""AWS seconds: every fault ends by itself."""


class FaultyTask(Protocol):
    """The part of an ECS task that faults use."""

    @property
    def id(self) -> str:
        """Return the last part of its ARN."""

    @property
    def task_definition(self) -> str:
        """Return the ARN of its task definition."""

    @property
    def address(self) -> str | None:
        """Return its IPv4 address, which a stopped task keeps."""

    @property
    def stopped_at(self) -> datetime | None:
        """Return when it stopped; None while it has not stopped."""


class FaultRefused(Exception):
    """A fault that is refused. `status` is the HTTP status: 400 bad request, 404 not found, 409 not possible now."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


FORMER_NAMES = {"answer": "response"}
"""Parameters that had another name; the former one is still accepted."""


class ErrorResponse(StrEnum):
    """Values of `response`: the errors that a broken service returns."""

    ERROR = "error"
    UNAVAILABLE = "unavailable"
    THROTTLE = "throttle"


class Shortage(StrEnum):
    """Values of `reason`: what is short, so that no task can be placed."""

    CAPACITY = "capacity"
    QUOTA = "quota"


class Checks(StrEnum):
    """The health checks that fail."""

    ALL = "all"
    CONTAINER = "container"
    TARGET = "target"


SERVICES = (
    "acm",
    "apigateway",
    "application-autoscaling",
    "backup",
    "cloudformation",
    "cloudfront",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elasticloadbalancing",
    "events",
    "firehose",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
    "tagging",
    "wafv2",
)
"""Services that can be broken, by the names that requests are signed with."""

Check = Callable[[str, object], object]
"""(name, value from JSON) -> value. Errors: FaultRefused."""


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 256:
        raise FaultRefused(f"{name}: should be a string of 1 to 256 characters, got {value!r}")
    return value


def _service(name: str, value: object) -> str:
    text = _text(name, value)
    if text not in SERVICES:
        raise FaultRefused(f"{name}: should be one of {', '.join(SERVICES)}, got {value!r}")
    return text


def _number(low: float, high: float, *, whole: bool = False) -> Check:
    def check(name: str, value: object) -> float:
        kind = "a whole number" if whole else "a number"
        wrong = isinstance(value, bool) or not isinstance(value, (int,) if whole else (int, float))
        if wrong or not low <= value <= high:  # type: ignore[operator]  # a number, as tested before
            raise FaultRefused(f"{name}: should be {kind} from {low:g} to {high:g}, got {value!r}")
        return value  # type: ignore[return-value]

    return check


def _one_of(choices: type[StrEnum]) -> Check:
    def check(name: str, value: object) -> StrEnum:
        if value not in [choice.value for choice in choices]:
            raise FaultRefused(f"{name}: should be one of {', '.join(choices)}, got {value!r}")
        return choices(value)

    return check


Text = Annotated[str, _text]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of fault with its parameters."""

    name: ClassVar[str]
    is_instant: ClassVar[bool] = False
    """The fault is over as soon as it has happened: it has no duration."""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters for JSON, without those that were not given."""
        return {key: value for key, value in asdict(self).items() if value != ""}


@dataclass(frozen=True, kw_only=True)
class _OnTasks(Kind):
    task: Text = ""
    """The beginning of a task's id."""
    task_definition: Text = ""
    """`family` or `family:revision`: selects all of its tasks, including ones that start later."""

    def selects(self, task: FaultyTask) -> bool:
        """Return whether a task is selected; without task and task definition, every task is."""
        label = task.task_definition.rsplit("/", 1)[-1]
        return task.id.startswith(self.task) and self.task_definition in ("", label, label.partition(":")[0])


@dataclass(frozen=True, kw_only=True)
class KillTask(_OnTasks):
    """Send SIGKILL to all processes of a running task; by default, the one that has run longest."""

    name = "kill-task"
    is_instant = True


@dataclass(frozen=True, kw_only=True)
class FreezeTask(_OnTasks):
    """Send SIGSTOP to all processes of a running task, and SIGCONT at the end; the task is chosen as for kill-task."""

    name = "freeze-task"


@dataclass(frozen=True, kw_only=True)
class FailHealth(_OnTasks):
    """Health checks of a task fail: the container's as if its command failed, the load balancer's with `code`."""

    name = "fail-health"
    checks: Annotated[Checks, _one_of(Checks)] = Checks.ALL
    code: Annotated[int, _number(400, 599, whole=True)] = 500


@dataclass(frozen=True, kw_only=True)
class DelayStarts(Kind):
    """Tasks stay PROVISIONING for `delay_s` AWS seconds more, or until the fault ends."""

    name = "delay-starts"
    delay_s: Annotated[float, _number(1, LONGEST_S)]
    task_definition: Text = ""

    def selects(self, task: FaultyTask) -> bool:
        """Return whether the start of a task is delayed."""
        return _OnTasks(task_definition=self.task_definition).selects(task)


@dataclass(frozen=True, kw_only=True)
class UnpullableImage(Kind):
    """Tasks cannot pull images whose reference contains `image`, or any image when it is empty."""

    name = "unpullable-image"
    image: Text = ""


@dataclass(frozen=True, kw_only=True)
class UnplaceableTasks(Kind):
    """No task can be placed: Fargate has no capacity, or the account's quota of vCPUs is used up."""

    name = "unplaceable-tasks"
    reason: Annotated[Shortage, _one_of(Shortage)] = Shortage.CAPACITY


@dataclass(frozen=True, kw_only=True)
class BreakService(Kind):
    """Calls to an AWS service are refused. `service`: its signing name; `share`: the random share of calls."""

    name = "break-service"
    service: Annotated[str, _service]
    response: Annotated[ErrorResponse, _one_of(ErrorResponse)] = ErrorResponse.ERROR
    share: Annotated[float, _number(0.01, 1)] = 1.0


@dataclass(frozen=True, kw_only=True)
class FailOverDatabase(Kind):
    """The primary database fails immediately, with every connection; it is back when the fault ends."""

    name = "fail-over-database"
    instance: Text = ""
    """DBInstanceIdentifier; not needed when there is only one."""


KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        KillTask,
        FreezeTask,
        FailHealth,
        DelayStarts,
        UnpullableImage,
        UnplaceableTasks,
        BreakService,
        FailOverDatabase,
    )
}


def _hints(kind: type[Kind]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def parse(document: object) -> tuple[Kind, float]:
    """Parse `{"kind": ..., "duration_s": ..., <parameter>: ...}` to (fault, its AWS seconds). Errors: FaultRefused."""
    if not isinstance(document, dict):
        raise FaultRefused(f"a fault should be a JSON object, got {type(document).__name__}")
    name = document.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise FaultRefused(f"kind: should be one of {', '.join(KINDS)}, got {name!r}")
    document = {str(FORMER_NAMES.get(key, key)): value for key, value in document.items()}
    known = {each.name: each for each in fields(kind)}
    timing = () if kind.is_instant else ("duration_s",)
    unknown = sorted(set(document) - {"kind", *timing, *known})
    if unknown:
        allowed = ", ".join([*known, *timing])
        raise FaultRefused(f"{unknown[0]}: {name} has no such parameter; it has {allowed}")
    missing = [each.name for each in known.values() if each.default is MISSING and each.name not in document]
    if missing:
        raise FaultRefused(f"{missing[0]}: required for {name}")
    checks = {key: hint.__metadata__[0] for key, hint in _hints(kind).items() if key in document and key in known}
    given = {key: check(key, document[key]) for key, check in checks.items()}
    duration = _number(SHORTEST_S, LONGEST_S)("duration_s", document.get("duration_s", DEFAULT_DURATION_S))
    return kind(**given), 0.0 if kind.is_instant else float(duration)  # type: ignore[arg-type]

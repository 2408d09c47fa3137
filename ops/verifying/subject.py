"""The subject of the checks: the service, and the task definition that the next deploy starts from."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock

from ops.aws.clients import Aws, Wire
from ops.aws.service import Service


class Answers:
    """Answers to requests, each made once: checks that run at the same time share them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: dict[str, Future[Wire]] = {}

    def once(self, name: str, ask: Callable[[], Wire]) -> Wire:
        """Return what `ask` returned, calling it only the first time. Errors: those of `ask`, at every call."""
        with self._lock:
            is_first = name not in self._answers
            response = self._answers.setdefault(name, Future())
        if is_first:
            try:
                response.set_result(ask())
            except BaseException as exc:  # noqa: BLE001 - those who wait must not wait for ever
                response.set_exception(exc)
        return response.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """definition: the family's newest revision. answered_at: AWS's time in its response; None without one."""

    aws: Aws
    service: Service
    definition: Wire
    answered_at: datetime | None = None
    asked_at: datetime | None = None  # by this machine's clock, at the same moment
    answers: Answers = field(default_factory=Answers)

    @property
    def on_aws(self) -> bool:
        return self.aws.environment.local is None

    @property
    def containers(self) -> list[Wire]:
        found: list[Wire] = self.definition["containerDefinitions"]
        return found

    def described(self, secret: str) -> Wire:
        """Return AWS's description of a secret. Errors: botocore's. Secrets Manager DescribeSecret."""
        return self.answers.once(secret, lambda: self.aws.secretsmanager.describe_secret(SecretId=secret))

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Yield each injected variable with its value's reference, once for all containers."""
        seen = set()
        for container in self.containers:
            for each in container.get("secrets", ()):
                if (pair := (str(each["name"]), str(each["valueFrom"]))) not in seen:
                    seen.add(pair)
                    yield pair

    def log_groups(self) -> list[str]:
        """Return the log groups that have to exist: those that containers use without creating them."""
        found = []
        for container in self.containers:
            logging = container.get("logConfiguration", {})
            options = logging.get("options", {})
            if logging.get("logDriver") == "awslogs" and options.get("awslogs-create-group") != "true":
                found.append(str(options["awslogs-group"]))
        return list(dict.fromkeys(found))

    @property
    def extra_tasks(self) -> int:
        """Return the maximum of extra tasks during a deploy: the new ones, and the migration's."""
        shifts = self.service.deployment_configuration.get("strategy", "ROLLING") != "ROLLING"
        return (max(1, self.service.desired) if shifts else 1) + 1


def subject_of(aws: Aws, service: Service) -> Subject:
    """Read what the next deploy starts from. ECS DescribeTaskDefinition."""
    described = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    newest = aws.ecs.describe_task_definition(taskDefinition=described["family"])
    now = datetime.now().astimezone()
    return Subject(
        aws=aws,
        service=service,
        definition=newest["taskDefinition"],
        answered_at=time_of(newest),
        asked_at=now,
    )


def time_of(response: Wire) -> datetime | None:
    """Return the time in a response's Date header; None when it is missing or unreadable."""
    date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        found = parsedate_to_datetime(date)
    except ValueError:
        return None
    # A proxy may say "-0000", which is UTC too.
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

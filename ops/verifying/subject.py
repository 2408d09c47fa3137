"""The subject of the checks: the service, and the task definition that the next deploy starts from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ops.aws.clients import Aws, Wire
from ops.aws.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """definition: the family's newest revision. answered_at: AWS's time in its response; None without one."""

    aws: Aws
    service: Service
    definition: Wire
    answered_at: datetime | None = None
    asked_at: datetime | None = None  # by this machine's clock, at the same moment

    @property
    def on_aws(self) -> bool:
        return self.aws.environment.local is None

    @property
    def containers(self) -> list[Wire]:
        found: list[Wire] = self.definition["containerDefinitions"]
        return found

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


def time_of(answer: Wire) -> datetime | None:
    """Return the time in a response's Date header; None when it is missing or unreadable."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        found = parsedate_to_datetime(date)
    except ValueError:
        return None
    # A proxy may say "-0000", which is UTC too.
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

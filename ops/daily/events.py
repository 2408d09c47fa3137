"""`spendsense events`: what ECS reports about the service, oldest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.aws.service import Event, describe_service
from ops.console import Console
from ops.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """ECS keeps the 100 newest. The JSON form is a contract for scripts."""

    environment: Environment
    service: str
    events: Sequence[Event]

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment.name.value,
            "service": self.service,
            "events": [record(event) for event in self.events],
        }

    def show(self, console: Console) -> None:
        for event in self.events:
            console.result(line(event))
        if not self.events:
            console.say(f"ECS has reported nothing about {self.service} yet")


def record(event: Event) -> dict[str, object]:
    return {"at": event.at.isoformat(), "message": event.message}


def line(event: Event) -> str:
    return f"{event.at.astimezone():%Y-%m-%d %H:%M:%S} {event.message}"


def run(aws: Aws, options: Options) -> Events:
    """Read the newest events. ECS DescribeServices. Errors: NotFound without a service."""
    service = describe_service(aws)
    return Events(environment=aws.environment, service=service.name, events=service.events[-options.limit :])


def follow(aws: Aws, shown: Events, write: Callable[[Event], None], pause: Callable[[], None]) -> None:
    """Write each new event until a signal comes. pause: waits until the next look."""
    known = {event.id for event in shown.events} | {event.id for event in describe_service(aws).events}
    while True:
        pause()
        for event in describe_service(aws).events:
            if event.id not in known:
                known.add(event.id)
                write(event)

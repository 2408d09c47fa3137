"""The interfaces that the control plane requires: running tasks, load balancer target health, and alarms."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from localcloud.ecs.model.states import StopCode
from localcloud.ecs.model.tasks import Session, Task, Wire
from localcloud.elb.targets.states import TargetHealth


class Runner(Protocol):
    """The processes of one task (`tasks/runner.py`)."""

    def ask_to_stop(self, code: StopCode, reason: str, *, drain: bool) -> None:
        """Request the end of the task; the first reason is kept."""

    def skip_waiting(self) -> None:
        """Stop waiting for the load balancer once a stop was requested."""

    def observe_health(self) -> bool:
        """Copy the containers' health into the task; return whether it changed."""

    def process_ids(self) -> list[int]:
        """Return the first process of each running container."""

    def execute(self, container: str, command: str) -> Session:
        """Create a session that runs `command` in a container once its client connects. Errors: AwsError."""

    async def ended(self) -> None:
        """Wait until the task is STOPPED."""


class TaskStarter(Protocol):
    """Creates runners. `on_end` is called when the task is STOPPED, `on_event` with the text of a service event."""

    def __call__(
        self,
        task: Task,
        definition: Wire,
        *,
        on_change: Callable[[], None],
        on_event: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> Runner: ...


class TargetHealthSource(Protocol):
    """The part of the load balancer that the scheduler uses."""

    def target_health(self, target_group_arn: str, address: str, port: int) -> TargetHealth: ...

    def on_target_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a target's health has changed."""

    def target_group_exists(self, arn: str) -> bool:
        """Return whether the load balancer has this target group."""


class AlarmSource(Protocol):
    """The part of CloudWatch alarms that deployments use."""

    def state(self, name: str, since: datetime) -> str | None:
        """Return OK, ALARM or INSUFFICIENT_DATA as observed after `since`; None while it is not known."""

    def bake_s(self, name: str) -> float:
        """Return the AWS seconds after which the alarm would have reacted (period x evaluation periods)."""

"""What the control plane needs of the others: tasks that run, a load balancer that checks them, alarms."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from localcloud.ecs.model.states import StopCode
from localcloud.ecs.model.tasks import Session, Task, Wire
from localcloud.elb.targets.states import TargetHealth


class Runner(Protocol):
    """One task's processes (`tasks/runner.py`)."""

    def ask_to_stop(self, code: StopCode, reason: str, *, drain: bool) -> None:
        """Begin the end of the task; the first reason stands."""

    def hurry(self) -> None:
        """Let an end that was asked for wait no longer for the load balancer."""

    def observe_health(self) -> bool:
        """Copy the containers' health into the task; -> whether it changed."""

    def process_ids(self) -> list[int]:
        """The first process of each container that runs."""

    def execute(self, container: str, command: str) -> Session:
        """A session that runs `command` in a container, once its client connects. Errors: AwsError."""

    async def ended(self) -> None:
        """Wait until the task is STOPPED."""


class TaskStarter(Protocol):
    """Makes runners. `on_end` is called when the task is STOPPED, `on_event` with the text of a service event."""

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
    """The load balancer, as far as the scheduler cares."""

    def target_health(self, target_group_arn: str, address: str, port: int) -> TargetHealth:
        """Of one target."""

    def tell_moves(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a target's health has changed."""

    def target_group_exists(self, arn: str) -> bool:
        """Whether the load balancer knows it."""


class AlarmSource(Protocol):
    """CloudWatch alarms, as far as deployments care."""

    def state(self, name: str, since: datetime) -> str | None:
        """OK, ALARM or INSUFFICIENT_DATA as seen after `since`; None while it is not known."""

    def bake_s(self, name: str) -> float:
        """AWS seconds after which the alarm would have told (period x evaluation periods)."""

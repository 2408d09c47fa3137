"""What the scheduler may answer: the actions that the control plane carries out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StartTasks:
    """Start `count` tasks of a deployment."""

    deployment_id: str
    count: int


@dataclass(frozen=True)
class StopTask:
    """Stop a task. `unhealthy`: because its checks fail, with the reason; it counts as a failure."""

    task_id: str
    deployment_id: str
    reason: str
    unhealthy: bool = False


@dataclass(frozen=True)
class ReduceDesired:
    """An old deployment gives up tasks: from now on it shall have `desired_count`."""

    deployment_id: str
    desired_count: int


@dataclass(frozen=True)
class CountFailure:
    """A task ended badly: count it, once."""

    task_id: str
    deployment_id: str
    never_ran: bool


@dataclass(frozen=True)
class CountHealthy:
    """A task turned healthy for the first time."""

    task_id: str
    deployment_id: str


@dataclass(frozen=True)
class ForgetFailures:
    """All of a deployment is healthy: what failed before does not matter any more."""

    deployment_id: str


@dataclass(frozen=True)
class FailDeployment:
    """The circuit breaker tripped. `rolls_back`: whether what was completed before shall come back."""

    deployment_id: str
    rolls_back: bool


@dataclass(frozen=True)
class CompleteDeployment:
    """All that it wanted is there, and nothing of the others is left."""

    deployment_id: str


@dataclass(frozen=True)
class RemoveDeployment:
    """An old deployment has no task left."""

    deployment_id: str


@dataclass(frozen=True)
class ReportSteady:
    """The service has newly reached a steady state."""


@dataclass(frozen=True)
class ReportUnsteady:
    """The service has left its steady state."""


@dataclass(frozen=True)
class ReportStuck:
    """The percentages allow neither a start nor a stop."""


@dataclass(frozen=True)
class Deactivate:
    """A deleted service has no task left."""


Action = (
    StartTasks
    | StopTask
    | ReduceDesired
    | CountFailure
    | CountHealthy
    | ForgetFailures
    | FailDeployment
    | CompleteDeployment
    | RemoveDeployment
    | ReportSteady
    | ReportUnsteady
    | ReportStuck
    | Deactivate
)

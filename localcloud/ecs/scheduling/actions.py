"""The actions that the scheduler may return and the control plane carries out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StartTasks:
    """Start `count` tasks of a deployment."""

    deployment_id: str
    count: int


@dataclass(frozen=True)
class StopTask:
    """Stop a task. `unhealthy`: because its checks fail, for `reason`; this counts as a failure."""

    task_id: str
    deployment_id: str
    reason: str
    unhealthy: bool = False


@dataclass(frozen=True)
class ReduceDesired:
    """Reduce an old deployment to `desired_count` tasks."""

    deployment_id: str
    desired_count: int


@dataclass(frozen=True)
class CountFailure:
    """Count a task that ended badly, once."""

    task_id: str
    deployment_id: str
    never_ran: bool


@dataclass(frozen=True)
class CountHealthy:
    """Count a task that became healthy for the first time."""

    task_id: str
    deployment_id: str


@dataclass(frozen=True)
class ForgetFailures:
    """Forget earlier failures of a deployment that is entirely healthy."""

    deployment_id: str


@dataclass(frozen=True)
class FailDeployment:
    """The circuit breaker tripped. `rolls_back`: whether to restore the last completed deployment."""

    deployment_id: str
    rolls_back: bool


@dataclass(frozen=True)
class CompleteDeployment:
    """Complete a deployment that has all its tasks, with none of the others left."""

    deployment_id: str


@dataclass(frozen=True)
class RemoveDeployment:
    """Remove an old deployment that has no task left."""

    deployment_id: str


@dataclass(frozen=True)
class ReportSteady:
    """The service has newly reached a steady state."""


@dataclass(frozen=True)
class ReportUnsteady:
    """The service is no longer in a steady state."""


@dataclass(frozen=True)
class ReportStuck:
    """The percentages allow neither a start nor a stop."""


@dataclass(frozen=True)
class Deactivate:
    """A deleted service has no task left and becomes INACTIVE."""


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

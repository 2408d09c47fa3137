"""The records of ECS: clusters, task definitions, tasks.

Plain data that `store.py` writes to disk. `wire` fields hold the API's own JSON as the client sent it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.ecs.model.states import (
    TASK_MOVES,
    DesiredStatus,
    HealthStatus,
    StopCode,
    TaskStatus,
)

Wire = dict[str, Any]

DELETED = "DELETED"
"""Status of a task definition that requests no longer find. Its number stays taken, and old tasks still refer to it."""


@dataclass(kw_only=True)
class Cluster:
    """An ECS cluster; `wire` keeps settings and configuration."""

    arn: str
    name: str
    status: str = "ACTIVE"
    wire: Wire = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class TaskDefinition:
    """One revision of a family. `wire` is the registered input with AWS's defaults filled in."""

    arn: str
    family: str
    revision: int
    wire: Wire
    registered_at: datetime
    deregistered_at: datetime | None = None
    status: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`family:revision`."""
        return f"{self.family}:{self.revision}"


@dataclass(kw_only=True)
class Container:
    """One container of a task, which is one process."""

    name: str
    image: str
    runtime_id: str
    essential: bool = True
    image_digest: str = ""
    """Known once the image was pulled, or earlier when the service's revision has recorded it."""
    last_status: TaskStatus = TaskStatus.PENDING
    exit_code: int | None = None
    reason: str = ""
    health: HealthStatus = HealthStatus.UNKNOWN
    has_health_check: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    restarts: int = 0


@dataclass(frozen=True, kw_only=True)
class Session:
    """The connection details that ExecuteCommand gives its client."""

    id: str
    stream_url: str
    token: str


@dataclass(kw_only=True)
class Task:
    """One task. `service_name` and `deployment_id` are empty for tasks of RunTask."""

    arn: str
    cluster_arn: str
    task_definition: str
    launch: Wire
    group: str
    started_by: str
    created_at: datetime
    service_name: str = ""
    deployment_id: str = ""
    last_status: TaskStatus = TaskStatus.PROVISIONING
    desired_status: DesiredStatus = DesiredStatus.RUNNING
    containers: list[Container] = field(default_factory=list)
    overrides: Wire = field(default_factory=dict)
    address: str = ""
    subnet: str = ""
    availability_zone: str = ""
    """The zone of the subnet, once it is known."""
    stop_code: StopCode | None = None
    stopped_reason: str = ""
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    begun: float | None = None
    """Clock time at which it was created; None in a later run of the local cloud."""
    running_since: float | None = None
    """Clock time at which it reached RUNNING; None before, and in a later run of the local cloud."""
    ever_running: bool = False
    ever_healthy: bool = False
    stopped_unhealthy: bool = False
    """True when the scheduler stopped it because its checks failed."""
    accounted: bool = False
    """True once the scheduler has counted how it ended."""
    exec_enabled: bool = False
    capacity_provider: str = ""
    """Empty when the task was started by launch type."""
    protected_until: datetime | None = None
    """Scale-in and deployments do not stop the task before then."""
    version: int = 1
    """Increases with each change that DescribeTasks shows."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the 32 hex digits at the end of the ARN."""
        return self.arn.rsplit("/", 1)[1]

    @property
    def interface_id(self) -> str:
        return f"eni-{self.id[:17]}"

    @property
    def health(self) -> HealthStatus:
        """Return the worst health among the essential containers (aws-facts 1.6)."""
        healths = {container.health for container in self.containers if container.essential}
        if HealthStatus.UNHEALTHY in healths:
            return HealthStatus.UNHEALTHY
        return HealthStatus.HEALTHY if healths == {HealthStatus.HEALTHY} else HealthStatus.UNKNOWN

    def move(self, status: TaskStatus) -> None:
        """Change `last_status`. Errors: ValueError when the transition is not allowed."""
        if status not in TASK_MOVES[self.last_status]:
            raise ValueError(f"task {self.id}: {self.last_status} -> {status} is not a valid transition of a task")
        self.last_status = status
        self.version += 1

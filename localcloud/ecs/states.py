"""The closed lists of states in ECS and the moves between them that are allowed (facts 1.2, 1.5)."""

from enum import StrEnum


class TaskStatus(StrEnum):
    """`lastStatus` of a task, in the order of its life."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


_LIFE = list(TaskStatus)

# A task may skip states (a failed pull goes PENDING -> DEPROVISIONING), but never goes back.
TASK_MOVES: dict[TaskStatus, frozenset[TaskStatus]] = {
    status: frozenset(_LIFE[index + 1 :]) for index, status in enumerate(_LIFE)
}

PENDING_STATUSES = frozenset({TaskStatus.PROVISIONING, TaskStatus.PENDING, TaskStatus.ACTIVATING})


class DesiredStatus(StrEnum):
    """What the scheduler or the user wants of a task."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class StopCode(StrEnum):
    """Why a task stopped."""

    TASK_FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_CONTAINER_EXITED = "EssentialContainerExited"
    USER_INITIATED = "UserInitiated"
    SERVICE_SCHEDULER_INITIATED = "ServiceSchedulerInitiated"
    TERMINATION_NOTICE = "TerminationNotice"


class HealthStatus(StrEnum):
    """Health by the container health check."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class ServiceStatus(StrEnum):
    """Life of a service."""

    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"


class DeploymentStatus(StrEnum):
    """PRIMARY is the newest; ACTIVE ones are being replaced and still have tasks."""

    PRIMARY = "PRIMARY"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class RolloutState(StrEnum):
    """How far a deployment is."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


# COMPLETED -> IN_PROGRESS is a rollback: the last completed deployment is promoted again.
ROLLOUT_MOVES: dict[RolloutState, frozenset[RolloutState]] = {
    RolloutState.IN_PROGRESS: frozenset({RolloutState.COMPLETED, RolloutState.FAILED}),
    RolloutState.COMPLETED: frozenset({RolloutState.IN_PROGRESS}),
    RolloutState.FAILED: frozenset(),
}

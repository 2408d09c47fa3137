"""The states in ECS and the allowed transitions between them (aws-facts 1.2, 1.5)."""

from enum import StrEnum


class TaskStatus(StrEnum):
    """`lastStatus` of a task, in the order of its life cycle."""

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
LIVE_STATUSES = PENDING_STATUSES | {TaskStatus.RUNNING}
"""A task in one of these statuses that is not to stop is running or will run: it counts against the ceiling."""


class DesiredStatus(StrEnum):
    """The status that the scheduler or the user requests for a task."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class StopCode(StrEnum):
    """The reason code of a stopped task."""

    TASK_FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_CONTAINER_EXITED = "EssentialContainerExited"
    USER_INITIATED = "UserInitiated"
    SERVICE_SCHEDULER_INITIATED = "ServiceSchedulerInitiated"
    TERMINATION_NOTICE = "TerminationNotice"


class HealthStatus(StrEnum):
    """Health according to the container health check."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class ServiceAction(StrEnum):
    """Events of the service scheduler other than deployments (aws-facts 1.2), by EventBridge's names."""

    STEADY_STATE = "SERVICE_STEADY_STATE"
    TASK_START_IMPAIRED = "SERVICE_TASK_START_IMPAIRED"
    TASK_PLACEMENT_FAILURE = "SERVICE_TASK_PLACEMENT_FAILURE"


class ServiceStatus(StrEnum):
    """Life cycle of a service."""

    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"


class DeploymentStatus(StrEnum):
    """PRIMARY is the newest deployment; ACTIVE ones are being replaced and still have tasks."""

    PRIMARY = "PRIMARY"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class RolloutState(StrEnum):
    """Progress of a deployment."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


# COMPLETED -> IN_PROGRESS is a rollback: the last completed deployment is promoted again.
ROLLOUT_MOVES: dict[RolloutState, frozenset[RolloutState]] = {
    RolloutState.IN_PROGRESS: frozenset({RolloutState.COMPLETED, RolloutState.FAILED}),
    RolloutState.COMPLETED: frozenset({RolloutState.IN_PROGRESS}),
    RolloutState.FAILED: frozenset(),
}


class Strategy(StrEnum):
    """`deploymentConfiguration.strategy`."""

    ROLLING = "ROLLING"
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"


class LifecycleStage(StrEnum):
    """Stages of a deployment that shifts traffic, in order (aws-facts 1.9)."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"


class ServiceDeploymentStatus(StrEnum):
    """Progress of a service deployment, including its rollback."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


class MonitorStatus(StrEnum):
    """Status of a service deployment's circuit breaker or alarms."""

    TRIGGERED = "TRIGGERED"
    MONITORING = "MONITORING"
    MONITORING_COMPLETE = "MONITORING_COMPLETE"
    DISABLED = "DISABLED"


class HookStatus(StrEnum):
    """Status of one lifecycle hook in one stage."""

    AWAITING_ACTION = "AWAITING_ACTION"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"

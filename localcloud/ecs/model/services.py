"""The records of ECS services: deployments, revisions, hooks and events."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from localcloud.ecs.model.states import (
    ROLLOUT_MOVES,
    DeploymentStatus,
    HookStatus,
    LifecycleStage,
    MonitorStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
    Strategy,
)
from localcloud.ecs.model.tasks import Wire

MAX_EVENTS = 100
SAME_EVENT_AGAIN_S = 6 * 3600.0


@dataclass(kw_only=True)
class Deployment:
    """One deployment of a service: a task definition with the launch settings it was started with."""

    id: str
    task_definition: str
    launch: Wire
    desired_count: int
    created_at: datetime
    updated_at: datetime
    status: DeploymentStatus = DeploymentStatus.PRIMARY
    rollout_state: RolloutState = RolloutState.IN_PROGRESS
    rollout_reason: str = ""
    failed_tasks: int = 0
    """Failures that the circuit breaker counts; a healthy task resets the count."""
    failures_in_a_row: int = 0
    """Failures since all of its tasks were healthy, whatever the breaker counts. An old revision gives way by them."""
    start_failures: int = 0
    """Consecutive tasks that never reached RUNNING: they slow further starts down."""
    was_completed: bool = False
    scaled_up: bool = False
    """True once tasks were desired for it. A deployment that is superseded earlier gets neither traffic nor tasks."""
    revision_arn: str = ""
    alternate: bool = False
    """True when its tasks are in the alternate target groups (`advancedConfiguration`)."""

    def task_launch(self) -> Wire:
        """Return the launch settings of its tasks, with the target groups that this deployment uses."""
        balancers = [
            {**balancer, "targetGroupArn": balancer["advancedConfiguration"]["alternateTargetGroupArn"]}
            if self.alternate and "advancedConfiguration" in balancer
            else balancer
            for balancer in self.launch.get("loadBalancers", [])
        ]
        return {**self.launch, "loadBalancers": balancers}

    def move(self, state: RolloutState, reason: str, now: datetime) -> None:
        """Change the rollout state. Errors: ValueError when the transition is not allowed."""
        if state not in ROLLOUT_MOVES[self.rollout_state]:
            raise ValueError(f"{self.id}: {self.rollout_state} -> {state} is not a valid transition of a deployment")
        self.rollout_state = state
        self.rollout_reason = reason
        self.updated_at = now
        if state is RolloutState.COMPLETED:
            self.was_completed = True


@dataclass(kw_only=True)
class ServiceRevision:
    """The settings that a deployment was started with; kept after the deployment has gone."""

    arn: str
    task_definition: str
    launch: Wire
    created_at: datetime
    image_digests: dict[str, str] = field(default_factory=dict)
    """By container: the image of the first task; later ones use it even if the tag has moved (aws-facts 1.1)."""


@dataclass(kw_only=True)
class HookRun:
    """One lifecycle hook in one stage of one service deployment."""

    id: str
    stage: LifecycleStage
    wire: Wire
    status: HookStatus | None = None
    expires_at: datetime | None = None
    expires_clock: float | None = None


@dataclass(kw_only=True)
class ServiceDeployment:
    """A deployment as ListServiceDeployments shows it, with the progress of its traffic shift."""

    arn: str
    deployment_id: str
    target_revision: str
    source_revision: str
    configuration: Wire
    created_at: datetime
    updated_at: datetime
    strategy: Strategy = Strategy.ROLLING
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    status: ServiceDeploymentStatus = ServiceDeploymentStatus.IN_PROGRESS
    status_reason: str = ""
    stage: LifecycleStage | None = None
    stage_since: float = 0.0
    hooks: list[HookRun] = field(default_factory=list)
    production_percent: float = 0.0
    test_percent: float = 0.0
    shifted_at: float = 0.0
    shifting: bool = False
    fault: str = ""
    """The reason to roll it back."""
    rollback_reason: str = ""
    rollback_started_at: datetime | None = None
    failure_count: int = 0
    alarms: MonitorStatus | None = None
    """None until their initial states are known: one that is already in ALARM disables them all."""
    triggered_alarms: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Return whether the deployment is still in progress."""
        return self.finished_at is None and self.stopped_at is None

    @property
    def has_traffic(self) -> bool:
        """Return whether its target groups may get requests: while a shift is in progress, that is not known."""
        return self.shifting or self.production_percent > 0 or self.test_percent > 0


@dataclass(kw_only=True)
class Event:
    """A service event, as DescribeServices shows it."""

    id: str
    created_at: datetime
    message: str


@dataclass(kw_only=True)
class Service:
    """A service. `wire` keeps the settings given by Create/UpdateService under their API names."""

    arn: str
    name: str
    cluster_arn: str
    desired_count: int
    wire: Wire
    created_at: datetime
    status: ServiceStatus = ServiceStatus.ACTIVE
    deployments: list[Deployment] = field(default_factory=list)
    """Newest first; the first is PRIMARY while the service is ACTIVE."""
    events: list[Event] = field(default_factory=list)
    """Newest first."""
    last_completed: Deployment | None = None
    """The target of a rollback; kept even when its last task has gone."""
    revisions: list[ServiceRevision] = field(default_factory=list)
    service_deployments: list[ServiceDeployment] = field(default_factory=list)
    """Newest first."""
    steady_reported: bool = False
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def primary(self) -> Deployment | None:
        """Return the deployment that the service is meant to run."""
        return next((d for d in self.deployments if d.status is DeploymentStatus.PRIMARY), None)

    @property
    def strategy(self) -> Strategy:
        """Return the strategy of the next deployment."""
        return Strategy(self.wire.get("deploymentConfiguration", {}).get("strategy", "ROLLING"))

    @property
    def strategy_in_effect(self) -> Strategy:
        """Return the strategy of the deployment in progress, or else that of the next one."""
        current = self.current
        return self.strategy if current is None else current.strategy

    @property
    def current(self) -> ServiceDeployment | None:
        """Return the newest service deployment while it is in progress."""
        newest = self.service_deployments[0] if self.service_deployments else None
        return newest if newest is not None and newest.open else None

    @property
    def in_lifecycle(self) -> bool:
        """Return whether a deployment that shifts traffic is going through its stages (and is not rolling back)."""
        current = self.current
        return (
            current is not None
            and current.strategy is not Strategy.ROLLING
            and current.status is ServiceDeploymentStatus.IN_PROGRESS
        )

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return a revision, or None when it is no longer remembered."""
        return next((revision for revision in self.revisions if revision.arn == arn), None)

    def deployment(self, deployment_id: str) -> Deployment:
        """Return a deployment. Errors: KeyError when it does not exist."""
        for deployment in self.deployments:
            if deployment.id == deployment_id:
                return deployment
        raise KeyError(deployment_id)

    def add_event(self, message: str, now: datetime) -> None:
        """Insert an event first, and drop the oldest ones beyond 100."""
        self.events.insert(0, Event(id=str(uuid.uuid4()), created_at=now, message=message))
        del self.events[MAX_EVENTS:]

    def add_event_once(self, message: str, now: datetime) -> bool:
        """Add an event unless the same message came within six hours (aws-facts 1.3); return whether it was added."""
        recent = (event for event in self.events if (now - event.created_at).total_seconds() < SAME_EVENT_AGAIN_S)
        if any(event.message == message for event in recent):
            return False
        self.add_event(message, now)
        return True


def new_deployment_id() -> str:
    """Return `ecs-svc/` and 19 digits."""
    return f"ecs-svc/{random.randrange(10**18, 10**19)}"  # noqa: S311 - a name, not a secret

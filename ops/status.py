"""`spendsense status`: what is running, and whether it is steady and healthy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.aws.deployment_alarms import missing_of, red_of, states_of, watching
from ops.aws.service import (
    Deployment,
    RolloutState,
    Service,
    Target,
    TargetState,
    describe_service,
    describe_targets,
    url_of,
)
from ops.aws.service_deployment import ServiceDeployment, newest_service_deployment
from ops.console import Console, command_name
from ops.environment import EnvironmentName, LocalEndpoint
from ops.guide import command_for, registry_host
from ops.local_health import Health, look
from ops.parameters import deployed, recovery_journal
from ops.rollout.deployment_state import (
    RollbackInProgress,
    after_failure,
    decision,
    failure_of,
    meanwhile,
    rollback_of,
    waits_for_decision,
)
from ops.rollout.doubts import NO_STATES, readable
from ops.rollout.verdict import all_healthy

SHOWN_EVENTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of an environment. The JSON form is a contract for scripts."""

    environment: str
    endpoint: str | None
    region: str
    url: str | None
    cluster: str
    service: Service
    image: str
    targets: Sequence[Target]
    faults: int | None = 0  # active ones; None when not known
    iam: str | None = None  # what the local cloud does with IAM's decisions; None on AWS, which enforces them
    memory_limits: str | None = None  # how the tasks' memory is limited; None on AWS
    container_engine: str | None = None  # what runs pushed images; None on AWS
    recovering_since: str | None = None  # start of a recovery that was interrupted or runs elsewhere
    alarms: Mapping[str, str | None] = field(
        default_factory=dict
    )  # alarm of its deployments -> state, None when missing
    alarms_unknown: tuple[str, ...] = ()  # why they could not be read
    failed_parts: tuple[str, ...] = ()  # of the local cloud, with what each reports
    set_aside: tuple[str, ...] = ()  # stored state that the local cloud could not read
    rollback: RollbackInProgress | None = None  # the rollback that ECS is carrying out
    paused: str = ""  # a deployment that waits for a decision, in words

    @property
    def is_good(self) -> bool:
        return not self.reasons

    @property
    def reasons(self) -> list[str]:
        """The reasons why it is not healthy; empty when it is."""
        reasons = [*self.troubles, *unsteady(self.service, self.rollback)]
        if self.paused:
            reasons.append(self.paused)
        if not reasons and self.service.desired == 0:
            reasons.append("no tasks are desired, so nothing serves")
        elif not reasons and not all_healthy(self.service, self.targets):
            healthy = sum(target.state is TargetState.HEALTHY for target in self.targets)
            reasons.append(f"{healthy} of {self.service.desired} targets are healthy")
            reasons += [
                f"target {each.id}:{each.port} is {each.state.value}"
                for each in self.targets
                if each.state is not TargetState.HEALTHY and not each.is_leaving
            ]
        return reasons

    @property
    def troubles(self) -> list[str]:
        """Everything wrong besides the service's own tasks."""
        reasons = [
            f"the local cloud's {each} has failed" for each in (part.partition(" ")[0] for part in self.failed_parts)
        ]
        if self.recovering_since is not None:
            reasons.append("a recovery is in progress")
        reasons += [f"alarm {name} is in ALARM" for name in red_of(self.alarms)]
        return reasons

    @property
    def is_rolling_out(self) -> bool:
        """True while a deployment replaces tasks, nothing is wrong with it so far, and enough targets are healthy."""
        states = [target.state for target in self.targets]
        rollout = [each.rollout_state for each in self.service.deployments]
        return (
            not self.troubles
            and self.service.status == "ACTIVE"
            and RolloutState.IN_PROGRESS in rollout
            and RolloutState.FAILED not in rollout
            and not any(each.failed for each in self.service.deployments)
            and TargetState.UNHEALTHY not in states
            and states.count(TargetState.HEALTHY) >= max(1, self.service.desired)
        )

    @property
    def headline(self) -> tuple[str, str]:
        """The verdict in words, and its style."""
        why = "; ".join(self.reasons)
        if self.is_good:
            return "steady and healthy", "bold green"
        return (f"not steady yet: {why}", "bold yellow") if self.is_rolling_out else (f"NOT healthy: {why}", "bold red")

    @property
    def exit_code(self) -> int:
        return 0 if self.is_good else 1

    @property
    def place(self) -> str:
        """The endpoint, with region and cluster."""
        if self.endpoint is None:
            return f"AWS ({self.region}, cluster {self.cluster})"
        registry = f"registry {registry_host(self.endpoint)}"
        return f"{self.endpoint} ({self.region}, cluster {self.cluster}, {registry})"

    def as_json(self) -> dict[str, object]:
        service = self.service
        return {
            "env": self.environment,
            "endpoint": self.endpoint,
            "registry": registry_host(self.endpoint) if self.endpoint else None,
            "region": self.region,
            "url": self.url,
            "cluster": self.cluster,
            "recovering_since": self.recovering_since,
            "services": [
                {
                    "name": service.name,
                    "status": service.status,
                    "desired": service.desired,
                    "running": service.running,
                    "pending": service.pending,
                    "revision": service.revision,
                    "image": self.image,
                    "deployments": [deployment_json(each) for each in service.deployments],
                }
            ],
            "targets": [
                {"id": target.id, "port": target.port, "state": target.state.value, "reason": target.reason}
                for target in self.targets
            ],
            "alarms": dict(self.alarms),
            "rolling_back": self.rollback.as_json() if self.rollback else None,
            "paused": bool(self.paused),
            "healthy": self.is_good,
            "reasons": self.reasons,
            "local_cloud": {
                "failed": list(self.failed_parts),
                "set_aside": list(self.set_aside),
                "iam": self.iam,
                "container_engine": self.container_engine,
            },
        }

    def show(self, console: Console) -> None:
        service = self.service
        verdict, style = self.headline
        console.result(f"{service.name} in {self.environment}: {verdict}", style=style)
        console.result(f"  url       {self.url or 'none'}")
        console.result(f"  endpoint  {self.place}")
        console.result(f"  image     {self.image}")
        for name, found in (("iam", self.iam), ("memory", self.memory_limits), ("engine", self.container_engine)):
            if found is not None:
                console.result(f"  {name:<9} {found}")
        for part in self.failed_parts:
            console.result(f"  failed    {part}", style="bold red")
        for kept in self.set_aside:
            console.result(f"  set aside {kept}", style="bold yellow")
        for name in red_of(self.alarms):
            console.result(f"  alarm     {name} is in ALARM", style="bold red")
        for name in missing_of(self.alarms):
            console.result(
                f"  alarm     {name} does not exist, although deployments should watch it", style="bold yellow"
            )
        for line in () if self.alarms else self.alarms_unknown or ("none watches this service's deployments",):
            console.result(f"  alarm     {line}", style="yellow")
        if self.recovering_since is not None:
            console.result(
                f"  recovery  in progress since {self.recovering_since}: resume it with "
                f"`{command_for(EnvironmentName(self.environment), 'recover')}`",
                style="bold red",
            )
        name = EnvironmentName(self.environment)
        if self.rollback is not None:
            console.result(f"  rollback  {meanwhile(name)}", style="bold yellow")
        elif self.paused:
            console.result(f"  paused    {decision(name)}", style="bold yellow")
        elif failure_of(service):
            console.result(f"  failed    {after_failure(name)}", style="bold red")
        if self.faults != 0:
            known = "not known" if self.faults is None else f"{self.faults} active"
            console.result(f"  faults    {known}: see `{command_name()} faults list`", style="bold yellow")
        self.show_parts(console)

    def show_parts(self, console: Console) -> None:
        """Print the deployments, the targets and the last events."""
        service = self.service
        console.result()
        console.table(
            ["deployment", "revision", "state", "running", "pending", "failed"],
            [
                [
                    f"{each.status.lower()} {each.id}",
                    str(each.revision),
                    each.rollout_state.value.lower(),
                    f"{each.running} of {each.desired}",
                    str(each.pending),
                    str(each.failed),
                ]
                for each in service.deployments
            ],
        )
        console.result()
        console.table(
            ["target", "state", "reason"],
            [[f"{each.id}:{each.port}", each.state.value, each.reason or ""] for each in self.targets],
        )
        if service.events:
            console.result()
            console.result("Last events:")
            for event in service.events[-SHOWN_EVENTS:]:
                console.result(f"  {event.at.astimezone():%H:%M:%S} {event.message}")


def unsteady(service: Service, back: RollbackInProgress | None) -> list[str]:
    """Return what a service waits for; empty when it is steady. back: the rollback that ECS is carrying out."""
    if service.is_steady:
        return []
    if service.status != "ACTIVE":
        return [f"service {service.name} is {service.status}"]
    reasons = [
        f"the deployment of revision {each.revision} is in progress"
        for each in service.deployments
        if each.rollout_state is RolloutState.IN_PROGRESS
    ]
    if failed := failure_of(service):
        reasons.insert(0, failed)
    if back is not None:
        reasons = [str(back)]
    if service.running != service.desired or service.pending:
        pending = f", {service.pending} pending" if service.pending else ""
        reasons.append(f"{service.running} of {service.desired} desired tasks are running{pending}")
    return reasons or ["the tasks of an earlier deployment are still running"]


def deployment_json(deployment: Deployment) -> dict[str, object]:
    return {
        "id": deployment.id,
        "status": deployment.status,
        "rollout_state": deployment.rollout_state.value,
        "reason": deployment.reason,
        "revision": deployment.revision,
        "desired": deployment.desired,
        "running": deployment.running,
        "pending": deployment.pending,
        "failed": deployment.failed,
    }


def run(aws: Aws, console: Console) -> Status:
    """Read the environment's state; complete a pending record of what serves. Errors: NotFound without a service."""
    where = aws.environment
    service = describe_service(aws)
    deployed.settle(aws, service, console.say)
    definition = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    names = watching(service.deployment_configuration)
    health = look(where.local.endpoint) if where.local else None
    alarms, unknown = readable(lambda: states_of(aws, names), NO_STATES, "the alarms' states")
    none: ServiceDeployment | None = None
    newest, _ = readable(lambda: none if service.is_steady else newest_service_deployment(aws), none, "the newest one")
    back, _ = readable(lambda: rollback_of(aws, service, newest), None, "its revision")
    return Status(
        environment=where.name.value,
        endpoint=where.endpoint,
        region=where.region,
        url=url_of(aws),
        cluster=where.cluster,
        service=service,
        image=task_definition.container_of(definition, where.container)["image"],
        targets=describe_targets(aws, service.target_groups),
        faults=active_faults(health, where.local),
        iam=where.local.iam if where.local else None,
        memory_limits=health.memory_limits if health else None,
        container_engine=health.container_engine if health else None,
        recovering_since=recovery_journal.in_progress_since(aws),
        alarms=alarms,
        alarms_unknown=unknown,
        failed_parts=failures(health) if health else (),
        set_aside=tuple(health.set_aside) if health else (),
        rollback=back,
        paused=waits_for_decision(newest),
    )


def failures(health: Health) -> tuple[str, ...]:
    """Return the failed parts of the local cloud; a missing response counts as one."""
    return tuple(health.failed) if health.has_answered else ("health (it does not respond)",)


def active_faults(health: Health | None, local: LocalEndpoint | None) -> int | None:
    """Count the active faults of a local cloud that accepts faults; None when that is not known."""
    return health.active_faults if health is not None and local is not None and local.faults else 0

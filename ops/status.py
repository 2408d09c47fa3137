"""`spendsense status`: what runs, and whether it is steady and healthy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops import deployed, task_definition
from ops.aws import Aws
from ops.console import Console
from ops.deployment_alarms import missing_of, red_of, states_of, watching
from ops.doubts import NO_STATES, readable
from ops.environment import active_faults, memory_limits
from ops.recovery import journal
from ops.rollout import all_healthy
from ops.service import Deployment, Service, Target, describe_service, describe_targets, url_of

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
    faults: int | None = 0  # active ones, None when that is not known
    memory_limits: str | None = None  # who holds the tasks to their memory, None on AWS
    recovering_since: str | None = None  # a recovery was cut short, or goes on elsewhere
    alarms: Mapping[str, str | None] = field(default_factory=dict)  # of its deployments -> state, None when missing
    alarms_unknown: tuple[str, ...] = ()  # why they could not be read

    @property
    def is_good(self) -> bool:
        is_held = self.recovering_since is not None or bool(red_of(self.alarms))
        return not is_held and self.service.is_steady and all_healthy(self.service, self.targets)

    @property
    def exit_code(self) -> int:
        return 0 if self.is_good else 1

    def as_json(self) -> dict[str, object]:
        service = self.service
        return {
            "env": self.environment,
            "endpoint": self.endpoint,
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
        }

    def show(self, console: Console) -> None:
        service = self.service
        verdict = "steady and healthy" if self.is_good else "NOT steady and healthy"
        console.result(
            f"{service.name} in {self.environment}: {verdict}", style="bold green" if self.is_good else "bold red"
        )
        console.result(f"  url       {self.url or 'none'}")
        console.result(f"  endpoint  {self.endpoint or 'AWS'} ({self.region}, cluster {self.cluster})")
        console.result(f"  image     {self.image}")
        if self.memory_limits is not None:
            console.result(f"  memory    {self.memory_limits}")
        for name in red_of(self.alarms):
            console.result(f"  alarm     {name} is red", style="bold red")
        for name in missing_of(self.alarms):
            console.result(f"  alarm     {name} is missing: nothing watches what it should", style="bold yellow")
        for line in () if self.alarms else self.alarms_unknown or ("none watches this service's deployments",):
            console.result(f"  alarm     {line}", style="yellow")
        if self.recovering_since is not None:
            console.result(
                f"  recovery  under way since {self.recovering_since}: `spendsense recover`", style="bold red"
            )
        if self.faults != 0:
            known = "not known" if self.faults is None else f"{self.faults} active"
            console.result(f"  faults    {known}: see `spendsense faults list`", style="bold yellow")
        console.result()
        console.table(
            ["deployment", "revision", "state", "running", "pending", "failed"],
            [
                [
                    f"{each.status.lower()} {each.id}",
                    str(each.revision),
                    each.rollout_state.value.lower(),
                    f"{each.running}/{each.desired}",
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
    """Read the environment's state, and note what serves where that is due. Errors: NotFound without a service."""
    where = aws.environment
    service = describe_service(aws)
    deployed.settle(aws, service, console.say)
    definition = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    names = watching(service.deployment_configuration)
    alarms, unknown = readable(lambda: states_of(aws, names), NO_STATES, "the alarms' states")
    return Status(
        environment=where.name.value,
        endpoint=where.endpoint,
        region=where.region,
        url=url_of(aws),
        cluster=where.cluster,
        service=service,
        image=task_definition.container_of(definition, where.container)["image"],
        targets=describe_targets(aws, service.target_groups),
        faults=active_faults(where.local) if where.local else 0,
        memory_limits=memory_limits(where.local) if where.local else None,
        recovering_since=journal.under_way_since(aws),
        alarms=alarms,
        alarms_unknown=unknown,
    )

"""AWS/ECS and ECS/ContainerInsights: resource use and task counts of services -> data. Pure.

Each running task contributes one value, as with Fargate: the number of samples is the number of tasks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.cloudwatch.metrics.store import Datum, Metric
from localcloud.cloudwatch.metrics.values import Values

ECS = "AWS/ECS"
INSIGHTS = "ECS/ContainerInsights"
UNITS_OF_A_CORE = 1024


@dataclass(frozen=True, kw_only=True)
class TaskUse:
    """A running task. `service`: empty for RunTask. CPU in 1/1024 of a core; `cpu_used`: None while unknown."""

    cluster: str
    service: str
    cpu_reserved: float
    memory_reserved_mib: float
    cpu_used: float | None
    memory_used_mib: float


@dataclass(frozen=True, kw_only=True)
class ServiceCounts:
    """Numbers of tasks and deployments of a service."""

    cluster: str
    service: str
    running: int
    pending: int
    desired: int
    deployments: int


@dataclass
class CpuClock:
    """Remembers the tasks' CPU seconds at the last measurement, and returns their use since then."""

    _looks: dict[str, tuple[float, float]] = field(default_factory=dict)

    def used(self, seconds: Mapping[str, float], now_s: float) -> dict[str, float]:
        """`seconds`: task -> CPU seconds since its start, at monotonic `now_s`; -> task -> CPU units, no new tasks."""
        looks, self._looks = self._looks, {task: (cpu_s, now_s) for task, cpu_s in seconds.items()}
        return {
            # The counter of a restarted container begins at 0.
            task: max(0.0, cpu_s - looks[task][0]) / (now_s - looks[task][1]) * UNITS_OF_A_CORE
            for task, cpu_s in seconds.items()
            if task in looks and now_s > looks[task][1]
        }


def utilization(uses: Sequence[TaskUse]) -> Iterator[Datum]:
    """Yield AWS/ECS metrics of each service: percentage of what its tasks reserved."""
    for dimensions, tasks in _by_service(uses).items():
        yield from _datum(
            ECS,
            "CPUUtilization",
            dimensions,
            [100 * task.cpu_used / task.cpu_reserved for task in tasks if task.cpu_used is not None],
            "Percent",
        )
        yield from _datum(
            ECS,
            "MemoryUtilization",
            dimensions,
            [100 * task.memory_used_mib / task.memory_reserved_mib for task in tasks],
            "Percent",
        )


def insights(uses: Sequence[TaskUse], counts: Sequence[ServiceCounts], observed: Collection[str]) -> Iterator[Datum]:
    """Yield Container Insights metrics of the clusters in `observed` and of their services."""
    watched = [use for use in uses if use.cluster in observed]
    by_cluster: dict[Dimensions, list[TaskUse]] = {
        (("ClusterName", name),): [use for use in watched if use.cluster == name] for name in observed
    }
    for dimensions, tasks in (_by_service(watched) | by_cluster).items():
        used = [task.cpu_used for task in tasks if task.cpu_used is not None]
        yield from _datum(INSIGHTS, "CpuUtilized", dimensions, used)
        yield from _datum(INSIGHTS, "CpuReserved", dimensions, [task.cpu_reserved for task in tasks])
        memory = [task.memory_used_mib for task in tasks]
        yield from _datum(INSIGHTS, "MemoryUtilized", dimensions, memory, "Megabytes")
        reserved = [task.memory_reserved_mib for task in tasks]
        yield from _datum(INSIGHTS, "MemoryReserved", dimensions, reserved, "Megabytes")
    for service in counts:
        if service.cluster in observed:
            dimensions = _dimensions(service)
            yield from _datum(INSIGHTS, "RunningTaskCount", dimensions, [service.running], "Count")
            yield from _datum(INSIGHTS, "PendingTaskCount", dimensions, [service.pending], "Count")
            yield from _datum(INSIGHTS, "DesiredTaskCount", dimensions, [service.desired], "Count")
            yield from _datum(INSIGHTS, "DeploymentCount", dimensions, [service.deployments], "Count")
    for name in observed:
        cluster = (("ClusterName", name),)
        services = [service for service in counts if service.cluster == name]
        yield from _datum(INSIGHTS, "ServiceCount", cluster, [len(services)], "Count")
        yield from _datum(INSIGHTS, "TaskCount", cluster, [len(by_cluster[cluster])], "Count")


Dimensions = tuple[tuple[str, str], ...]


def _by_service(uses: Sequence[TaskUse]) -> dict[Dimensions, list[TaskUse]]:
    found: dict[Dimensions, list[TaskUse]] = {}
    for use in uses:
        if use.service:
            found.setdefault(_dimensions(use), []).append(use)
    return found


def _dimensions(of: TaskUse | ServiceCounts) -> Dimensions:
    return (("ClusterName", of.cluster), ("ServiceName", of.service))


def _datum(
    namespace: str, name: str, dimensions: Dimensions, values: Sequence[float], unit: str = "None"
) -> Iterator[Datum]:
    """Yield one datum, or none without values."""
    counts: dict[float, float] = {}
    for value in values:
        counts[float(value)] = counts.get(float(value), 0.0) + 1
    if counts:
        yield Datum(Metric(namespace, name, dimensions), Values.of(counts), unit)

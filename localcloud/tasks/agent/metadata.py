"""The task metadata endpoint, version 4, which tells a container about itself and its task (aws-facts 1.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psutil

from localcloud.ecs.model.states import HealthStatus, TaskStatus
from localcloud.ecs.model.tasks import Container, Task
from localcloud.machine.process_trees import Usage, usage
from localcloud.tasks.containers.container import ContainerProcess
from localcloud.tasks.memory.memory_group import MIB, MemoryUse

Document = dict[str, Any]

NANOSECONDS = 1_000_000_000
EPHEMERAL_RESERVED_MIB = 20_496
MINIMUM_CPU_SHARES = 2
"""CPU shares of a container without `cpu`."""


@dataclass(kw_only=True)
class Sample:
    """CPU times at one moment, the base of the next measurement."""

    at: datetime
    usage: Usage
    system_ns: int


@dataclass(kw_only=True)
class Subject:
    """A task that may query the endpoint."""

    task: Task
    definition: Mapping[str, Any]
    processes: Sequence[ContainerProcess]
    last_samples: dict[str, Sample] = field(default_factory=dict)

    def answer(self, container: str, path: str) -> Document | None:
        """Return the document for a path below one container's base URI; None for an unknown path."""
        match path.rstrip("/"):
            case "":
                return self._container(self._index(container))
            case "/task":
                return self._task()
            case "/taskWithTags":
                return self._task() | ({"TaskTags": self.task.tags} if self.task.tags else {})
            case "/stats":
                return self._stats(self._index(container)) or {}
            case "/task/stats":
                return {c.runtime_id: self._stats(index) for index, c in enumerate(self.task.containers)}
        return None

    def _index(self, name: str) -> int:
        return next(index for index, container in enumerate(self.task.containers) if container.name == name)

    def _task(self) -> Document:
        task = self.task
        family, _, revision = task.task_definition.rsplit("/", 1)[1].partition(":")
        limits = {"CPU": int(self.definition.get("cpu", 0)) / 1024, "Memory": int(self.definition.get("memory", 0))}
        return _present(
            {
                "Cluster": task.cluster_arn,
                "TaskARN": task.arn,
                "Family": family,
                "Revision": revision,
                "DesiredStatus": task.desired_status.value,
                "KnownStatus": _known(task.last_status),
                "Limits": {name: value for name, value in limits.items() if value},
                "PullStartedAt": _time(task.pull_started_at),
                "PullStoppedAt": _time(task.pull_stopped_at),
                "ExecutionStoppedAt": _time(task.execution_stopped_at),
                "AvailabilityZone": task.availability_zone,
                "LaunchType": "FARGATE",
                "Containers": [self._container(index) for index in range(len(task.containers))],
                "ClockDrift": {
                    "ClockErrorBound": 0.0,
                    "ReferenceTimestamp": _time(datetime.now(UTC)),
                    "ClockSynchronizationStatus": "SYNCHRONIZED",
                },
                "EphemeralStorageMetrics": {"Utilized": 0, "Reserved": EPHEMERAL_RESERVED_MIB},
            }
        )

    def _container(self, index: int) -> Document:
        task, container = self.task, self.task.containers[index]
        definition = self.processes[index].definition
        family, _, revision = task.task_definition.rsplit("/", 1)[1].partition(":")
        log = definition.get("logConfiguration", {})
        return _present(
            {
                "DockerId": container.runtime_id,
                "Name": container.name,
                "DockerName": container.name,
                "Image": container.image,
                "ImageID": container.image_digest or None,
                "Ports": [
                    {"ContainerPort": port["containerPort"], "Protocol": port["protocol"]}
                    for port in definition.get("portMappings", [])
                ]
                or None,
                "Labels": definition.get("dockerLabels", {})
                | {
                    "com.amazonaws.ecs.cluster": task.cluster_arn,
                    "com.amazonaws.ecs.container-name": container.name,
                    "com.amazonaws.ecs.task-arn": task.arn,
                    "com.amazonaws.ecs.task-definition-family": family,
                    "com.amazonaws.ecs.task-definition-version": revision,
                },
                "DesiredStatus": task.desired_status.value,
                "KnownStatus": _known(container.last_status),
                "ExitCode": container.exit_code,
                "Limits": _present(
                    {
                        "CPU": definition.get("cpu") or MINIMUM_CPU_SHARES,
                        "Memory": definition.get("memory") or definition.get("memoryReservation"),
                    }
                ),
                "CreatedAt": _time(container.started_at),
                "StartedAt": _time(container.started_at),
                "FinishedAt": _time(container.finished_at),
                "Type": "NORMAL",
                "Health": _health(container),
                "LogDriver": log.get("logDriver"),
                "LogOptions": self._log_options(container, log),
                "ContainerARN": task.arn.replace(":task/", ":container/") + "/" + container.name,
                "Networks": [
                    {"NetworkMode": "awsvpc", "IPv4Addresses": [task.address], "AttachmentIndex": 0},
                ],
                "RestartCount": container.restarts if "restartPolicy" in definition else None,
                "Snapshotter": "overlayfs",
            }
        )

    def _log_options(self, container: Container, log: Mapping[str, Any]) -> Document | None:
        options = log.get("options")
        if log.get("logDriver") != "awslogs" or not options:
            return None
        prefix = options.get("awslogs-stream-prefix")
        stream = f"{prefix}/{container.name}/{self.task.id}" if prefix else self.task.id
        return {**options, "awslogs-stream": stream}

    # --- stats, in the container engine's format ---

    def _stats(self, index: int) -> Document | None:
        """Return the stats of a running container, else None. The first sample is compared with its start."""
        container, process = self.task.containers[index], self.processes[index]
        if (pid := process.pid) is None:
            return None
        now = Sample(at=datetime.now(UTC), usage=usage(pid), system_ns=_system_ns())
        nothing = Sample(at=container.started_at or now.at, usage=Usage(), system_ns=0)
        before = self.last_samples.get(container.name, nothing)
        self.last_samples[container.name] = now
        limit_mib = process.definition.get("memory") or int(self.definition.get("memory", 0))
        return {
            "read": _time(now.at),
            "preread": _time(before.at),
            "id": container.runtime_id,
            "name": container.name,
            "num_procs": 0,
            "pids_stats": {"current": now.usage.processes},
            "storage_stats": {},
            "networks": {},
            "blkio_stats": {
                "io_service_bytes_recursive": [
                    {"major": 0, "minor": 0, "op": "Read", "value": now.usage.read_bytes},
                    {"major": 0, "minor": 0, "op": "Write", "value": now.usage.written_bytes},
                ]
            },
            "memory_stats": _memory(process.memory_use(), now, before) | {"limit": limit_mib * MIB},
            "cpu_stats": _cpu(now),
            "precpu_stats": _cpu(before),
        }


def _memory(charged: MemoryUse | None, now: Sample, before: Sample) -> Document:
    """Return the memory that the kernel charges if it does, else the measured memory."""
    used, peak = now.usage.memory_bytes, max(now.usage.memory_bytes, before.usage.memory_bytes)
    if charged is None:
        return {"usage": used, "max_usage": peak, "stats": {"rss": used, "cache": 0}}
    return {
        "usage": charged.used_bytes,
        "max_usage": max(peak, charged.used_bytes) if charged.peak_bytes is None else charged.peak_bytes,
        "stats": {"rss": charged.anonymous_bytes, "cache": charged.cached_bytes},
    }


def _cpu(sample: Sample) -> Document:
    user, system = round(sample.usage.cpu_user_s * NANOSECONDS), round(sample.usage.cpu_system_s * NANOSECONDS)
    return {
        "cpu_usage": {
            "total_usage": user + system,
            "usage_in_usermode": user,
            "usage_in_kernelmode": system,
        },
        "system_cpu_usage": sample.system_ns,
        "online_cpus": psutil.cpu_count(),
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
    }


def _system_ns() -> int:
    """Return the CPU time of the whole machine, including idle time."""
    return round(sum(psutil.cpu_times()[:8]) * NANOSECONDS)


def _health(container: Container) -> Document | None:
    if not container.has_health_check or container.health is HealthStatus.UNKNOWN:
        return None
    return {"status": container.health.value}


def _known(status: TaskStatus) -> str:
    """Map a status to the endpoint's smaller set of states."""
    if status in (TaskStatus.PROVISIONING, TaskStatus.PENDING):
        return "PENDING"
    if status in (TaskStatus.DEPROVISIONING, TaskStatus.STOPPED):
        return "STOPPED"
    return "RUNNING"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _present(document: Document) -> Document:
    return {key: value for key, value in document.items() if value is not None}

"""A record of the API's responses during a period of time."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.conformance.cloud import Wire
from tests.conformance.stage import Stage

LIFE = (
    "createdAt",
    "pullStartedAt",
    "pullStoppedAt",
    "startedAt",
    "stoppingAt",
    "executionStoppedAt",
    "stoppedAt",
)
"""The timestamps of a task's life, in their order."""


@dataclass
class Record:
    """Everything that DescribeServices and DescribeServiceDeployments returned during the recording."""

    services: list[Wire] = field(default_factory=list)
    deployments: list[Wire] = field(default_factory=list)
    tasks: dict[str, Wire] = field(default_factory=dict)
    """ARN -> the last description of the task."""
    statuses: dict[str, list[str]] = field(default_factory=dict)
    """Task ARN -> successive values of lastStatus."""

    def of_primary(self, key: str) -> list[Any]:
        """Return a field of the PRIMARY deployment, without repetitions."""
        values = [next((d[key] for d in s["deployments"] if d["status"] == "PRIMARY"), None) for s in self.services]
        return [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]]

    def stages(self) -> list[str]:
        """Return the lifecycle stages in order, without repetitions."""
        found = [deployment["lifecycleStage"] for deployment in self.deployments if "lifecycleStage" in deployment]
        return list(dict.fromkeys(found))

    def weights(self) -> list[float]:
        """Return the production weights of the target revision, without repetitions."""
        found = [d["targetServiceRevision"]["requestedProductionTrafficWeight"] for d in self.deployments]
        return list(dict.fromkeys(found))


def watch(
    stage: Stage,
    service: str,
    over: Callable[[], object],
    *,
    look: Callable[[], None] | None = None,
    aws_s: float = 1800,
) -> Record:
    """Record until `over` returns a true value. Its docstring says what is awaited; each poll also calls `look`."""
    record = Record()

    def ask() -> bool:
        done = bool(over())
        record.services.append(stage.describe(service))
        with contextlib.suppress(ClientError):
            record.deployments.append(stage.newest(service))
        for task in [*stage.tasks_of(service), *stage.tasks_of(service, "STOPPED")]:
            record.tasks[task["taskArn"]] = task
            seen = record.statuses.setdefault(task["taskArn"], [])
            if seen[-1:] != [task["lastStatus"]]:
                seen.append(task["lastStatus"])
        if look is not None:
            look()
        return done

    stage.cloud.until(ask, f"{service}: {over.__doc__ or 'its end'}", aws_s)
    return record

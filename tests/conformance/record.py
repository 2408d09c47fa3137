"""A record of what the API said while something went on."""

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
"""When a task came to each part of its life, in the order of these."""


@dataclass
class Record:
    """Everything that DescribeServices and DescribeServiceDeployments said while something went on."""

    services: list[Wire] = field(default_factory=list)
    deployments: list[Wire] = field(default_factory=list)
    tasks: dict[str, Wire] = field(default_factory=dict)
    """ARN -> the task as it was last seen."""
    statuses: dict[str, list[str]] = field(default_factory=dict)
    """Task ARN -> lastStatus as it changed."""

    def of_primary(self, key: str) -> list[Any]:
        """A field of the PRIMARY deployment, without repetitions."""
        values = [next((d[key] for d in s["deployments"] if d["status"] == "PRIMARY"), None) for s in self.services]
        return [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]]

    def stages(self) -> list[str]:
        """Lifecycle stages in order, without repetitions."""
        found = [deployment["lifecycleStage"] for deployment in self.deployments if "lifecycleStage" in deployment]
        return list(dict.fromkeys(found))

    def weights(self) -> list[float]:
        """Production weights of the target revision, without repetitions."""
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
    """Record until `over`; `look` is called with each question."""
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

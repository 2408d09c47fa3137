"""One deployment as ECS remembers it: how far it is, how its traffic is split, how it ended and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ops.aws import Aws
from ops.environment import Environment

NEWEST = 10


class Status(StrEnum):
    """ECS `serviceDeployments[].status`."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeployment:
    """`stage` is empty, and the percents mean nothing, in a rolling deployment."""

    arn: str
    status: Status
    reason: str
    stage: str = ""
    production_percent: float = 0.0
    test_percent: float = 0.0

    @property
    def shifts_traffic(self) -> bool:
        return bool(self.stage)

    @property
    def line(self) -> str:
        """`PRODUCTION_TRAFFIC_SHIFT: the new revision has 25 % of the traffic`."""
        going_back = f"{self.status.value}, " if self.status.value.startswith("ROLLBACK") else ""
        tested = f" (test traffic: {self.test_percent:g} %)" if self.test_percent else ""
        return f"{going_back}{self.stage}: the new revision has {self.production_percent:g} % of the traffic{tested}"


def service_deployments(aws: Aws) -> list[str]:
    """ARNs of the newest, newest first. ECS ListServiceDeployments."""
    where = aws.environment
    answer = aws.ecs.list_service_deployments(cluster=where.cluster, service=where.service, maxResults=NEWEST)
    return [str(each["serviceDeploymentArn"]) for each in answer["serviceDeployments"]]


def describe_service_deployment(aws: Aws, arn: str) -> ServiceDeployment | None:
    """ECS DescribeServiceDeployments; None while ECS does not know it (yet)."""
    found = aws.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    return service_deployment_from(found[0]) if found else None


def service_deployment_from(described: Mapping[str, Any]) -> ServiceDeployment:
    target = described.get("targetServiceRevision", {})
    return ServiceDeployment(
        arn=described["serviceDeploymentArn"],
        status=Status(described["status"]),
        reason=described.get("statusReason") or described.get("rollback", {}).get("reason", ""),
        stage=described.get("lifecycleStage", ""),
        production_percent=float(target.get("requestedProductionTrafficWeight", 0.0)),
        test_percent=float(target.get("requestedTestTrafficWeight", 0.0)),
    )


def stop_command(where: Environment, arn: str) -> str:
    """Give the command that takes a deployment back. ECS StopServiceDeployment."""
    endpoint = f" --endpoint-url {where.endpoint}" if where.endpoint else ""
    return (
        f"aws ecs stop-service-deployment --stop-type ROLLBACK --region {where.region}{endpoint} "
        f"--service-deployment-arn {arn}"
    )

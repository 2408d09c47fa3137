"""Checks of services for what ECS refuses beyond its request model. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.scheduling.placement import MOST_TASKS_PER_SERVICE
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import CreateServiceRequestTypeDef, UpdateServiceRequestTypeDef


def check_scheduler(parameters: CreateServiceRequestTypeDef | UpdateServiceRequestTypeDef) -> None:
    """Refuse controllers other than ECS and, as Fargate does, DAEMON scheduling. Errors: InvalidParameterException."""
    if parameters.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise AwsError("InvalidParameterException", "Fargate does not support the scheduling strategy DAEMON.")
    controller = parameters.get("deploymentController", {}).get("type", "ECS")
    if controller != "ECS":
        words = f"The local cloud does not offer the deployment controller {controller}, only ECS."
        raise AwsError("InvalidParameterException", words)


def check_numbers(parameters: CreateServiceRequestTypeDef | UpdateServiceRequestTypeDef) -> None:
    """Refuse negative numbers. Errors: InvalidParameterException."""
    configuration = parameters.get("deploymentConfiguration") or {}
    numbers = {
        "minimumHealthyPercent": configuration.get("minimumHealthyPercent"),
        "maximumPercent": configuration.get("maximumPercent"),
        "desiredCount": parameters.get("desiredCount"),
        "healthCheckGracePeriodSeconds": parameters.get("healthCheckGracePeriodSeconds"),
    }
    for name, value in numbers.items():
        if value is not None and value < 0:
            raise AwsError("InvalidParameterException", f"{name} should be 0 or more, got {value}.")
    if (parameters.get("desiredCount") or 0) > MOST_TASKS_PER_SERVICE:
        raise AwsError("InvalidParameterException", "Desired count exceeds limit.")

"""The parameters of Application Auto Scaling's requests, which fit the service's model."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from types_boto3_application_autoscaling.type_defs import (
        ScalableTargetActionTypeDef,
        StepScalingPolicyConfigurationTypeDef,
        TargetTrackingScalingPolicyConfigurationTypeDef,
    )


class ScalingRequest(TypedDict, total=False):
    """The parameters of all operations on scalable targets together: none has two meanings."""

    ServiceNamespace: str
    ResourceId: str
    ScalableDimension: str
    MinCapacity: int
    MaxCapacity: int
    PolicyType: str
    StepScalingPolicyConfiguration: StepScalingPolicyConfigurationTypeDef
    TargetTrackingScalingPolicyConfiguration: TargetTrackingScalingPolicyConfigurationTypeDef
    ScheduledActionName: str
    ScalableTargetAction: ScalableTargetActionTypeDef
    Schedule: str
    Timezone: str
    StartTime: float
    EndTime: float
    IncludeNotScaledActivities: bool
    NextToken: str
    MaxResults: int

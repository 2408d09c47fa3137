"""aws_appautoscaling_policy."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.autoscaling import _step, _tracking
from terraform_provider.resources.autoscaling._scalable import GONE, SERVICE, of_import_id, place
from terraform_provider.values.unknown import State

NOT_YET = "FailedResourceAccessException"
STEP, TRACKING = "step_scaling_policy_configuration", "target_tracking_scaling_policy_configuration"


@resource("aws_appautoscaling_policy")
class ScalingPolicy(Resource):
    noun = "Application Auto Scaling Scaling Policy"
    gone = (GONE,)

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned)
        return str(planned["name"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state)
        if found is None:
            return None
        step = found.get("StepScalingPolicyConfiguration")
        tracking = found.get("TargetTrackingScalingPolicyConfiguration")
        return {
            "alarm_arns": [each["AlarmARN"] for each in found.get("Alarms", [])],
            "arn": found["PolicyARN"],
            "name": found["PolicyName"],
            "policy_type": found["PolicyType"],
            "resource_id": found["ResourceId"],
            "scalable_dimension": found["ScalableDimension"],
            "service_namespace": found["ServiceNamespace"],
            STEP: [_step.as_block(step)] if step else [],
            TRACKING: [_tracking.as_block(tracking)] if tracking else [],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, planned)

    def delete(self, aws: Aws, state: State) -> None:
        request = {"PolicyName": state["name"], **place(state)}
        retried(aws, lambda: aws.client(SERVICE).delete_scaling_policy(**request), codes=(NOT_YET,))

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return of_import_id(id, with_name=True)


def _found(aws: Aws, state: State) -> dict[str, Any] | None:
    listed = aws.client(SERVICE).describe_scaling_policies(PolicyNames=[state["name"]], **place(state))
    return next((each for each in listed["ScalingPolicies"] if each["PolicyName"] == state["name"]), None)


def _put(aws: Aws, planned: State) -> None:
    request: dict[str, Any] = {
        "PolicyName": planned["name"],
        "PolicyType": planned["policy_type"],
        **place(planned),
    }
    for block in planned[STEP] or ():
        request["StepScalingPolicyConfiguration"] = _step.request(block)
    for block in planned[TRACKING] or ():
        request["TargetTrackingScalingPolicyConfiguration"] = _tracking.request(block)
    # Its role's permissions and a new target may not be in effect yet.
    retried(aws, lambda: aws.client(SERVICE).put_scaling_policy(**request), codes=(NOT_YET, GONE))

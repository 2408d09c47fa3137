"""aws_appautoscaling_target."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, wait_for
from terraform_provider.resources.autoscaling._scalable import GONE, SERVICE, of_import_id, place
from terraform_provider.values.unknown import State

SUSPENDED = {
    "dynamic_scaling_in_suspended": "DynamicScalingInSuspended",
    "dynamic_scaling_out_suspended": "DynamicScalingOutSuspended",
    "scheduled_scaling_suspended": "ScheduledScalingSuspended",
}
DELETE_S = 60.0


@resource("aws_appautoscaling_target")
class ScalableTarget(Resource):
    noun = "Application AutoScaling Target"
    title = "resource_id"
    gone = (GONE,)

    def create(self, aws: Aws, planned: State) -> str:
        optional = {"RoleARN": planned["role_arn"], "Tags": planned["tags_all"], "SuspendedState": _suspended(planned)}
        _register(
            aws,
            {
                **place(planned),
                "MinCapacity": planned["min_capacity"],
                "MaxCapacity": planned["max_capacity"],
                **{key: value for key, value in optional.items() if value},
            },
        )
        return str(planned["resource_id"])

    def read(self, aws: Aws, state: State) -> State | None:
        scaling = aws.client(SERVICE)
        found = _found(scaling, state)
        if found is None:
            return None
        arn = found.get("ScalableTargetARN")
        suspended = found.get("SuspendedState")
        return {
            "arn": arn,
            "max_capacity": found["MaxCapacity"],
            "min_capacity": found["MinCapacity"],
            "resource_id": found["ResourceId"],
            "role_arn": found.get("RoleARN"),
            "scalable_dimension": found["ScalableDimension"],
            "service_namespace": found["ServiceNamespace"],
            "suspended_state": [
                {name: each.get(key, False) for name, key in SUSPENDED.items()}
                for each in ([suspended] if suspended else [])
            ],
            "tags_all": scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] if arn else {},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        request: dict[str, Any] = {}
        if changed & {"min_capacity", "max_capacity"}:
            request |= {"MinCapacity": planned["min_capacity"], "MaxCapacity": planned["max_capacity"]}
        if "suspended_state" in changed and planned["suspended_state"]:
            request["SuspendedState"] = _suspended(planned)
        if request:
            _register(aws, {**place(prior), **request})
        if "tags_all" in changed:
            scaling, arn = aws.client(SERVICE), prior["arn"]
            tags.change(
                prior,
                planned,
                untag=lambda keys: scaling.untag_resource(ResourceARN=arn, TagKeys=keys),
                tag=lambda added: scaling.tag_resource(ResourceARN=arn, Tags=added),
            )

    def delete(self, aws: Aws, state: State) -> None:
        scaling = aws.client(SERVICE)
        scaling.deregister_scalable_target(**place(state))
        wait_for(aws, "the target to be gone", lambda: _found(scaling, state) is None, timeout_s=DELETE_S)

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return of_import_id(id)


def _register(aws: Aws, request: dict[str, Any]) -> None:
    """Register a target; a new role or ECS service is not known everywhere yet."""
    for_ecs = request["ServiceNamespace"] == "ecs"
    retried(
        aws,
        lambda: aws.client(SERVICE).register_scalable_target(**request),
        codes=("ValidationException",),
        message="ECS service doesn't exist" if for_ecs else "Unable to assume IAM role",
    )


def _found(scaling: Any, state: State) -> dict[str, Any] | None:
    found = scaling.describe_scalable_targets(
        ServiceNamespace=state["service_namespace"],
        ResourceIds=[state["resource_id"]],
        ScalableDimension=state["scalable_dimension"],
    )["ScalableTargets"]
    return found[0] if found else None


def _suspended(planned: State) -> dict[str, bool]:
    blocks = planned["suspended_state"]
    return {key: bool(blocks[0][name]) for name, key in SUSPENDED.items()} if blocks else {}

"""aws_appautoscaling_scheduled_action."""

from datetime import UTC, datetime
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.autoscaling._scalable import GONE, SERVICE, place
from terraform_provider.values.unknown import State

LIMITS = {"min_capacity": "MinCapacity", "max_capacity": "MaxCapacity"}
TIMES = {"start_time": "StartTime", "end_time": "EndTime"}
TARGET_APPEARS_S = 300.0


@resource("aws_appautoscaling_scheduled_action")
class ScheduledAction(Resource):
    noun = "Application Auto Scaling Scheduled Action"
    gone = (GONE,)

    def create(self, aws: Aws, planned: State) -> str:
        _put(aws, planned)
        return f"{planned['name']}-{planned['service_namespace']}-{planned['resource_id']}"

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state)
        if found is None:
            return None
        limits = found.get("ScalableTargetAction")
        return {
            "arn": found["ScheduledActionARN"],
            "schedule": found["Schedule"],
            "timezone": found.get("Timezone"),
            "scalable_target_action": [
                {name: str(each.get(key, "")) for name, key in LIMITS.items()} for each in ([limits] if limits else [])
            ],
            **{name: _text(found[key]) for name, key in TIMES.items() if key in found},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client(SERVICE).delete_scheduled_action(ScheduledActionName=state["name"], **place(state))


def _put(aws: Aws, planned: State) -> None:
    limits = planned["scalable_target_action"][0]
    request: dict[str, Any] = {
        "ScheduledActionName": planned["name"],
        **place(planned),
        "Schedule": planned["schedule"],
        "ScalableTargetAction": {key: int(limits[name]) for name, key in LIMITS.items() if limits[name]},
        **{key: planned[name] for name, key in TIMES.items() if planned[name]},
    }
    if planned["timezone"]:
        request["Timezone"] = planned["timezone"]
    # A target that was registered a moment ago may not be seen yet.
    retried(
        aws,
        lambda: aws.client(SERVICE).put_scheduled_action(**request),
        codes=(GONE,),
        timeout_s=TARGET_APPEARS_S,
    )


def _found(aws: Aws, state: State) -> dict[str, Any] | None:
    listed = aws.client(SERVICE).describe_scheduled_actions(ScheduledActionNames=[state["name"]], **place(state))
    return next((each for each in listed["ScheduledActions"] if each["ScheduledActionName"] == state["name"]), None)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""aws_cloudwatch_event_target."""

from typing import Any

from terraform_provider.framework.arguments import refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import OWN_PREFIX, unique_suffix
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.events import _buses, _target_blocks
from terraform_provider.values.unknown import State

PARTS = 2
TEXTS = {"input": "Input", "input_path": "InputPath", "role_arn": "RoleArn"}


@resource("aws_cloudwatch_event_target")
class EventTarget(Resource):
    noun = "EventBridge Target"
    title = "id"
    gone = ("ResourceNotFoundException",)

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "input", "input_path", "input_transformer")
        refuse_conflicts(config, "input_path", "input_transformer")

    def create(self, aws: Aws, planned: State) -> str:
        target = planned["target_id"] or OWN_PREFIX + unique_suffix()
        _put(aws, planned, target)
        planned["target_id"] = target
        return _buses.target_id(planned["event_bus_name"], planned["rule"], target)

    def read(self, aws: Aws, state: State) -> State | None:
        found = _found(aws, state["event_bus_name"] or _buses.DEFAULT, state["rule"], state["target_id"])
        if found is None:
            return None
        return {
            "arn": found["Arn"],
            "event_bus_name": state["event_bus_name"] or _buses.DEFAULT,
            "force_destroy": bool(state["force_destroy"]),
            "rule": state["rule"],
            "target_id": found["Id"],
            **{ours: found.get(theirs) for ours, theirs in TEXTS.items()},
            **_target_blocks.read(found),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed - {"force_destroy"}:
            _put(aws, planned, prior["target_id"])

    def delete(self, aws: Aws, state: State) -> None:
        answer = aws.client("events").remove_targets(
            Rule=state["rule"],
            EventBusName=state["event_bus_name"],
            Ids=[state["target_id"]],
            **({"Force": True} if state["force_destroy"] else {}),
        )
        _check(answer, f"deleting {self.noun} ({state['id']})")

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        parts = id.rsplit("/", 2)
        if len(parts) == 1 or not all(parts):
            raise ProviderError(
                f"unexpected format for ID ({id}), expected EVENTBUSNAME/RULENAME/TARGETID or RULENAME/TARGETID",
                "Write it as in my-rule/my-target.",
            )
        bus, rule, target = parts if len(parts) > PARTS else (_buses.DEFAULT, *parts)
        return {
            "id": _buses.target_id(bus, rule, target),
            "event_bus_name": bus,
            "rule": rule,
            "target_id": target,
        }


def _put(aws: Aws, planned: State, target_id: str) -> None:
    target: dict[str, Any] = {
        "Id": target_id,
        "Arn": planned["arn"],
        **{theirs: planned[ours] for ours, theirs in TEXTS.items() if planned[ours]},
        **_target_blocks.request_of(planned),
    }
    answer = retried(
        aws,
        lambda: aws.client("events").put_targets(
            Rule=planned["rule"], EventBusName=planned["event_bus_name"], Targets=[target]
        ),
        codes=("ValidationException",),
        message="cannot be assumed by principal",
    )
    _check(answer, f"creating EventBridge Target ({target_id})")


def _check(answer: dict[str, Any], doing: str) -> None:
    """Errors: ProviderError for a target that was refused: the call itself succeeds."""
    for each in answer.get("FailedEntries", []):
        raise ProviderError(f"{doing}: {each['TargetId']}: {each['ErrorCode']}: {each['ErrorMessage']}")


def _found(aws: Aws, bus: str, rule: str, target_id: str) -> dict[str, Any] | None:
    events = aws.client("events")
    page: dict[str, str] = {}
    while True:
        listed = events.list_targets_by_rule(Rule=rule, EventBusName=bus, **page)
        for each in listed["Targets"]:
            if each["Id"] == target_id:
                found: dict[str, Any] = each
                return found
        if not listed.get("NextToken"):
            return None
        page = {"NextToken": listed["NextToken"]}

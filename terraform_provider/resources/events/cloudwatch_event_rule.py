"""aws_cloudwatch_event_rule."""

from typing import Any, ClassVar

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.json_text import same_json
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.events import _buses
from terraform_provider.values.unknown import State

ON, OFF = "ENABLED", "DISABLED"
TEXTS = {
    "description": "Description",
    "event_pattern": "EventPattern",
    "role_arn": "RoleArn",
    "schedule_expression": "ScheduleExpression",
}
DELETE_TIMEOUT_S = 300.0


@resource("aws_cloudwatch_event_rule")
class EventRule(Resource):
    noun = "EventBridge Rule"
    gone = ("ResourceNotFoundException",)
    equivalent: ClassVar = {"event_pattern": same_json}

    def validate(self, config: State) -> None:
        if config.get("event_pattern") is None and config.get("schedule_expression") is None:
            raise ProviderError(
                "Missing required argument", "one of `event_pattern,schedule_expression` must be specified"
            )

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name(planned)
        _put(aws, name, planned, tags.as_list(planned["tags_all"]))
        return _buses.rule_id(planned["event_bus_name"], name)

    def read(self, aws: Aws, state: State) -> State | None:
        bus, name = _buses.parsed_rule_id(state["id"])
        events = aws.client("events")
        found = events.describe_rule(Name=name, EventBusName=bus)
        listed = events.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]
        return {
            "arn": found["Arn"],
            **{ours: found.get(theirs) for ours, theirs in TEXTS.items()},
            "event_bus_name": bus,
            "force_destroy": bool(state["force_destroy"]),
            "is_enabled": found["State"] == ON,
            "name": found["Name"],
            "name_prefix": prefix_of(found["Name"]),
            "state": found["State"],
            "tags_all": tags.as_dict(listed),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed - {"tags", "tags_all", "force_destroy"}:
            _put(aws, _buses.parsed_rule_id(prior["id"])[1], planned, [])
        if "tags_all" in changed:
            events, arn = aws.client("events"), prior["arn"]
            tags.change(
                prior,
                planned,
                untag=lambda keys: events.untag_resource(ResourceARN=arn, TagKeys=keys),
                tag=lambda added: events.tag_resource(ResourceARN=arn, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        bus, name = _buses.parsed_rule_id(state["id"])
        force = {"Force": True} if state["force_destroy"] else {}
        # Its targets are deleted just before, and EventBridge may still see them.
        retried(
            aws,
            lambda: aws.client("events").delete_rule(Name=name, EventBusName=bus, **force),
            codes=("ValidationException",),
            message="since it has targets",
            timeout_s=DELETE_TIMEOUT_S,
        )


def _put(aws: Aws, name: str, planned: State, listed: list[dict[str, str]]) -> None:
    request: dict[str, Any] = {
        "Name": name,
        "EventBusName": planned["event_bus_name"],
        "State": _state(planned),
        **{theirs: planned[ours] for ours, theirs in TEXTS.items() if planned[ours]},
    }
    # The rule's role may be too new for EventBridge.
    retried(
        aws,
        lambda: aws.client("events").put_rule(**request, **({"Tags": listed} if listed else {})),
        codes=("ValidationException",),
        message="cannot be assumed by principal",
    )


def _state(planned: State) -> str:
    """Return whether the rule is on: by `state`, else by the older argument."""
    if planned["state"]:
        return str(planned["state"])
    return OFF if planned["is_enabled"] is False else ON

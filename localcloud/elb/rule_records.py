"""moto's rules -> rules of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from localcloud.elb.model import Action, Condition, Field, FixedResponse, Forward, Redirect, Rule
from localcloud.elb.wire import ForwardConfig, condition_config

if TYPE_CHECKING:
    from moto.elbv2.models import FakeRule

    from localcloud.elb.wire import ActionData, ConditionData


def rule(record: FakeRule) -> Rule:
    """Return a rule. Errors: LookupError, ValueError, TypeError for one that earlier versions accepted wrongly."""
    return Rule(
        arn=record.arn,
        priority=0 if record.is_default else int(record.priority),
        conditions=tuple(_condition(cast("ConditionData", condition)) for condition in record.conditions),
        action=_action([cast("ActionData", action.data) for action in record.actions]),
    )


def _condition(data: ConditionData) -> Condition:
    field = Field(data["Field"])
    if field is Field.QUERY:
        pairs = data.get("QueryStringConfig", {}).get("Values", [])
        return Condition(field=field, pairs=tuple((pair.get("Key", ""), pair["Value"]) for pair in pairs))
    config = condition_config(data, field.value)
    values = config.get("Values", data.get("Values", []))
    return Condition(field=field, values=tuple(values), header=config.get("HttpHeaderName", ""))


def _action(actions: list[ActionData]) -> Action:
    # AWS allows one of these besides the authenticate actions, which are refused on arrival.
    data = actions[-1]
    if data["Type"] == "fixed-response":
        fixed = data["FixedResponseConfig"]
        return FixedResponse(
            status=int(fixed["StatusCode"]),
            content_type=fixed.get("ContentType", "text/plain"),
            body=fixed.get("MessageBody", ""),
        )
    if data["Type"] == "redirect":
        redirect = data["RedirectConfig"]
        return Redirect(
            protocol=redirect.get("Protocol", "#{protocol}"),
            host=redirect.get("Host", "#{host}"),
            port=str(redirect.get("Port", "#{port}")),
            path=redirect.get("Path", "/#{path}"),
            query=redirect.get("Query", "#{query}"),
            status=int(redirect["StatusCode"].removeprefix("HTTP_")),
        )
    return _forward(data, data.get("ForwardConfig", {}))


def _forward(data: ActionData, config: ForwardConfig) -> Forward:
    groups = config.get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    sticky = config.get("TargetGroupStickinessConfig") or {}
    return Forward(
        tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups),
        int(sticky["DurationSeconds"]) if str(sticky.get("Enabled")).lower() == "true" else None,
    )

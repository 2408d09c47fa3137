"""Actions and conditions in AWS's own form, as requests name them and as moto stores them.

Numbers and switches are text in a request of the query protocol, and values where moto has read them.
"""

from typing import TypedDict


class WeightedGroup(TypedDict, total=False):
    TargetGroupArn: str
    Weight: int | str


class GroupStickiness(TypedDict, total=False):
    Enabled: bool | str
    DurationSeconds: int | str


class ForwardConfig(TypedDict, total=False):
    TargetGroups: list[WeightedGroup]
    TargetGroupStickinessConfig: GroupStickiness


class RedirectConfig(TypedDict, total=False):
    StatusCode: str
    Protocol: str
    Host: str
    Port: int | str
    Path: str
    Query: str


class FixedResponseConfig(TypedDict, total=False):
    StatusCode: str
    ContentType: str
    MessageBody: str


class ActionData(TypedDict, total=False):
    Type: str
    TargetGroupArn: str
    ForwardConfig: ForwardConfig
    RedirectConfig: RedirectConfig
    FixedResponseConfig: FixedResponseConfig


class QueryPair(TypedDict, total=False):
    Key: str
    Value: str


class ConditionConfig(TypedDict, total=False):
    """The configuration of a condition on anything but the query string."""

    Values: list[str]
    RegexValues: list[str]
    HttpHeaderName: str


class QueryConfig(TypedDict, total=False):
    Values: list[QueryPair]


class ConditionData(TypedDict, total=False):
    Field: str
    Values: list[str]
    RegexValues: list[str]
    HostHeaderConfig: ConditionConfig
    PathPatternConfig: ConditionConfig
    HttpHeaderConfig: ConditionConfig
    HttpRequestMethodConfig: ConditionConfig
    SourceIpConfig: ConditionConfig
    QueryStringConfig: QueryConfig


def condition_config(condition: ConditionData, field: str) -> ConditionConfig:
    """Return the configuration that belongs to a condition's field; empty when there is none.

    `field`: any but `query-string`, whose values are pairs.
    """
    match field:
        case "host-header":
            return condition.get("HostHeaderConfig", {})
        case "path-pattern":
            return condition.get("PathPatternConfig", {})
        case "http-header":
            return condition.get("HttpHeaderConfig", {})
        case "http-request-method":
            return condition.get("HttpRequestMethodConfig", {})
        case "source-ip":
            return condition.get("SourceIpConfig", {})
    raise ValueError(f"{field}: has no configuration of plain values")

"""Conditions of rules: the provider's blocks, and ELB's."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import State

FIELDS = {
    "host_header": ("host-header", "HostHeaderConfig"),
    "http_header": ("http-header", "HttpHeaderConfig"),
    "http_request_method": ("http-request-method", "HttpRequestMethodConfig"),
    "path_pattern": ("path-pattern", "PathPatternConfig"),
    "query_string": ("query-string", "QueryStringConfig"),
    "source_ip": ("source-ip", "SourceIpConfig"),
}


def request(blocks: Iterable[State]) -> list[dict[str, Any]]:
    return [_request(name, block[name]) for block in blocks for name in FIELDS if block[name]]


def as_blocks(conditions: Iterable[Mapping[str, Any]]) -> list[State]:
    return [_block(condition) for condition in conditions]


def validate(blocks: Any) -> None:
    """Refuse a condition of no kind, or of several."""
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict) and sum(bool(block[name]) for name in FIELDS) != 1:
            kinds = ", ".join(FIELDS)
            raise ProviderError(f"exactly one of {kinds} must be set in each condition", path=("condition",))


def _request(name: str, inner: list[State]) -> dict[str, Any]:
    field, key = FIELDS[name]
    if name == "query_string":
        values: list[Any] = [{"Value": each["value"]} | ({"Key": each["key"]} if each["key"] else {}) for each in inner]
    else:
        values = list(inner[0]["values"])
    made: dict[str, Any] = {"Values": values}
    if name == "http_header":
        made["HttpHeaderName"] = inner[0]["http_header_name"]
    return {"Field": field, key: made}


def _block(condition: Mapping[str, Any]) -> State:
    made: State = {name: [] for name in FIELDS}
    name, (_, key) = next(item for item in FIELDS.items() if item[1][0] == condition["Field"])
    # Rules that were created with an older API have their values beside the field.
    config = condition.get(key) or {"Values": condition.get("Values", [])}
    if name == "query_string":
        made[name] = [{"key": each.get("Key", ""), "value": each["Value"]} for each in config["Values"]]
    elif name == "http_header":
        made[name] = [{"http_header_name": config["HttpHeaderName"], "values": config["Values"]}]
    else:
        made[name] = [{"values": config["Values"]}]
    return made

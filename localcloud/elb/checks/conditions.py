"""Refusals of ELBv2 for rule conditions that moto accepts or fails on (aws-facts 2). Pure."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from localcloud.elb.model import Field
from localcloud.elb.wire import ConditionConfig, ConditionData, QueryConfig, QueryPair, condition_config
from localcloud.errors import AwsError

V = TypeVar("V")

MAX_VALUES = 5
"""The limit over all conditions of a rule, for values and for wildcards alike."""
MAX_LENGTH = 128
MAX_NAME_LENGTH = 40
ONCE = (Field.HOST, Field.METHOD, Field.PATH, Field.SOURCE_IP)
"""Fields that only one condition of a rule may use."""
CONFIGS = {
    Field.PATH: "PathPatternConfig",
    Field.HOST: "HostHeaderConfig",
    Field.HEADER: "HttpHeaderConfig",
    Field.QUERY: "QueryStringConfig",
    Field.METHOD: "HttpRequestMethodConfig",
    Field.SOURCE_IP: "SourceIpConfig",
}
LEGACY = (Field.PATH, Field.HOST)
"""Fields whose single value may also stand in `Values`."""
CHARACTERS = {
    Field.PATH: re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?]*"),
    Field.HOST: re.compile(r"[A-Za-z0-9\-.*?]*"),
}
METHOD = re.compile(r"[A-Z_-]+")
WILDCARD = re.compile(r"(?<!\\)[*?]")
PAIR_PARTS: tuple[Literal["Key", "Value"], ...] = ("Key", "Value")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'+.^_`|~-]+")


def check_conditions(conditions: Sequence[ConditionData]) -> None:
    """Refuse conditions that AWS rejects. Errors: AwsError ValidationError.

    `conditions`: as `form.parameters` reads them, already checked against the model.
    """
    if not conditions:
        raise _invalid("A rule must have at least one condition")
    fields = [_field(condition) for condition in conditions]
    for field in ONCE:
        if fields.count(field) > 1:
            raise _invalid(f"A rule can have only one '{field.value}' condition")
    values = [value for each, field in zip(conditions, fields, strict=True) for value in _values(each, field)]
    if len(values) > MAX_VALUES:
        raise _invalid(f"A rule can only have '{MAX_VALUES}' condition values")
    if sum(len(WILDCARD.findall(text)) for value in values for text in value) > MAX_VALUES:
        raise _invalid(f"A rule can only have '{MAX_VALUES}' condition wildcards")


def _field(condition: ConditionData) -> Field:
    found = condition.get("Field", "")
    try:
        return Field(found)
    except ValueError as error:
        known = ",".join(field.value for field in Field)
        raise _invalid(f"Condition field '{found}' must be one of '[{known}]'") from error


def _values(condition: ConditionData, field: Field) -> list[tuple[str, ...]]:
    """Return, for each value, its strings that may contain wildcards: a query string pair has two."""
    config = _config(condition, field)
    plain = condition.get("Values") or []
    if config and plain:
        raise _invalid(f"You cannot provide both Values and '{CONFIGS[field]}' for a condition of type '{field.value}'")
    if plain and field not in LEGACY:
        raise _invalid(f"The 'Values' field is not compatible with '{field.value}'")
    if len(plain) > 1:
        raise _invalid(f"The '{field.value}' field contains too many values; the limit is '1'")
    if not config and field not in LEGACY:
        raise _invalid(f"A '{CONFIGS[field]}' must be specified with '{field.value}'")
    config = config if isinstance(config, Mapping) else {}
    if condition.get("RegexValues") or config.get("RegexValues"):
        raise AwsError("InvalidConfigurationRequest", "RegexValues: the local cloud matches by wildcards only")
    if field is Field.QUERY:
        return [_pair(pair) for pair in _some(condition.get("QueryStringConfig", {}).get("Values"), field)]
    if field is Field.HEADER and config.get("Values"):
        _check_header_name(str(config.get("HttpHeaderName", "")))
    values = _some(plain or condition_config(condition, field.value).get("Values"), field)
    for value in values:
        _check_value(field, value)
    return [() if field is Field.SOURCE_IP else (value,) for value in values]


def _config(condition: ConditionData, field: Field) -> ConditionConfig | QueryConfig | None:
    return condition.get("QueryStringConfig") if field is Field.QUERY else condition_config(condition, field.value)


def _some(values: list[V] | None, field: Field) -> list[V]:
    """Return the values. Errors: AwsError when there are none."""
    if not values:
        what = "'source-ip'" if field is Field.SOURCE_IP else "condition"
        raise _invalid(f"A {what} value must be specified")
    return values


def _check_value(field: Field, value: str) -> None:
    limit = MAX_NAME_LENGTH if field is Field.METHOD else MAX_LENGTH
    if len(value) > limit:
        raise _invalid(f"The '{field.value}' value is too long; the limit is '{limit}'")
    if field is Field.SOURCE_IP:
        _check_addresses(value)
    elif not value:
        raise _invalid("A condition value cannot be empty")
    elif field is Field.METHOD and not METHOD.fullmatch(value):
        raise _invalid(f"The '{field.value}' value is invalid; the allowed characters are A-Z, hyphen and underscore")
    elif field in CHARACTERS and not CHARACTERS[field].fullmatch(value):
        raise _invalid(f"The '{field.value}' value '{value}' contains a character that is not valid")


def _check_addresses(cidr: str) -> None:
    if not re.fullmatch(r"[^/]+/[0-9]{1,3}", cidr):
        raise _invalid(f"The 'source-ip' value '{cidr}' must be in CIDR notation")
    try:
        ipaddress.ip_network(cidr, strict=False)
    except ValueError as error:
        raise _invalid(f"The 'source-ip' value '{cidr}' is not valid: {error}") from error
    if cidr == "255.255.255.255/32":
        raise _invalid("The 'source-ip' value '255.255.255.255/32' is not allowed")


def _check_header_name(name: str) -> None:
    if not name:
        raise _invalid("A condition of type 'http-header' must have an 'HttpHeaderName'")
    if len(name) > MAX_NAME_LENGTH:
        raise _invalid(f"The 'HttpHeaderName' value is too long; the limit is '{MAX_NAME_LENGTH}'")
    if not HEADER_NAME.fullmatch(name):
        raise _invalid(f"The 'HttpHeaderName' value '{name}' contains a character that is not valid")
    if name.lower() == "host":
        raise _invalid("The 'HttpHeaderName' value 'Host' is not allowed; use a condition of type 'host-header'")


def _pair(pair: QueryPair) -> tuple[str, ...]:
    if not isinstance(pair, Mapping) or not pair.get("Value"):
        raise _invalid("A 'Value' must be specified in 'QueryStringKeyValuePair'")
    for part in PAIR_PARTS:
        if len(pair.get(part, "")) > MAX_LENGTH:
            raise _invalid(f"The '{part}' value is too long; the limit is '{MAX_LENGTH}'")
    return pair.get("Key", ""), pair["Value"]


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)

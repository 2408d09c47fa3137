"""DynamoDB's rules of attribute values, each of exactly one type, and of batches. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.service_models import service_model

ONE = "must contain exactly one of the supported datatypes"

MOST_WRITES = 25
"""Writes of one batch."""


def check_batch(tables: Mapping[str, Sequence[object]]) -> None:
    """Check how much BatchWriteItem writes, in all tables together. Errors: AwsError ValidationException."""
    if sum(map(len, tables.values())) > MOST_WRITES:
        raise AwsError("ValidationException", "Too many items requested for the BatchWriteItem call")


def check_values(operation: str, parameters: object) -> None:
    """Check all attribute values of a request. Errors: AwsError ValidationException."""
    model = service_model("dynamodb")
    if operation in model.operation_names and (shape := model.operation_model(operation).input_shape):
        _check(shape, parameters)


def _check(shape: Any, value: Any) -> None:
    """`shape`: botocore's, whose classes have other members by kind."""
    if isinstance(value, dict) and shape.type_name == "structure":
        if shape.name == "AttributeValue":
            _check_types(shape, value)
        for name, member in shape.members.items():
            _check(member, value.get(name))
    elif isinstance(value, dict) and shape.type_name == "map":
        for each in value.values():
            _check(shape.value, each)
    elif isinstance(value, list) and shape.type_name == "list":
        for each in value:
            _check(shape.member, each)


def _check_types(shape: Any, value: dict[str, Any]) -> None:
    types = [name for name in shape.members if name in value]
    if not types:
        raise AwsError("ValidationException", f"Supplied AttributeValue is empty, {ONE}")
    if len(types) > 1:
        raise AwsError("ValidationException", f"Supplied AttributeValue has more than one datatypes set, {ONE}")

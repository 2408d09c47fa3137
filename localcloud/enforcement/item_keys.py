"""DynamoDB's condition keys of the items that a call reads or writes. Call in moto's thread.

Source: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control". It does not say which
value `dynamodb:Select` has where the request leaves it out; here it is what the operation then returns.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.needs import WRITES, Need
from localcloud.authorization.parameters import at_path
from localcloud.authorization.partiql import statements_of
from localcloud.authorization.resources import Place
from localcloud.enforcement.calls import Call
from localcloud.enforcement.stored_resources import table_of

PREFIX = "dynamodb:"
KEYS = tuple(f"{PREFIX}{key}" for key in ("leadingkeys", "attributes", "select", "enclosingoperation", "fulltablescan"))
BY_ATTRIBUTE = ("AttributeUpdates", "Expected", "Item", "Key", "KeyConditions", "QueryFilter", "ScanFilter")
"""Parameters that are objects by attribute."""
EXPRESSIONS = tuple(f"{each}Expression" for each in ("Condition", "Filter", "KeyCondition", "Projection", "Update"))
WORDS = frozenset({"add", "and", "between", "delete", "in", "not", "or", "remove", "set"})
NAME = re.compile(r"(?<![\w#:.])(#\w+|[A-Za-z_]\w*)(?!\w*\s*\()")
"""A top-level attribute in an expression, or its placeholder: no value, function or part of a document."""
EQUALITY = re.compile(r"(#?\w+)\s*=\s*(:\w+)")
RETURNING = ("BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems")
SELECT = "PartiQLSelect"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One item or one table in a call. `action`: empty for that of the call."""

    table: str
    parameters: Mapping[str, object]
    action: str = ""


def item_keys(call: Call, need: Need, place: Place) -> Context:
    """Return the keys of those items of a call that a need is about."""
    table_name = need.resource.partition(":table/")[2].partition("/")[0]
    table = table_of(place.account_id, place.region, table_name)
    if table is None:
        return Context()
    action = need.action.removeprefix(PREFIX)
    about = [each for each in _parts(call) if _named(each.table) == table_name and each.action in ("", action)]
    leading_of = [[*_leading(each.parameters, _partition_key(table, each.parameters))] for each in about]
    leading = [value for each in leading_of for value in each]
    attributes = [name for each in about for name in _attributes(each.parameters)]
    enclosing = [call.operation] if call.operation.startswith(("Transact", "ExecuteTransaction")) else []
    returned = [_select(each.parameters) for each in about if action == SELECT or call.operation in RETURNING]
    scans = [str(not all(leading_of)).lower()] if action == SELECT else []
    found = zip(KEYS, (leading, attributes, returned, enclosing, scans), strict=True)
    return Context({key: [*dict.fromkeys(values)] for key, values in found})


def _parts(call: Call) -> Iterator[Part]:
    given = call.parameters
    items = given.get("RequestItems")
    for name, of_table in items.items() if isinstance(items, Mapping) else ():
        for each in _objects(of_table):
            put, deleted = each.get("PutRequest"), each.get("DeleteRequest")
            yield Part(table=str(name), parameters=next((a for a in (put, deleted) if isinstance(a, Mapping)), each))
    for transacted in _objects(given.get("TransactItems") or []):
        for kind, parameters in transacted.items():
            if isinstance(parameters, Mapping):
                action = WRITES.get(str(kind), "")
                yield Part(table=str(parameters.get("TableName")), parameters=parameters, action=action)
    for statement in statements_of(call.operation, given):
        if statement is not None:
            equal = [{name: {"S": value}} for name, values in statement.equal.items() for value in values]
            named = {"Keys": equal, "AttributesToGet": [*statement.attributes]}
            yield Part(table=statement.table, parameters={**statement.resource(), **named}, action=statement.action)
    if "TableName" in given:
        yield Part(table=str(given["TableName"]), parameters=given)


def _objects(value: object) -> list[Mapping[str, object]]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def _named(table: str) -> str:
    return table.rpartition("/")[2]


def _partition_key(table: Any, parameters: Mapping[str, object]) -> str:
    """Return the table's partition key, or that of the index that the call names."""
    name = parameters.get("IndexName")
    index = next((each for each in (*table.indexes, *table.global_indexes) if each.name == name), None)
    schema = table.schema if index is None else index.schema
    return next((str(each["AttributeName"]) for each in schema if each["KeyType"] == "HASH"), "")


def _leading(parameters: Mapping[str, object], attribute: str) -> Iterator[str]:
    for item in (
        *_objects(parameters.get("Key")),
        *_objects(parameters.get("Item")),
        *_objects(parameters.get("Keys")),
    ):
        yield from _texts(item.get(attribute))
    for conditions in _objects(parameters.get("KeyConditions")):
        for condition in _objects(conditions.get(attribute)):
            for value in _objects(condition.get("AttributeValueList")):
                yield from _texts(value)
    names, values = _aliases(parameters), parameters.get("ExpressionAttributeValues")
    for name, value in EQUALITY.findall(str(parameters.get("KeyConditionExpression") or "")):
        if names.get(name, name) == attribute and isinstance(values, Mapping):
            yield from _texts(values.get(value))


def _texts(value: object) -> list[str]:
    """Return the text of an attribute's value, `{"S": "text"}`."""
    return [str(text) for text in value.values()] if isinstance(value, Mapping) else []


def _attributes(parameters: Mapping[str, object]) -> Iterator[str]:
    for name in BY_ATTRIBUTE:
        yield from (str(each) for item in _objects(parameters.get(name)) for each in item)
    yield from (str(each) for item in _objects(parameters.get("Keys")) for each in item)
    yield from at_path(parameters, "AttributesToGet")
    names = _aliases(parameters)
    for name in EXPRESSIONS:
        for found in NAME.findall(str(parameters.get(name) or "")):
            if found.lower() not in WORDS:
                yield str(names.get(found, found))


def _aliases(parameters: Mapping[str, object]) -> Mapping[str, object]:
    given = parameters.get("ExpressionAttributeNames")
    return given if isinstance(given, Mapping) else {}


def _select(parameters: Mapping[str, object]) -> str:
    if asked := parameters.get("Select"):
        return str(asked)
    if parameters.get("AttributesToGet") or parameters.get("ProjectionExpression"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if parameters.get("IndexName") else "ALL_ATTRIBUTES"

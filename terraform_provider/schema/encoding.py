"""The schema in the form of protocol 5's GetSchema."""

import json
from collections.abc import Mapping
from typing import Any

from terraform_provider.protobuf import message, number, text

NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
GET_PROVIDER_SCHEMA_OPTIONAL = 2


def encoded(provider: Mapping[str, Any]) -> bytes:
    parts = [message(1, _schema(provider["provider"]))]
    for field, kind in ((2, "resource_schemas"), (3, "data_source_schemas")):
        for name, schema in sorted(provider[kind].items()):
            parts.append(message(field, text(1, name) + message(2, _schema(schema))))
    parts.append(message(6, number(GET_PROVIDER_SCHEMA_OPTIONAL, True)))
    return b"".join(parts)


def _schema(schema: Mapping[str, Any]) -> bytes:
    return number(1, schema.get("version", 0)) + message(2, _block(schema["block"]))


def _block(block: Mapping[str, Any]) -> bytes:
    parts = [message(2, _attribute(name, each)) for name, each in sorted(block.get("attributes", {}).items())]
    for name, nested in sorted(block.get("block_types", {}).items()):
        parts.append(
            message(
                3,
                text(1, name)
                + message(2, _block(nested["block"]))
                + number(3, NESTING[nested["nesting_mode"]])
                + number(4, nested.get("min_items"))
                + number(5, nested.get("max_items")),
            )
        )
    parts.append(number(6, block.get("deprecated")))
    return b"".join(parts)


def _attribute(name: str, attribute: Mapping[str, Any]) -> bytes:
    return (
        text(1, name)
        + message(2, json.dumps(attribute["type"], separators=(",", ":")).encode())
        + number(4, attribute.get("required"))
        + number(5, attribute.get("optional"))
        + number(6, attribute.get("computed"))
        + number(7, attribute.get("sensitive"))
        + number(9, attribute.get("deprecated"))
        + number(10, attribute.get("write_only"))
    )

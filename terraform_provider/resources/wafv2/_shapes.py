"""Blocks of WAF, which nest without end, and AWS's structures: each is led by botocore's model of the service.

A name of the one is the other's without underscores and capitals, and lists of AWS are plural:
`ip_set_reference_statement` is `IPSetReferenceStatement`, `statement` in `and_statement` is `Statements`.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

from botocore.model import Shape

from terraform_provider.framework.aws import model
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values.unknown import State

Block = Mapping[str, Any]
SAY_NOTHING = ("CaptchaConfig", "ChallengeConfig")
"""Structures that mean nothing when empty, and are sent all the same; an empty `Allow` does mean something."""
IDENTIFIERS = "identifiers"
"""The one attribute of a block that is a list of structures in AWS."""


def shape_of(name: str) -> Any:
    return model("wafv2").shape_for(name)


@functools.cache
def block_of(kind: str) -> Block:
    """Return a resource type's block in the schema."""
    block: Block = Catalogue().resources[kind]["block"]
    return block


def request(block: Block, shape: Shape, value: State) -> dict[str, Any]:
    """Convert a block to AWS's structure; unset values are left out, an empty block is an empty structure."""
    made: dict[str, Any] = {}
    for name in block.get("attributes", {}):
        member = member_of(shape, name)
        if member is not None and value.get(name) not in (None, "", []):
            made[member] = _sent(shape.members[member], value[name])
    for name, nested in block.get("block_types", {}).items():
        member = member_of(shape, name)
        if member is not None and value.get(name):
            made[member] = _sent_blocks(nested["block"], shape.members[member], value[name])
        elif member in SAY_NOTHING:
            made[member] = {}
    return made


def _sent_blocks(block: Block, shape: Shape, values: list[State]) -> Any:
    if IDENTIFIERS in block.get("attributes", {}):
        return [{"Identifier": each} for value in values for each in value[IDENTIFIERS]]
    if shape.type_name == "list":
        return [request(block, shape.member, each) for each in values]
    if shape.type_name == "map":  # `key` names each entry, or what the entry is for
        made = [request(block, shape.value, each) for each in values]
        return {each["key"]: entry for each, entry in zip(values, made, strict=True)}
    return request(block, shape, values[0])


def _sent(shape: Shape, value: Any) -> Any:
    if shape.type_name == "blob":
        return str(value).encode()
    if shape.type_name == "list":
        return list(value)
    if shape.type_name in ("integer", "long"):
        return int(value)
    return value


def attributes(block: Block, shape: Shape, found: Mapping[str, Any]) -> State:
    """Convert AWS's structure to a block: missing values are null, missing blocks are empty lists."""
    read: State = {}
    for name in block.get("attributes", {}):
        member = member_of(shape, name)
        if member is not None:
            read[name] = _text(found.get(member))
    for name, nested in block.get("block_types", {}).items():
        member = member_of(shape, name)
        if member is not None:
            there = None if member in SAY_NOTHING and not found.get(member) else found.get(member)
            read[name] = _read_blocks(nested["block"], shape.members[member], there)
    return read


def _read_blocks(block: Block, shape: Shape, found: Any) -> list[State]:
    if found is None:
        return []
    if IDENTIFIERS in block.get("attributes", {}):
        return [{IDENTIFIERS: [each["Identifier"] for each in found]}]
    if shape.type_name == "list":
        return [attributes(block, shape.member, each) for each in found]
    if shape.type_name == "map":
        return [{**attributes(block, shape.value, each), "key": key} for key, each in found.items()]
    return [attributes(block, shape, found)]


def same(one: Any, other: Any) -> bool:
    """Return whether two values mean the same: null equals zero, and the order of WAF's lists does not matter."""
    return bool(_reduced(one) == _reduced(other))


def _reduced(value: Any) -> Any:
    if isinstance(value, dict):
        reduced = {name: _reduced(each) for name, each in value.items()}
        return {name: each for name, each in reduced.items() if each not in (None, "", 0, False, [])}
    if isinstance(value, list):
        return sorted((_reduced(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def member_of(shape: Shape, name: str) -> str | None:
    """Return AWS's name of an attribute or block; None for one that only the provider has."""
    return _members(shape.name).get(name.replace("_", ""))


@functools.cache
def _members(shape_name: str) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for member, shape in shape_of(shape_name).members.items():
        plain = member.lower()
        known.setdefault(plain, member)
        if shape.type_name in ("list", "map"):
            known.setdefault(
                plain.removesuffix("ies") + "y" if plain.endswith("ies") else plain.removesuffix("s"), member
            )
    return known

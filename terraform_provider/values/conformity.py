"""Fits values to the types of a schema: values for Terraform have every attribute, each of its type."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.values.unknown import UNKNOWN, Path, State, Value, has_unknown

Block = Mapping[str, Any]
"""A block of a schema, as `terraform providers schema -json` prints it."""
Type = Any
"""A type as in that JSON: "string", ["set", "string"], ["object", {"name": "string"}] ..."""
MANY = ("list", "set")


class DoesNotConform(Exception):
    """A value of another type than the schema's; `path` leads to it."""

    def __init__(self, path: Path, wanted: Type, found: Value) -> None:
        self.path = path
        self.wanted = wanted
        super().__init__(f"{shown_path(path)}: should be {shown_type(wanted)}, got {type(found).__name__}")


def shown_path(path: Path) -> str:
    return ".".join(map(str, path)) or "the object"


def shown_type(of: Type) -> str:
    if not isinstance(of, list):
        return str(of)
    return "object" if of[0] == "object" else f"{of[0]} of {shown_type(of[1])}"


def conform_block(block: Block, value: Value, path: Path = ()) -> State | None:
    """Give an object exactly the attributes and blocks of a schema's block; missing ones are null, or empty lists.

    Names that the schema does not have are left out: an older or newer provider may have written them into a state.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise DoesNotConform(path, "object", value)
    fitted: State = {
        name: conform(attribute["type"], value.get(name), (*path, name))
        for name, attribute in block.get("attributes", {}).items()
    }
    for name, nested in block.get("block_types", {}).items():
        fitted[name] = conform_nested(nested, value.get(name), (*path, name))
    return fitted


def conform_nested(nested: Mapping[str, Any], value: Value, path: Path) -> Value:
    block, nesting = nested["block"], nested["nesting_mode"]
    if value is UNKNOWN:
        return value
    if nesting in MANY:
        if value is not None and not isinstance(value, list):
            raise DoesNotConform(path, [nesting, "block"], value)
        blocks = [conform_block(block, each, (*path, number)) for number, each in enumerate(value or ())]
        return without_doubles(blocks) if nesting == "set" else blocks
    if nesting == "map":
        return {key: conform_block(block, each, (*path, key)) for key, each in (value or {}).items()}
    if value is None and nesting == "group":
        value = {}
    return conform_block(block, value, path)


def conform(of: Type, value: Value, path: Path = ()) -> Value:
    """Fit a value to a type. Numbers and booleans may be text, as in state files and in AWS's responses."""
    if value is None or value is UNKNOWN or of == "dynamic":
        return value
    if isinstance(of, str):
        return _primitive(of, value, path)
    kind, element = of
    if kind in MANY or kind == "tuple":
        if not isinstance(value, list | tuple | set | frozenset):
            raise DoesNotConform(path, of, value)
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        types = element if kind == "tuple" else [element] * len(items)
        pairs = enumerate(zip(types, items, strict=False))
        fitted = [conform(each, item, (*path, number)) for number, (each, item) in pairs]
        return without_doubles(fitted) if kind == "set" else fitted
    if not isinstance(value, Mapping):
        raise DoesNotConform(path, of, value)
    if kind == "map":
        return {str(key): conform(element, each, (*path, str(key))) for key, each in value.items()}
    return {name: conform(each, value.get(name), (*path, name)) for name, each in element.items()}


def _primitive(of: str, value: Value, path: Path) -> Value:
    if of == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, str):
            return value
    elif of == "bool":
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
    elif of == "number" and not isinstance(value, bool):
        if isinstance(value, int | float):
            return int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(value, str):
            return _number(value, path)
    raise DoesNotConform(path, of, value)


def _number(text: str, path: Path) -> int | float:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise DoesNotConform(path, "number", text)


def without_doubles(items: list[Value]) -> list[Value]:
    """Return a set's members once each; two unknown ones may yet differ."""
    kept: list[Value] = []
    for each in items:
        if has_unknown(each) or each not in kept:
            kept.append(each)
    return kept

"""IAM policies as aws_iam_policy_document reads, merges and writes them: the same JSON, character by character."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Principal = tuple[str, Any]
"""A type such as "AWS", and one identifier or a list."""
Condition = tuple[str, str, Any]
"""A test, a variable, and one value or a list."""


class Refused(Exception):
    """A document that the data source does not accept."""


@dataclass
class Statement:
    sid: str = ""
    effect: str = ""
    actions: Any = None
    not_actions: Any = None
    resources: Any = None
    not_resources: Any = None
    principals: list[Principal] = field(default_factory=list)
    not_principals: list[Principal] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)

    @classmethod
    def parsed(cls, raw: Any) -> Self:
        get = _fields(raw, "statement")
        return cls(
            sid=get("Sid") or "",
            effect=get("Effect") or "",
            actions=get("Action"),
            not_actions=get("NotAction"),
            resources=get("Resource"),
            not_resources=get("NotResource"),
            principals=_parsed_principals(get("Principal")),
            not_principals=_parsed_principals(get("NotPrincipal")),
            conditions=_parsed_conditions(get("Condition")),
        )

    def as_json(self) -> Mapping[str, Any]:
        parts = {
            "Sid": self.sid or None,
            "Effect": self.effect or None,
            "Action": self.actions,
            "NotAction": self.not_actions,
            "Resource": self.resources,
            "NotResource": self.not_resources,
            "Principal": _written_principals(self.principals),
            "NotPrincipal": _written_principals(self.not_principals),
            "Condition": _written_conditions(self.conditions),
        }
        return {name: value for name, value in parts.items() if value is not None}


@dataclass
class Document:
    version: str = ""
    id: str = ""
    statements: list[Statement] = field(default_factory=list)

    @classmethod
    def parsed(cls, raw: Any) -> Self:
        get = _fields(raw, "document")
        listed = get("Statement")
        if not isinstance(listed, list | None):
            raise Refused(f"Statement should be a list, got {type(listed).__name__}")
        return cls(get("Version") or "", get("Id") or "", [Statement.parsed(each) for each in listed or ()])

    def merge(self, other: "Document") -> None:
        """Add another document: its id, its newer version, and its statements with the same Sid take precedence."""
        self.id = other.id or self.id
        self.version = max(self.version, other.version)
        for statement in other.statements:
            places = [at for at, each in enumerate(self.statements) if each.sid == statement.sid]
            if statement.sid and places:
                self.statements[places[0]] = statement
            else:
                self.statements.append(statement)

    def as_json(self) -> Mapping[str, Any]:
        parts = {
            "Version": self.version,
            "Id": self.id,
            "Statement": [each.as_json() for each in self.statements],
        }
        return {name: value for name, value in parts.items() if value}


def strings_of(members: Iterable[str] | None) -> Any:
    """Return a set of texts as the real provider writes it: a single one by itself, else in descending order."""
    listed = sorted(members or (), reverse=True)
    return listed[0] if len(listed) == 1 else listed or None


def principals_of(blocks: Iterable[Mapping[str, Any]] | None) -> list[Principal]:
    def written(block: Mapping[str, Any]) -> str:
        return f"identifiers:{_set_written(block['identifiers'])};type:{block['type']};"

    return [(each["type"], strings_of(each["identifiers"]) or []) for each in in_set_order(blocks or (), written)]


def conditions_of(blocks: Iterable[Mapping[str, Any]] | None) -> list[Condition]:
    def written(block: Mapping[str, Any]) -> str:
        values = "".join(f"{each};" for each in block["values"])
        return f"test:{block['test']};values:({values});variable:{block['variable']};"

    return [
        (each["test"], each["variable"], [value or "" for value in each["values"]])
        for each in in_set_order(blocks or (), written)
    ]


def in_set_order(members: Iterable[Any], written: Callable[[Any], str]) -> list[Any]:
    """Sort a set as the plugin SDK does, by the decimal text of a checksum, which shows where two blocks are joined."""
    return sorted(members, key=lambda each: str(zlib.crc32(written(each).encode())))


def _set_written(members: Iterable[str]) -> str:
    return "{" + "".join(f"{each};" for each in in_set_order(members, lambda text: f"{text};")) + "}"


def _fields(raw: Any, what: str) -> Callable[[str], Any]:
    """Read an object's fields in any case, as Go does."""
    if not isinstance(raw, Mapping):
        raise Refused(f"a {what} should be an object, got {type(raw).__name__}")
    lower = {name.lower(): value for name, value in raw.items()}
    return lambda name: raw.get(name, lower.get(name.lower()))


def _parsed_principals(raw: Any) -> list[Principal]:
    if raw is None:
        return []
    if isinstance(raw, str):
        return [("*", ["*"])]
    if not isinstance(raw, Mapping):
        raise Refused(f"a principal should be a string or an object, got {type(raw).__name__}")
    for kind, identifiers in raw.items():
        listed = identifiers if isinstance(identifiers, list) else [identifiers]
        if not all(isinstance(each, str) for each in listed):
            raise Refused(f'principals of type "{kind}" should be strings')
    return list(raw.items())


def _parsed_conditions(raw: Any) -> list[Condition]:
    if raw is None:
        return []
    if not isinstance(raw, Mapping) or not all(isinstance(each, Mapping) for each in raw.values()):
        raise Refused("a condition should be an object of tests, each with an object of variables")
    return [
        (test, variable, ["true" if values else "false"] if isinstance(values, bool) else values)
        for test, variables in raw.items()
        for variable, values in variables.items()
    ]


def _written_principals(principals: list[Principal]) -> Any:
    if not principals:
        return None
    if principals in ([("*", "*")], [("*", ["*"])]):
        return "*"
    joined: dict[str, Any] = {}
    for kind, identifiers in principals:
        if isinstance(identifiers, str) and kind not in joined:
            joined[kind] = identifiers
            continue
        before = joined.get(kind, [])
        added = [identifiers] if isinstance(identifiers, str) else sorted(identifiers, reverse=True)
        joined[kind] = ([before] if isinstance(before, str) else before) + added
    return dict(sorted(joined.items()))


def _written_conditions(conditions: list[Condition]) -> Any:
    joined: dict[str, dict[str, list[str]]] = {}
    for test, variable, values in conditions:
        listed = values if isinstance(values, list) else [values]
        joined.setdefault(test, {}).setdefault(variable, []).extend(listed)
    return {
        test: {variable: values[0] if len(values) == 1 else values for variable, values in sorted(variables.items())}
        for test, variables in sorted(joined.items())
    } or None

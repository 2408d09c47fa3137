"""Statements of PartiQL: the table that each reads or writes, the attributes that it names, and their values.

Source: DynamoDB Developer Guide, "PartiQL for DynamoDB statements" and "IAM security policies with PartiQL".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from localcloud.authorization.parameters import texts

STATEMENTS = {"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}
"""Operation -> its parameter with several statements."""
OPERATIONS = ("ExecuteStatement", *STATEMENTS)
TOKEN = re.compile(
    r"""\s*(?:'(?P<text>(?:[^']|'')*)'|"(?P<name>[^"]*)"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<word>[A-Za-z_][\w-]*)"""
    r"""|(?P<sign><=|>=|<>|!=|<<|>>|-(?!-)|[+*?=<>()\[\]{}.,:]))"""
)
BEGINS = {"SELECT": "Select", "INSERT": "Insert", "UPDATE": "Update", "DELETE": "Delete"}
BEFORE_TABLE = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE", "DELETE": "FROM"}
AFTER_TABLE = {"", "WHERE", "ORDER", "VALUE", "SET", "REMOVE", "RETURNING"}
WORDS = frozenset(
    {
        *(
            "ALL",
            "AND",
            "ASC",
            "BETWEEN",
            "BY",
            "DELETE",
            "DESC",
            "EXISTS",
            "FALSE",
            "FROM",
            "IN",
            "INSERT",
            "INTO",
            "IS",
        ),
        *("MISSING", "MODIFIED", "NEW", "NOT", "NULL", "OLD", "OR", "ORDER", "REMOVE", "RETURNING", "SELECT", "SET"),
        *("TRUE", "UPDATE", "VALUE", "WHERE"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. `action`: of IAM, `PartiQLSelect`. `index`: empty for the table itself.

    `equal`: attribute -> the values that affected items may have there; `attributes`: all that the statement names.
    """

    action: str
    table: str
    index: str = ""
    equal: Mapping[str, Sequence[str]]
    attributes: Sequence[str]

    def resource(self) -> dict[str, object]:
        """Return the statement's resource, in the form of other operations' parameters."""
        return {"TableName": self.table, **({"IndexName": self.index} if self.index else {})}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    values: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" and self.text.upper() in WORDS else ""

    @property
    def is_value(self) -> bool:
        return self.kind in ("text", "number") or self.text == "?"


def statements_of(operation: str, parameters: Mapping[str, object]) -> list[Statement | None]:
    """Return the statements of a call; None for one that cannot be read, which DynamoDB refuses."""
    if operation not in OPERATIONS:
        return []
    given = parameters.get(STATEMENTS[operation]) if operation in STATEMENTS else [parameters]
    return [
        read(str(each.get("Statement", "")), each.get("Parameters"))
        for each in (given if isinstance(given, list) else ())
        if isinstance(each, Mapping)
    ]


def read(text: str, parameters: object = None) -> Statement | None:
    """Read a statement. `parameters`: the values of its question marks."""
    tokens = _tokens(text, parameters if isinstance(parameters, list) else [])
    if tokens and tokens[0].word == "EXISTS" and tokens[-1].text == ")":
        tokens = tokens[2:-1]
    if not tokens or tokens[0].word not in BEGINS:
        return None
    begin = tokens[0].word
    at = next((number for number, each in enumerate(tokens) if each.word == BEFORE_TABLE[begin]), len(tokens)) + 1
    named = tokens[at : at + 3]
    if not named or not _is_name(named[0]):
        return None
    has_index = len(named) == 3 and named[1].text == "." and _is_name(named[2])
    before, after = tokens[1 : at - 1], tokens[at + (3 if has_index else 1) :]
    if (after[0].word or "?" if after else "") not in AFTER_TABLE:
        return None
    return Statement(
        action=f"PartiQL{BEGINS[begin]}",
        table=named[0].text,
        index=named[2].text if has_index else "",
        equal=_inserted(after) if begin == "INSERT" else _compared(after),
        attributes=list(dict.fromkeys([*_names(before), *(_inserted(after) if begin == "INSERT" else _names(after))])),
    )


def _tokens(text: str, parameters: Sequence[object]) -> list[_Token]:
    """Split a text; nothing if it has signs that no statement has."""
    found: list[_Token] = []
    values = iter(parameters)
    end, text = 0, text.rstrip().removesuffix(";").rstrip()
    while end < len(text):
        token = TOKEN.match(text, end)
        if token is None or token.lastgroup is None:
            return []
        kind, content, end = token.lastgroup, token[token.lastgroup], token.end()
        if kind == "text":
            content = content.replace("''", "'")
        given = next(values, None) if (kind, content) == ("sign", "?") else None
        inner = given.values() if isinstance(given, Mapping) else ()
        found.append(_Token(kind, content, tuple(each for value in inner for each in texts(value))))
    return found


def _is_name(token: _Token) -> bool:
    return token.kind == "name" or (token.kind == "word" and not token.word)


def _values(token: _Token) -> list[str]:
    return [*token.values] if token.text == "?" and token.kind == "sign" else [token.text]


def _names(tokens: Sequence[_Token]) -> Iterator[str]:
    """Return top-level attributes: no function, and no part of a document."""
    for number, each in enumerate(tokens):
        is_part = number > 0 and tokens[number - 1].text == "." and tokens[number - 1].kind == "sign"
        is_function = number + 1 < len(tokens) and tokens[number + 1].text == "(" and each.kind == "word"
        if _is_name(each) and not is_part and not is_function:
            yield each.text


def _compared(tokens: Sequence[_Token]) -> dict[str, list[str]]:
    """Return what WHERE compares by = and IN; nothing where OR or NOT admit other values."""
    words = [each.word for each in tokens]
    if "WHERE" not in words:
        return {}
    where = tokens[words.index("WHERE") + 1 :]
    if {"OR", "NOT"} & {each.word for each in where}:
        return {}
    found: dict[str, list[str]] = {}
    for number, each in enumerate(where[:-2]):
        following = where[number + 1 : number + 3]
        is_part = number > 0 and where[number - 1].text == "."
        if not _is_name(each) or is_part:
            continue
        if following[0].text == "=" and following[1].is_value:
            found.setdefault(each.text, []).extend(_values(following[1]))
        elif following[0].word == "IN" and following[1].text in ("(", "["):
            among = takewhile(lambda one: one.text not in (")", "]"), where[number + 3 :])
            found.setdefault(each.text, []).extend(value for one in among if one.is_value for value in _values(one))
    return found


def _inserted(tokens: Sequence[_Token]) -> dict[str, list[str]]:
    """Return the attributes of a new item, with the values of simple ones."""
    found: dict[str, list[str]] = {}
    depth = 0
    for number, each in enumerate(tokens):
        is_sign = each.kind == "sign"
        depth += (each.text in ("{", "[", "<<", "(")) - (each.text in ("}", "]", ">>", ")")) if is_sign else 0
        following = tokens[number + 1 : number + 3]
        if depth == 1 and not is_sign and len(following) == 2 and following[0].text == ":":
            found[each.text] = _values(following[1]) if following[1].is_value else []
    return found

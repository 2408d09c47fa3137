"""Compares a stored object with its class of today: which attributes are missing, which are no longer used."""

import ast
import dataclasses
import inspect
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import localcloud

KNOWN = (threading.Lock, threading.RLock)
"""Functions that a first value may call; classes may be called, too."""
METHODS = {"get", "copy", "lower", "upper"}
"""Methods that a first value may call."""
WORD = re.compile(r"\w+")
VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD


class Unknown(Exception):
    """An initial value depends on something that only a request contains."""


@dataclasses.dataclass(frozen=True)
class FirstValue:
    """The value that `__init__` assigns to an attribute: an expression, and the function that contains it."""

    expression: ast.expr
    function: FunctionType


def complete(value: object) -> list[str]:
    """Add missing attributes to an object -> the names of those set to None because their initial value is unknown.

    An attribute that has become a property is passed to it.
    """
    kind: type = type(value)
    attributes = value.__dict__
    for name in attributes.keys() & _properties(kind):
        _give_to_property(value, name, attributes.pop(name))
    unknown = []
    for name, first in _first_values(kind).items():
        if name in attributes:
            continue
        try:
            attributes[name] = first(value)
        except Unknown:
            attributes[name] = None
            unknown.append(name)
    return unknown


def unread(kind: type, attributes: Mapping[str, object]) -> list[str]:
    """Return the attributes with a value that today's code does not name: another one has replaced them."""
    named = _words_of_class(kind)
    if "setattr" in named:  # Attributes whose names are computed cannot be found this way.
        return []
    names = [name for name, content in attributes.items() if name not in named and not _is_empty(content)]
    return [name for name in names if name not in _our_words()]


def _is_empty(content: object) -> bool:
    return content is None or content is False or (isinstance(content, str | list | dict) and not content)


@cache
def _words_of_class(kind: type) -> frozenset[str]:
    return frozenset().union(*(_words_of(each.__module__) for each in kind.__mro__ if each is not object))


@cache
def _words_of(module: str) -> frozenset[str]:
    source = getattr(sys.modules.get(module), "__file__", None)
    return frozenset(WORD.findall(Path(source).read_text())) if source else frozenset()


@cache
def _our_words() -> frozenset[str]:
    """Return the names in our own code: its patches add attributes to moto's objects."""
    sources = Path(localcloud.__file__).parent.rglob("*.py")
    return frozenset(word for source in sources for word in WORD.findall(source.read_text()))


def _give_to_property(value: object, name: str, content: object) -> None:
    try:
        setattr(value, name, content)
    except AttributeError:  # No setter: by moto's convention the property shows the attribute with an underscore.
        value.__dict__.setdefault(f"_{name}", content)


@cache
def _properties(kind: type) -> frozenset[str]:
    return frozenset(name for each in kind.__mro__ for name, held in vars(each).items() if isinstance(held, property))


@cache
def _first_values(kind: type) -> Mapping[str, Callable[[object], object]]:
    """Return the attributes that new objects of this class have, without those of the class itself."""
    found: dict[str, Callable[[object], object]] = {}
    for each in reversed(kind.__mro__):
        if dataclasses.is_dataclass(each):
            found |= {field.name: _of_field(field) for field in dataclasses.fields(each) if field.init}
        elif isinstance(function := vars(each).get("__init__"), FunctionType):
            found |= {name: _of_init(first) for name, first in _assigned(function)}
    in_class = {name for each in kind.__mro__ for name in vars(each)}
    return {name: first for name, first in found.items() if name not in in_class}


def _of_field(field: "dataclasses.Field[Any]") -> Callable[[object], object]:
    def first(_: object) -> object:
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
        if field.default is dataclasses.MISSING:
            raise Unknown
        return field.default

    return first


def _assigned(function: FunctionType) -> Iterator[tuple[str, FirstValue]]:
    """Return the attributes that an `__init__` always assigns."""
    function = inspect.unwrap(function)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):  # generated code: there is no source
        return
    [definition] = tree.body
    assert isinstance(definition, ast.FunctionDef)  # noqa: S101 - it is the source of a function
    tried = [node for each in definition.body if isinstance(each, ast.Try) for node in each.body]
    for node in definition.body + tried:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                yield target.attr, FirstValue(node.value, function)


def _of_init(first: FirstValue) -> Callable[[object], object]:
    def evaluated(value: object) -> object:
        names = _names(first.function, value)
        scope = {**first.function.__globals__, **names}
        _check(first, scope, names)
        try:
            return eval(compile(ast.Expression(first.expression), "<first value>", "eval"), scope)  # noqa: S307
        # The errors of an attribute's expression depend on the object's attributes.
        except Exception as error:
            raise Unknown from error

    return evaluated


def _names(function: FunctionType, value: object) -> dict[str, object]:
    """Return arguments for `__init__`: the attributes of the same names, or else their defaults."""
    found: dict[str, object] = {"self": value}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if name in value.__dict__:
            found[name] = value.__dict__[name]
        elif parameter.kind is VAR_KEYWORD:
            found[name] = {}
        elif parameter.default is not inspect.Parameter.empty:
            found[name] = parameter.default
    return found


def _check(first: FirstValue, scope: Mapping[str, object], names: Mapping[str, object]) -> None:
    """Refuse expressions that may have side effects, or that use an unknown argument. Errors: Unknown."""
    local = set(first.function.__code__.co_varnames) - names.keys()
    for node in ast.walk(first.expression):
        if isinstance(node, ast.Name) and node.id in local:
            raise Unknown
        if isinstance(node, ast.Call) and not _is_harmless(node.func, scope):
            raise Unknown


def _is_harmless(called: ast.expr, scope: Mapping[str, object]) -> bool:
    if isinstance(called, ast.Attribute) and called.attr in METHODS:
        return True
    try:
        found = eval(compile(ast.Expression(called), "<called>", "eval"), dict(scope))  # noqa: S307
    except (NameError, AttributeError):
        return False
    return isinstance(found, type) or found in KNOWN

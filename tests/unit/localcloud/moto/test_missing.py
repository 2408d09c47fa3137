"""An object of another version gets what its class of today sets."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest

from localcloud.moto.missing import complete, unread


class Base:
    def __init__(self, name: str, *, tags: dict[str, str] | None = None, **more: Any) -> None:
        self.name = name
        self.tags = tags or {}
        self.by_id: dict[str, list[str]] = defaultdict(list)
        self.lock = threading.Lock()
        self.size = more.get("size")
        self.label = f"{self.name}!"
        try:
            self.tried = 1
        finally:
            pass
        if more:
            self.only_sometimes = more["other"]


class Derived(Base):
    LIMIT = 3
    kind = None

    def __init__(self, name: str, region: str) -> None:
        super().__init__(name)
        self.region = region
        self.kind = "derived"
        self.made_at = now()
        self.limit = self.LIMIT


class WithProperties:
    def __init__(self) -> None:
        self.settable = 1

    @property
    def settable(self) -> int:
        return self.held

    @settable.setter
    def settable(self, value: int) -> None:
        self.held = value

    @property
    def shown(self) -> int:
        return self._shown  # type: ignore[attr-defined, no-any-return]  # as in moto, which sets it elsewhere


@dataclass
class Record:
    name: str
    tags: list[str] = field(default_factory=list)
    limit: int = 5


def now() -> None:
    pytest.fail("a first value calls a function")


def blank(kind: type, **attributes: Any) -> Any:
    value = object.__new__(kind)
    value.__dict__.update(attributes)
    return value


def test_an_object_gets_what_it_lacks_and_keeps_what_it_has() -> None:
    value = blank(Derived, name="a", tags={"k": "v"})
    assert complete(value) == ["region", "made_at"]
    lock = value.__dict__.pop("lock")
    assert not lock.locked()
    assert value.__dict__ == {
        "name": "a", "tags": {"k": "v"}, "by_id": {}, "size": None, "label": "a!", "tried": 1, "region": None,
        "made_at": None, "limit": 3,
    }  # fmt: skip
    assert value.by_id["new"] == []


def test_a_dataclass_gives_its_defaults() -> None:
    value = blank(Record)
    assert complete(value) == ["name"]
    assert value.__dict__ == {"name": None, "tags": []}
    assert value.limit == 5  # the class itself has it


def test_a_whole_object_stays() -> None:
    value = Base("a", other=1)
    before = dict(value.__dict__)
    assert complete(value) == []
    assert value.__dict__ == before


def test_an_attribute_that_is_a_property_today_is_given_to_it() -> None:
    value = blank(WithProperties, settable=2, shown=3)
    assert complete(value) == []
    assert (value.settable, value.shown) == (2, 3)


def test_an_attribute_that_no_code_names_is_reported_unless_it_is_empty() -> None:
    value = blank(Base, name="a", **{"nobody" + "_knows": 1, "nobody" + "_either": None})
    # In two parts, as the names must not stand in this file, which is the source of its class.
    assert unread(Base, value.__dict__) == ["nobody" + "_knows"]

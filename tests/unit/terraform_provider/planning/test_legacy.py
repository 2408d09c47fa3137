"""Comparisons of values as the older plugin SDK makes them, on small blocks."""

from typing import Any

import pytest

from terraform_provider.planning import plan
from terraform_provider.values.unknown import UNKNOWN, State, Value

ID = {"id": {"type": "string", "optional": True, "computed": True}}


def planned(members: dict[str, Any], prior: State | None, proposed: State) -> tuple[dict[str, Value], set[Any]]:
    attributes = {name: each for name, each in members.items() if "type" in each}
    blocks = {name: each for name, each in members.items() if "nesting_mode" in each}
    block = {"attributes": ID | attributes, "block_types": blocks}
    kind = f"test_{sorted(members.items())}"
    before = None if prior is None else {"id": "i-1"} | prior
    wanted = {"id": None if prior is None else "i-1"} | proposed
    found = plan(kind, block, before, wanted, wanted)
    assert found.value is not None
    return found.value, set(found.replace_paths)


TEXT = {"a": {"type": "string", "optional": True}}
COMPUTED = {"a": {"type": "string", "optional": True, "computed": True}}
DEFAULT = {"a": {"type": "number", "optional": True, "default": 5}}
FIXED = {"a": {"type": "string", "optional": True, "force_new": True}}
FLAG = {"a": {"type": "bool", "optional": True}}
LIST = {"a": {"type": ["list", "string"], "optional": True}}
SET = {"a": {"type": ["set", "string"], "optional": True}}
MAP = {"a": {"type": ["map", "string"], "optional": True}}


@pytest.mark.parametrize(
    ("members", "wanted", "found"),
    [
        (TEXT, "x", "x"), (TEXT, None, None), (TEXT, "", ""), (TEXT, UNKNOWN, UNKNOWN),
        (COMPUTED, None, UNKNOWN), (COMPUTED, "", UNKNOWN), (COMPUTED, "x", "x"),
        (DEFAULT, None, 5), (DEFAULT, 0, 0), (FLAG, False, False), (FLAG, None, None),
        (LIST, [], []), (LIST, ["x"], ["x"]), (LIST, [UNKNOWN], [UNKNOWN]), (LIST, None, None),
        (SET, [], None), (SET, ["x"], ["x"]), (SET, UNKNOWN, UNKNOWN),
        (MAP, {}, None), (MAP, {"k": "v"}, {"k": "v"}), (MAP, {"k": "v", "u": UNKNOWN}, UNKNOWN),
    ],
)  # fmt: skip
def test_a_creation(members: dict[str, Any], wanted: Value, found: Value) -> None:
    assert planned(members, None, {"a": wanted})[0]["a"] == found


@pytest.mark.parametrize(
    ("members", "state", "wanted", "found"),
    [
        (TEXT, "x", "y", "y"), (TEXT, "x", None, None), (TEXT, "", None, ""), (TEXT, None, "", None),
        (FLAG, False, None, False), (FLAG, True, None, None), (COMPUTED, "x", "", "x"), (DEFAULT, 7, None, 5),
        (LIST, ["x", "y"], ["x"], ["x"]), (LIST, ["x"], None, []), (SET, ["x"], ["y"], ["y"]),
        (MAP, {"k": "v"}, None, {}), (MAP, {"k": "v", "l": "w"}, {"k": "z"}, {"k": "z"}),
    ],
)  # fmt: skip
def test_an_update(members: dict[str, Any], state: Value, wanted: Value, found: Value) -> None:
    assert planned(members, {"a": state}, {"a": wanted})[0]["a"] == found


def test_replacement_is_requested_by_a_change_alone() -> None:
    assert planned(FIXED, {"a": "x"}, {"a": "x"})[1] == set()
    assert planned(FIXED, {"a": "x"}, {"a": "y"})[1] == {("a",), ("id",)}
    assert planned(FIXED, {"a": "x"}, {"a": UNKNOWN})[1] == {("a",), ("id",)}
    assert planned(FIXED, {"a": None}, {"a": ""})[1] == set()


INNER = {
    "name": {"type": "string", "required": True},
    "note": {"type": "string", "optional": True},
    "size": {"type": "number", "optional": True, "default": 3},
    "made": {"type": "string", "computed": True},
}
OF_LIST = {"b": {"nesting_mode": "list", "block": {"attributes": INNER}}, **TEXT}
OF_SET = {"b": {"nesting_mode": "set", "block": {"attributes": INNER}}, **TEXT}


def element(name: str, **others: Value) -> State:
    return {"name": name, "note": None, "size": None, "made": None} | others


def test_blocks_show_their_defaults_and_what_is_computed() -> None:
    found, _ = planned(OF_LIST, None, {"a": None, "b": [element("x")]})
    assert found["b"] == [element("x", size=3, made=UNKNOWN)]


def test_a_new_element_of_a_list_of_blocks_leaves_its_computed_values_null_in_an_update() -> None:
    state = element("x", note="", size=3, made="m")
    found, _ = planned(OF_LIST, {"a": None, "b": [state]}, {"a": None, "b": [state, element("y")]})
    assert found["b"] == [state, element("y", size=3)]


def test_null_in_a_block_becomes_zero_in_any_change_of_the_resource() -> None:
    state = element("x", note=None, size=3, made="m")
    found, _ = planned(OF_LIST, {"a": "1", "b": [state]}, {"a": "2", "b": [state]})
    assert found["b"] == [element("x", note="", size=3, made="m")]


def test_a_changed_element_of_a_set_is_a_new_one() -> None:
    state = element("x", note="", size=3, made="m")
    found, _ = planned(OF_SET, {"a": None, "b": [state]}, {"a": None, "b": [element("x", size=4)]})
    assert found["b"] == [element("x", note="", size=4, made=UNKNOWN)]


def test_a_set_without_its_last_element_is_empty() -> None:
    state = element("x", note="", size=3, made="m")
    assert planned(OF_SET, {"a": None, "b": [state]}, {"a": None, "b": []})[0]["b"] == []


def test_a_block_that_aws_fills_in_is_unknown_until_then() -> None:
    members = {"b": {"nesting_mode": "list", "computed": True, "block": {"attributes": INNER}}}
    assert planned(members, None, {"b": []})[0]["b"] is UNKNOWN
    state = element("x", note="", size=3, made="m")
    assert planned(members, {"b": [state]}, {"b": []})[0]["b"] == [state]

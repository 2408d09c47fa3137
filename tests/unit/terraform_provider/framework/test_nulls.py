"""Null, empty and zero are kept apart as the real provider does."""

from typing import Any

from terraform_provider.framework.nulls import as_data, is_changed, kept_as_written, zeroed
from terraform_provider.planning.model import is_of_older_sdk
from terraform_provider.values.unknown import UNKNOWN

BLOCK = {
    "attributes": {
        "id": {"type": "string", "optional": True, "computed": True},
        "name": {"type": "string"},
        "days": {"type": "number"},
        "on": {"type": "bool"},
        "arns": {"type": ["set", "string"]},
        "tags": {"type": ["map", "string"]},
    }
}


def test_the_older_sdk_is_known_by_an_id_that_may_be_configured() -> None:
    assert is_of_older_sdk(BLOCK)
    assert not is_of_older_sdk({"attributes": {"id": {"type": "string", "computed": True}}})


def test_what_aws_does_not_have_is_stored_as_zero() -> None:
    found = dict.fromkeys(("name", "days", "on", "arns", "tags"))
    assert zeroed(BLOCK, found) == {"name": "", "days": 0, "on": False, "arns": [], "tags": {}}


def test_an_apply_keeps_null_and_empty_collections_as_planned() -> None:
    new = {"tags": {}, "arns": None, "name": "", "days": 0}
    old = {"tags": None, "arns": [], "name": None, "days": None}
    assert kept_as_written(BLOCK, new, old, is_apply=True) == {"tags": None, "arns": [], "name": "", "days": 0}


def test_a_read_stores_empty_collections_that_were_null() -> None:
    assert kept_as_written(BLOCK, {"tags": {}}, {"tags": None}, is_apply=False) == {"tags": {}}


def test_an_apply_keeps_a_set_as_planned_and_a_read_stores_what_is_there() -> None:
    block = {"attributes": {}, "block_types": {"rule": {"nesting_mode": "set", "block": BLOCK}}}
    planned = {"rule": [{"name": "b", "days": None}, {"name": "a", "days": 1}]}
    found = {"rule": [{"name": "a", "days": 1}, {"name": "b", "days": 0}]}
    assert kept_as_written(block, found, planned, is_apply=True) == planned
    assert kept_as_written(block, found, planned, is_apply=False) == found
    unknown = {"rule": [{"name": "a", "days": UNKNOWN}]}
    assert kept_as_written(block, found, unknown, is_apply=True) == found


def test_null_is_not_a_change_from_zero_and_unknown_is_one() -> None:
    for empty in ("", 0, False, [], {}):
        assert not is_changed(None, empty)
        assert not is_changed(empty, None)
    assert is_changed(None, "x")
    assert is_changed(0, 1)
    assert is_changed("x", UNKNOWN)


def test_inside_of_a_data_sources_blocks_what_is_not_set_is_zero() -> None:
    inner = {"attributes": {"values": {"type": ["set", "string"]}, "test": {"type": "string"}}}
    statement = {
        "attributes": {"sid": {"type": "string"}, "actions": {"type": ["set", "string"]}},
        "block_types": {"condition": {"nesting_mode": "set", "block": inner}},
    }
    block = {"attributes": {}, "block_types": {"statement": {"nesting_mode": "list", "block": statement}}}
    config = {"statement": [{"sid": None, "actions": ["a"], "condition": [{"values": None, "test": "x"}]}], "id": None}
    assert as_data(block, config) == {
        "statement": [{"sid": "", "actions": ["a"], "condition": [{"values": [], "test": "x"}]}],
        "id": None,
    }


def test_beside_a_data_sources_blocks_what_the_configuration_has_empty_is_null() -> None:
    texts: dict[str, Any] = {"type": ["list", "string"]}
    block = {"attributes": {"asked": texts | {"optional": True}, "found": texts | {"computed": True}}}
    assert as_data(block, {"asked": [], "found": []}) == {"asked": None, "found": []}
    assert as_data(block, {"asked": ["a"], "found": []}) == {"asked": ["a"], "found": []}


def test_a_data_sources_blocks_are_null_if_the_configuration_has_none() -> None:
    block = {
        "attributes": {},
        "block_types": {
            "statement": {"nesting_mode": "list", "block": BLOCK},
            "filter": {"nesting_mode": "set", "block": BLOCK},
            "timeouts": {"nesting_mode": "single", "block": BLOCK},
        },
    }
    assert as_data(block, {"statement": [], "filter": None, "timeouts": None}) == {
        "statement": None,
        "filter": None,
        "timeouts": None,
    }

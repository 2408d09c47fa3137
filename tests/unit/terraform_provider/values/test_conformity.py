"""Values fit the types of a schema, or the error says where they do not."""

import pytest

from terraform_provider.values.conformity import DoesNotConform, conform, conform_block
from terraform_provider.values.unknown import UNKNOWN

BLOCK = {
    "attributes": {
        "name": {"type": "string", "optional": True},
        "ports": {"type": ["set", "number"], "optional": True},
        "labels": {"type": ["map", "string"], "optional": True},
        "rule": {"type": ["list", ["object", {"from": "number", "all": "bool"}]], "optional": True},
    },
    "block_types": {
        "filter": {"nesting_mode": "set", "block": {"attributes": {"key": {"type": "string"}}}},
        "timeouts": {"nesting_mode": "single", "block": {"attributes": {"create": {"type": "string"}}}},
    },
}


def test_an_object_has_every_attribute_and_no_other() -> None:
    assert conform_block(BLOCK, {"name": "web", "old": 1}) == {
        "name": "web",
        "ports": None,
        "labels": None,
        "rule": None,
        "filter": [],
        "timeouts": None,
    }


def test_numbers_and_booleans_may_be_written_as_strings() -> None:
    assert conform("number", "30") == 30
    assert conform("number", 30.0) == 30
    assert conform("number", "0.5") == 0.5
    assert conform("bool", "true") is True
    assert conform("string", 30) == "30"
    assert conform("string", True) == "true"


def test_a_set_holds_each_member_once_but_unknown_ones_may_differ() -> None:
    assert conform(["set", "string"], ["a", "b", "a"]) == ["a", "b"]
    assert conform(["set", "string"], {"b", "a"}) == ["a", "b"]
    assert conform(["set", "string"], [UNKNOWN, UNKNOWN]) == [UNKNOWN, UNKNOWN]


def test_blocks_and_objects_are_filled_up() -> None:
    fitted = conform_block(BLOCK, {"rule": [{"from": "80"}], "filter": [{}, {}]})
    assert fitted is not None
    assert fitted["rule"] == [{"from": 80, "all": None}]
    assert fitted["filter"] == [{"key": None}]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"name": ["web"]}, "name: should be string, got list"),
        ({"ports": "80"}, "ports: should be set of number, got str"),
        ({"ports": ["http"]}, "ports.0: should be number, got str"),
        ({"labels": []}, "labels: should be map of string, got list"),
        ({"rule": [{"all": "yes"}]}, "rule.0.all: should be bool, got str"),
        ({"filter": {"key": "a"}}, "filter: should be set of block, got dict"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_place(value: object, words: str) -> None:
    with pytest.raises(DoesNotConform, match=words):
        conform_block(BLOCK, value)

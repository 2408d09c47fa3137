"""Lifecycle rules: null and zero, what S3 takes together, and back."""

from typing import Any

import pytest

from terraform_provider.resources.s3 import _lifecycle
from terraform_provider.values.unknown import State

EMPTY: State = {
    "id": "r",
    "status": "Enabled",
    "prefix": "",
    **{name: [] for name in ("filter", "transition", *(_lifecycle.ABORT, _lifecycle.EXPIRATION, _lifecycle.LAST))},
    _lifecycle.LATER: [],
}
FILTER: State = {
    "and": [],
    "tag": [],
    "prefix": None,
    "object_size_greater_than": None,
    "object_size_less_than": None,
}
RULE = {"ID": "r", "Status": "Enabled"}


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        ({}, {"Filter": {}}),
        ({"prefix": "a/"}, {"Prefix": "a/"}),
        ({"filter": [FILTER | {"prefix": ""}]}, {"Filter": {"Prefix": ""}}),
        ({"filter": [FILTER | {"object_size_less_than": 9}]}, {"Filter": {"ObjectSizeLessThan": 9}}),
        (
            {
                "filter": [
                    FILTER
                    | {
                        "and": [
                            {
                                "prefix": "a/",
                                "tags": {"k": "v"},
                                "object_size_greater_than": 0,
                                "object_size_less_than": 0,
                            }
                        ]
                    }
                ]
            },
            {"Filter": {"And": {"ObjectSizeGreaterThan": 0, "Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}},
        ),
    ],
)
def test_a_rule_has_one_filter_or_a_prefix(block: State, rule: dict[str, Any]) -> None:
    assert _lifecycle.of_blocks([EMPTY | block]) == [RULE | rule]
    assert _lifecycle.as_blocks([RULE | rule]) == [EMPTY | block]


@pytest.mark.parametrize(
    ("block", "expiration"),
    [
        ({"date": None, "days": 30, "expired_object_delete_marker": False}, {"Days": 30}),
        ({"date": None, "days": 0, "expired_object_delete_marker": True}, {"ExpiredObjectDeleteMarker": True}),
        ({"date": None, "days": 0, "expired_object_delete_marker": False}, {"ExpiredObjectDeleteMarker": False}),
        (
            {"date": "2030-01-01T00:00:00Z", "days": 0, "expired_object_delete_marker": False},
            {"Date": "2030-01-01T00:00:00Z"},
        ),
    ],
)
def test_objects_expire_by_one_of_date_days_and_marker(block: State, expiration: dict[str, Any]) -> None:
    rule = _lifecycle.of_blocks([EMPTY | {"expiration": [block]}])[0]
    assert rule["Expiration"] == expiration


def test_a_transition_without_a_date_is_at_once() -> None:
    transition = {"date": None, "days": None, "storage_class": "GLACIER"}
    rule = _lifecycle.of_blocks([EMPTY | {"transition": [transition]}])[0]
    assert rule["Transitions"] == [{"Days": 0, "StorageClass": "GLACIER"}]

"""The part of an event that a target of an EventBridge rule gets."""

from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.moto_only.events.moto_patches import _input

RULE = SimpleNamespace(arn="arn:aws:events:us-west-1:123456789012:rule/r", name="r")
EVENT = {
    "id": "1",
    "time": 1_700_000_000.0,
    "resources": ["a", "b"],
    "detail": {"reason": 'it said "no"', "count": 2},
    "ingestion-time": 1.0,
}
PATHS = {"all": "$.detail", "why": "$.detail.reason", "second": "$.resources[1]", "none": "$.detail.nothing"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"constant": 1}'}, '{"constant": 1}'),
        ({"InputPath": "$.detail.count"}, "2"),
        (
            {},
            '{"id":"1","time":"2023-11-14T22:13:20Z","resources":["a","b"],'
            '"detail":{"reason":"it said \\"no\\"","count":2}}',
        ),
    ],
)
def test_a_target_gets_the_event_a_part_or_a_constant(target: dict[str, Any], expected: str) -> None:
    assert _input(RULE, target, EVENT) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            '{"event": <all>, "why": <why>}',
            '{"event": {"reason":"it said \\"no\\"","count":2}, "why": "it said \\"no\\""}',
        ),
        ('"Because: <why>, in <second>."', '"Because: it said \\"no\\", in b."'),
        ('{"a": <none>, "b": "<none>", "c": "<unknown>"}', '{"a": null, "b": "", "c": "<unknown>"}'),
        ('{"rule": <aws.events.rule-name>}', '{"rule": "r"}'),
    ],
)
def test_a_placeholder_is_a_value_or_within_a_text_its_text(template: str, expected: str) -> None:
    transformer = {"InputPathsMap": PATHS, "InputTemplate": template}
    assert _input(RULE, {"InputTransformer": transformer}, EVENT) == expected

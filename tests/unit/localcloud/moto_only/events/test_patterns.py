"""Matching events with event patterns."""

from typing import Any

import pytest

from localcloud.moto_only.events.patterns import matches

EVENT = {
    "source": "aws.ecs",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "group": "service:api",
        "count": 3,
        "healthy": True,
        "reason": None,
        "address": "10.0.1.5",
        "path": "a/b*c.csv",
        "containers": [{"name": "app", "lastStatus": "RUNNING"}, {"name": "proxy", "lastStatus": "STOPPED"}],
    },
}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["other", "aws.ecs"]},
        {"resources": ["arn:b"]},
        {"detail": {"containers": {"lastStatus": ["STOPPED"]}}},
        {"detail": {"containers": {"name": ["proxy"], "lastStatus": ["STOPPED"]}}},
        {"detail": {"group": [{"prefix": "service:"}], "count": [{"numeric": [">", 2, "<=", 3]}]}},
        {"detail": {"group": [{"suffix": {"equals-ignore-case": "API"}}]}},
        {"detail": {"group": [{"equals-ignore-case": "SERVICE:API"}]}},
        {"detail": {"group": [{"wildcard": "s*:a*"}]}},
        {"detail": {"path": [{"wildcard": "a/b\\*c.*"}]}},
        {"detail": {"group": [{"anything-but": ["service:web"]}]}},
        {"detail": {"group": [{"anything-but": {"prefix": ["family:", "task:"]}}]}},
        {"detail": {"address": [{"cidr": "10.0.0.0/16"}]}},
        {"detail": {"reason": [None]}},
        {"detail": {"healthy": [True]}},
        {"detail": {"reason": [{"exists": True}], "stopCode": [{"exists": False}]}},
        {"detail": {"stopCode": ["x", {"exists": False}]}},
        {"detail": {"$or": [{"count": [7]}, {"group": ["service:api"]}]}},
    ],
)
def test_matching(pattern: dict[str, Any]) -> None:
    assert matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.ecs"], "region": ["us-west-1"]},
        {"detail": {"containers": {"name": ["app"], "lastStatus": ["STOPPED"]}}},
        {"detail": {"count": [True]}},
        {"detail": {"healthy": [1]}},
        {"detail": {"healthy": [{"numeric": [">", 0]}]}},
        {"detail": {"group": [{"anything-but": "service:api"}]}},
        {"detail": {"group": [{"anything-but": {"wildcard": "service:*"}}]}},
        {"detail": {"stopCode": [{"anything-but": "x"}]}},
        {"detail": {"path": [{"wildcard": "a\\*"}]}},
        {"detail": {"address": [{"cidr": "10.1.0.0/16"}], "group": [{"prefix": "service"}]}},
        {"detail": {"group": [{"cidr": "10.1.0.0/16"}]}},
        {"detail": {"reason": [{"exists": False}]}},
        {"detail": {"$or": [{"count": [7]}, {"group": ["service:web"]}]}},
        {"source": {"name": ["x"]}},
    ],
)
def test_not_matching(pattern: dict[str, Any]) -> None:
    assert not matches(pattern, EVENT)


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"detail": {"state": {"status": ["ON"]}}}, {"detail": {"state.status": "ON"}}, True),
        ({"detail": {"state.status": ["ON"]}}, {"detail": {"state": {"status": "ON", "since": 1}}}, True),
        (
            {"detail.state": {"status": ["ON"], "by": ["a"]}},
            {"detail": {"state.status": "ON", "state": {"by": "a"}}},
            True,
        ),
        ({"detail": {"state": {"status": ["ON"]}}}, {"detail": {"state.status": {"status": "ON"}}}, False),
        ({"detail": {"state.status": {"status": ["ON"]}}}, {"detail": {"state": {"status": "ON"}}}, False),
    ],
)
def test_a_name_with_dots_is_a_path(pattern: dict[str, Any], event: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, event) is expected

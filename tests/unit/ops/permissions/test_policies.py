"""Names in policies have wildcards."""

import pytest

from ops.permissions.policies import matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("ecs:Describe*", "ecs:describeServices", True),
        ("ecs:DescribeTask?", "ecs:DescribeTasks", True),
        ("ecs:DescribeTask?", "ecs:DescribeTask", False),
        ("*", "a:B\nc", True),
        ("a.b", "aXb", False),
    ],
)
def test_names_are_compared_with_wildcards(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text, ignore_case=True) is expected
    assert not matches("arn:A", "arn:a")

"""EventBridge refuses targets whose input it could not make of an event."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks.event_targets import check_number, check_size, check_targets


def put(**target: Any) -> tuple[str, dict[str, Any], str]:
    arn = "arn:aws:sqs:us-west-1:123456789012:q"
    return "PutTargets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": arn, **target}]}, "us-west-1"


def transformed(template: str, **paths: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"Input": "1", "InputPath": "$.detail"}, "Only one of Input, InputPath, or InputTransformer must be"),
        ({"InputPath": "$", **transformed('"a"')}, "must be provided for target 1."),
        ({"Input": ""}, "JSON syntax error in input for target 1"),
        ({"Input": "{'a': 1}"}, "JSON syntax error in input for target 1"),
        ({"InputPath": "detail"}, "InputPath for target 1 is invalid: detail"),
        ({"InputPath": "$.resources["}, "InputPath for target 1 is invalid"),
        ({"InputPath": "$.detail."}, "InputPath for target 1 is invalid"),
        (transformed('"<a>"', a="detail.a"), "InputPath a for target 1 is invalid: detail.a"),
        (transformed('"<a> <b>"', a="$.a"), "InputTemplate for target 1 contains invalid placeholder b."),
        (transformed('"<aws.events.rule>"'), "contains invalid placeholder aws.events.rule."),
        (transformed('{"a": <a>', a="$.a"), "Invalid InputTemplate for target 1"),
        (transformed('{<a>: 1}', a="$.a"), "Invalid InputTemplate for target 1"),
        (transformed('{"a": it is <a>}', a="$.a"), "Invalid InputTemplate for target 1"),
        ({"DeadLetterConfig": {"Arn": "q"}}, "Parameter q is not valid. Reason: Provided Arn"),
    ],
)  # fmt: skip
def test_eventbridge_refuses(target: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_targets(*put(**target))
    assert refused.value.code == "ValidationException"
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"Input": '"a"'},
        {"InputPath": "$.detail['a b'].parts[0].name"},
        {"InputPath": "$.detail-type"},
        transformed('"<a> is <b>"\n"and <aws.events.rule-name>"', a="$.a", b="$.resources[0]"),
        transformed('{"a": <a>, "text": "say \\"<a>\\"", "event": <aws.events.event.json>}', a="$.a"),
        transformed("<a> is no JSON", a="$"),
        {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-west-1:123456789012:dead"}},
    ],
)
def test_eventbridge_accepts_valid_targets(target: dict[str, Any]) -> None:
    check_targets(*put(**target))


def test_a_rule_has_at_most_five_targets() -> None:
    present = [{"Id": str(number)} for number in range(4)]
    check_number(present, [{"Id": "0"}, {"Id": "new"}])
    with pytest.raises(AwsError, match="exceeds the maximum number allowed") as refused:
        check_number(present, [{"Id": "a"}, {"Id": "b"}])
    assert refused.value.code == "LimitExceededException"


def test_entries_have_256_kib_together() -> None:
    entry = {"Source": "s", "DetailType": "d", "Resources": ["r"], "Time": 1.0}
    check_size([entry | {"Detail": "x" * (262_144 - 17)}])
    with pytest.raises(AwsError, match="Total size of the entries in the request is over the limit") as refused:
        check_size([entry | {"Detail": "x" * 131_072}, entry | {"Detail": "ä" * 65_536}])
    assert refused.value.code == "ValidationException"

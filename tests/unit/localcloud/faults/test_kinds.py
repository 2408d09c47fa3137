"""The kinds of faults, and how they are parsed."""

import inspect
from dataclasses import fields

import pytest

from localcloud.faults.kinds import (
    DEFAULT_DURATION_S,
    KINDS,
    BreakService,
    Checks,
    DelayStarts,
    FailHealth,
    FaultRefused,
    FreezeTask,
    KillTask,
    Kind,
    Shortage,
    UnplaceableTasks,
    parse,
)


def test_the_list_is_closed() -> None:
    assert list(KINDS) == [
        "kill-task",
        "freeze-task",
        "fail-health",
        "delay-starts",
        "unpullable-image",
        "unplaceable-tasks",
        "break-service",
        "fail-over-database",
    ]
    assert all(name == kind.name and inspect.getdoc(kind) for name, kind in KINDS.items())


def test_a_fault_is_read_with_its_defaults() -> None:
    assert parse({"kind": "fail-health"}) == (FailHealth(checks=Checks.ALL, code=500), DEFAULT_DURATION_S)
    assert parse({"kind": "delay-starts", "delay_s": 5, "duration_s": 90}) == (DelayStarts(delay_s=5), 90.0)
    assert parse({"kind": "break-service", "service": "s3", "share": 0.3})[0] == BreakService(service="s3", share=0.3)
    assert parse({"kind": "unplaceable-tasks"})[0] == UnplaceableTasks(reason=Shortage.CAPACITY)
    assert parse({"kind": "unplaceable-tasks", "reason": "quota"})[0] == UnplaceableTasks(reason=Shortage.QUOTA)
    assert parse({"kind": "kill-task", "task": "3f"}) == (KillTask(task="3f"), 0.0)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "should be a JSON object, got list"),
        ({}, "kind: should be one of kill-task, "),
        ({"kind": ["kill-task"]}, "kind: should be one of"),
        ({"kind": "kill-task", "duration_s": 5}, "duration_s: kill-task has no such parameter"),
        ({"kind": "delay-starts"}, "delay_s: required for delay-starts"),
        ({"kind": "break-service", "service": ""}, "service: should be a string of 1 to 256"),
        ({"kind": "break-service", "service": "nope"}, "service: should be one of acm, apigateway"),
        ({"kind": "break-service", "service": "cloudwatch"}, "logs, monitoring, rds"),
        ({"kind": "break-service", "service": "s3", "share": True}, "share: should be a number from 0.01 to 1"),
        (
            {"kind": "break-service", "service": "s3", "response": "odd"},
            "one of error, unavailable, throttle, got 'odd'",
        ),
        ({"kind": "unplaceable-tasks", "reason": "odd"}, "reason: should be one of capacity, quota, got 'odd'"),
        ({"kind": "fail-health", "code": 500.5}, "code: should be a whole number from 400 to 599"),
        ({"kind": "fail-health", "duration_s": 3601}, "duration_s: should be a number from 1 to 3600"),
        ({"kind": "fail-health", "duration_s": float("nan")}, "duration_s: should be a number"),
    ],
)
def test_an_invalid_fault_is_refused_with_the_reason(document: object, words: str) -> None:
    with pytest.raises(FaultRefused) as refused:
        parse(document)
    assert refused.value.status == 400
    assert words in str(refused.value)


def test_the_former_name_of_a_parameter_is_accepted() -> None:
    former, _ = parse({"kind": "break-service", "service": "s3", "answer": "throttle"})
    current, _ = parse({"kind": "break-service", "service": "s3", "response": "throttle"})
    assert former == current


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_parameter_is_checked(kind: type[Kind]) -> None:
    required = {"service": "s3"} if kind is BreakService else {"delay_s": 1} if kind is DelayStarts else {}
    for parameter in fields(kind):
        with pytest.raises(FaultRefused, match=f"^{parameter.name}: should be "):
            parse({"kind": kind.name, **required, parameter.name: None})


class _Task:
    id = "3fa85f6457174562b3fc2c963f66afa6"
    task_definition = "arn:aws:ecs:us-west-1:123456789012:task-definition/web:7"


@pytest.mark.parametrize(
    ("choice", "selected"),
    [
        ({}, True),
        ({"task": "3fa85"}, True),
        ({"task": "fa85"}, False),
        ({"task_definition": "web"}, True),
        ({"task_definition": "web:7"}, True),
        ({"task_definition": "web:8"}, False),
        ({"task_definition": "we"}, False),
        ({"task": "3fa85", "task_definition": "other"}, False),
    ],
)
def test_tasks_are_chosen_by_id_or_definition(choice: dict[str, str], selected: bool) -> None:
    assert FreezeTask(**choice).selects(_Task()) is selected  # type: ignore[arg-type]

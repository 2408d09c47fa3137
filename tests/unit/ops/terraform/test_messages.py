"""Terraform's lines, as progress and as errors."""

import json
from typing import Any

from ops.terraform.messages import Messages, Totals


def hook(kind: str, address: str, action: str = "create") -> dict[str, Any]:
    return {"type": kind, "hook": {"resource": {"addr": address}, "action": action}}


def summary(operation: str, add: int, change: int = 0, remove: int = 0) -> dict[str, Any]:
    changes = {"add": add, "change": change, "import": 0, "remove": remove, "operation": operation}
    return {"type": "change_summary", "changes": changes}


def after(*lines: dict[str, Any] | str) -> Messages:
    made = Messages()
    for line in lines:
        made.read(line if isinstance(line, str) else json.dumps(line))
    return made


def test_before_the_plan_nothing_is_counted() -> None:
    seen = after(hook("refresh_start", "aws_vpc.this"), hook("refresh_complete", "aws_vpc.this"))
    assert seen.planned is None
    assert "is comparing" in seen.progress()


def test_progress_counts_what_is_done_of_what_was_planned() -> None:
    seen = after(
        summary("plan", 2, 1, 1), hook("apply_start", "a"), hook("apply_start", "b"), hook("apply_complete", "a")
    )
    assert seen.planned == Totals(2, 1, 1)
    assert seen.progress() == "Terraform: 1 of 4 resources, now b"


def test_an_apply_has_started_with_its_first_change() -> None:
    seen = after(summary("plan", 1), hook("refresh_start", "a"), hook("apply_start", "data.x", "read"))
    assert not seen.has_begun
    seen.read(json.dumps(hook("apply_start", "a")))
    assert seen.has_begun


def test_the_summary_of_an_apply_changes_no_total() -> None:
    seen = after(summary("plan", 3), summary("apply", 1))
    assert seen.planned == Totals(3, 0, 0)


def test_data_that_is_read_is_not_a_resource() -> None:
    seen = after(summary("plan", 1), hook("apply_start", "data.x", "read"), hook("apply_complete", "data.x", "read"))
    assert seen.progress() == "Terraform: 0 of 1 resources"


def test_what_failed_is_not_done_and_no_longer_worked_on() -> None:
    seen = after(summary("plan", 1), hook("apply_start", "a"), hook("apply_errored", "a"))
    assert seen.progress() == "Terraform: 0 of 1 resources"


def test_a_log_gets_ten_progress_lines() -> None:
    seen = after(summary("plan", 100))
    heard = {seen.progress(in_steps=True)}
    for number in range(100):
        for kind in ("apply_start", "apply_complete"):
            seen.read(json.dumps(hook(kind, f"x{number}")))
        heard.add(seen.progress(in_steps=True))
    assert len(heard) == 11
    assert "Terraform: 100 of 100 resources" in heard


def test_a_diagnostic_says_where_and_what() -> None:
    place = {"filename": "modules/rds/main.tf", "start": {"line": 12, "column": 3}}
    error = {"severity": "error", "summary": "s", "detail": "d", "address": "module.rds.x", "range": place}
    warning = {"severity": "warning", "summary": "w", "detail": ""}
    seen = after({"type": "diagnostic", "diagnostic": error}, {"type": "diagnostic", "diagnostic": warning})
    (found,) = seen.errors
    assert (found.file, found.line, found.address) == ("modules/rds/main.tf", 12, "module.rds.x")
    assert [each.summary for each in seen.warnings] == ["w"]


def test_what_is_not_a_message_is_kept() -> None:
    seen = after("panic: runtime error", "", '{"cut', '["a list"]', {"type": "version"})
    assert seen.other == ["panic: runtime error", '{"cut', '["a list"]']

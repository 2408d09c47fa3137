"""Drift as a person and a script read it."""

from typing import Any

import pytest

from ops.console import Console
from ops.environment import EnvironmentName
from ops.infrastructure.denied_listings import DeniedListing
from ops.infrastructure.drift import DRIFT, INCOMPLETE, UNDECLARED, Drift
from ops.infrastructure.undeclared import Undeclared
from ops.terraform.ownership import differences


def written(kind: str, before: Any, after: Any) -> dict[str, Any]:
    change = {"actions": ["update"], "before": before, "after": after}
    return {"address": f"{kind}.this", "mode": "managed", "type": kind, "change": change}


SERVICE = written("aws_ecs_service", {"desired_count": 0}, {"desired_count": 2})
TOPIC = written("aws_sns_topic", {"name": "a"}, {"name": "b"})


def drift(*others: dict[str, Any]) -> Drift:
    plan = {"resource_drift": list(others), "resource_changes": [each for each in others if each is TOPIC]}
    return Drift(environment=EnvironmentName.LIKE_DEV, differences=differences(plan))


def test_what_a_deploy_changes_is_shown_and_is_not_drift(capsys: pytest.CaptureFixture[str]) -> None:
    found = drift(SERVICE)
    assert (found.exit_code, found.as_json()["drift"]) == (0, False)
    found.show(Console())
    printed = capsys.readouterr().out
    assert "as intended:\n  change  aws_ecs_service.this: desired_count 0 -> 2" in printed
    assert "like-dev: no drift" in printed


def test_what_others_change_is_drift(capsys: pytest.CaptureFixture[str]) -> None:
    found = drift(SERVICE, TOPIC)
    assert (found.exit_code, found.as_json()["drift"]) == (DRIFT, True)
    found.show(Console())
    printed = capsys.readouterr().out
    assert "the next apply reverts it:\n  change  aws_sns_topic.this: name a -> b" in printed
    assert "no drift" not in printed


def test_changed_bounds_of_scaling_are_said_to_be_scales(capsys: pytest.CaptureFixture[str]) -> None:
    bounds = written("aws_appautoscaling_target", {"max_capacity": 10}, {"max_capacity": 6})
    plan = {"resource_drift": [bounds], "resource_changes": [bounds]}
    found = Drift(environment=EnvironmentName.LIKE_DEV, differences=differences(plan))
    found.show(Console())
    printed = capsys.readouterr().out
    assert "max_capacity 10 -> 6\n  `spendsense scale` changes these bounds; to keep them, set min_capacity" in printed
    assert "environments/dev.tfvars" in printed


def test_what_nobody_declared_has_a_group_and_an_exit_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    nobodys = [Undeclared(arn="arn:aws:rds:us-west-1:1:db:spendsense-dev-old", by="name")]
    found = Drift(environment=EnvironmentName.DEV, differences=[], undeclared=nobodys)
    assert (found.exit_code, found.as_json()["drift"]) == (UNDECLARED, False)
    found.show(Console())
    printed = capsys.readouterr().out
    assert "that neither Terraform nor a deploy created" in printed
    assert "  arn:aws:rds:us-west-1:1:db:spendsense-dev-old (found by its name)" in printed
    changed = drift(TOPIC)
    both = Drift(environment=EnvironmentName.DEV, differences=changed.differences, undeclared=nobodys)
    assert both.exit_code == DRIFT


def test_where_nobody_could_look_is_unknown_and_the_rest_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    unseen = [DeniedListing(what="what has tags in us-east-1", why="GetResources was refused: AccessDeniedException")]
    found = Drift(environment=EnvironmentName.DEV, differences=drift(SERVICE).differences, unseen=unseen)
    assert (found.exit_code, found.as_json()["unknown"]) == (INCOMPLETE, [unseen[0].as_json()])
    found.show(Console())
    printed = capsys.readouterr().out
    assert "aws_ecs_service.this: desired_count 0 -> 2" in printed
    assert "  what has tags in us-east-1: GetResources was refused: AccessDeniedException\n" in printed
    assert "no drift" not in printed
    changed = Drift(environment=EnvironmentName.DEV, differences=drift(TOPIC).differences, unseen=unseen)
    assert changed.exit_code == DRIFT

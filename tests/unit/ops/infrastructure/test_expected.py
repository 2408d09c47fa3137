"""Estimates of how long an apply and a deploy take, from the table or from measurements."""

from typing import Any

import pytest

from ops.infrastructure import expected
from ops.infrastructure.expected import deploy_like_the_last, measured, of_apply, of_deploy, table
from ops.terraform.apply_times import ApplyTimes
from ops.terraform.changes import Action

TIMES = ApplyTimes(begin_s=2, at_once=2, seconds={"aws_lb create": 3, "aws_lb destroy": 1, "aws_sns_topic create": 1})


def changes(kind: str, *actions: str, count: int = 1, **after: Any) -> list[dict[str, Any]]:
    change = {"actions": list(actions), "before": {**after, "description": "old"}, "after": after}
    return [{"address": f"{kind}.this", "mode": "managed", "type": kind, "change": change}] * count


def test_each_figure_of_the_table_has_a_basis() -> None:
    for kind, row in table()["apply"].items():
        assert row.keys() <= {each.value for each in Action} - {"replace"}, kind
        for figure in row.values():
            assert figure["minutes"] > 0
            assert (figure["basis"] == "seen") == ("seen" in figure), kind
            assert figure["basis"] in {"seen", "assumed"}, kind


def test_the_slowest_resource_decides_and_is_named() -> None:
    plan = {"resource_changes": [*changes("aws_db_instance", "create"), *changes("aws_nat_gateway", "create")]}
    found = of_apply(plan)
    assert found is not None
    assert found.text() == (
        "about 8 minutes, most of it aws_db_instance (typical times from published logs, not measured in this account)"
    )


def test_an_update_that_changes_no_value_takes_no_time() -> None:
    (marked,) = changes("aws_db_instance", "update")
    marked["change"]["after"] = dict(marked["change"]["before"])
    assert of_apply({"resource_changes": [marked]}) is None


def test_a_replica_waits_for_its_source() -> None:
    alone = of_apply({"resource_changes": changes("aws_db_instance", "create")})
    replica = changes("aws_db_instance", "create", replicate_source_db="arn:aws:rds:us-west-1:1:db:a")
    both = of_apply({"resource_changes": [*changes("aws_db_instance", "create"), *replica]})
    assert alone is not None and alone.seconds is not None
    assert both is not None and both.seconds is not None
    assert both.seconds - alone.seconds == 60 * table()["apply"]["aws_db_instance replica"]["create"]["minutes"]


def test_a_replacement_is_a_destroy_and_a_create() -> None:
    found = of_apply({"resource_changes": changes("aws_lb", "delete", "create")})
    row = table()["apply"]["aws_lb"]
    assert found is not None and found.seconds is not None
    assert found.seconds == pytest.approx(60 * (row["create"]["minutes"] + row["destroy"]["minutes"] + 0.5))
    assert "assumptions" in found.basis


def test_quick_resources_take_seconds_and_nothing_takes_no_time() -> None:
    found = of_apply({"resource_changes": changes("aws_sns_topic", "create", count=11)})
    assert found is not None
    assert found.text() == "about 40 seconds (assumptions, not measured in this account)"
    assert of_apply({"resource_changes": changes("aws_sns_topic", "no-op")}) is None


def test_a_deploy_follows_where_the_tasks_change() -> None:
    values = [
        {"type": "aws_lb_target_group", "values": {"health_check": [{"interval": 30, "healthy_threshold": 2}],
         "deregistration_delay": "60"}},
        {"type": "aws_appautoscaling_target", "values": {"min_capacity": 2}},
    ]  # fmt: skip
    root = {"root_module": {"child_modules": [{"resources": values}]}}
    plan = {"planned_values": root, "resource_changes": changes("aws_ecs_task_definition", "delete", "create")}
    found = of_deploy(plan)
    assert found is not None
    assert found.seconds == 60 * (3 + 2) + 2 * (60 + 60)
    assert found.text().startswith("about 9 minutes (2 tasks one by one")
    assert of_deploy({"resource_changes": changes("aws_sns_topic", "create")}) is None


def test_local_times_are_those_measured() -> None:
    plan = {"resource_changes": [*changes("aws_lb", "create"), *changes("aws_sns_topic", "create", count=5)]}
    found = measured(plan, TIMES)
    assert found is not None
    assert found.as_json() == {"seconds": 6.0, "mostly": None, "basis": "measured on this machine"}
    replaced = measured({"resource_changes": changes("aws_lb", "create", "delete")}, TIMES)
    assert replaced is not None and replaced.text() == "about 6 seconds, most of it aws_lb (measured on this machine)"


def test_what_was_never_measured_is_unknown() -> None:
    plan = {"resource_changes": changes("aws_lb", "update")}
    found, nothing = measured(plan, TIMES), measured(plan, None)
    assert found is not None and found.text() == "unknown: no `change aws_lb` has been measured here yet"
    assert nothing is not None and nothing.as_json()["seconds"] is None
    service = {"resource_changes": changes("aws_ecs_service", "create")}
    deploy, again = deploy_like_the_last(service, None), deploy_like_the_last(service, 31.2)
    assert deploy is not None and deploy.text() == "unknown: no deployment has succeeded here yet"
    assert again is not None and again.seconds == 31.2
    assert deploy_like_the_last(plan, 31.2) is None


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 second"), (89, "89 seconds"), (91, "2 minutes"), (725, "12 minutes")]
)
def test_times_are_said_as_exactly_as_they_are_known(seconds: float, said: str) -> None:
    assert expected.rounded(seconds) == said

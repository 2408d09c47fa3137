"""The owner of a difference."""

from typing import Any

from ops.terraform.ownership import Owner, differences


def written(kind: str, actions: list[str], before: Any, after: Any) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after}
    return {"address": f"{kind}.this", "mode": "managed", "type": kind, "change": change}


def found(drift: list[dict[str, Any]], put_back: list[dict[str, Any]]) -> list[tuple[Owner, str]]:
    return [
        (each.owner, each.change.text())
        for each in differences({"resource_drift": drift, "resource_changes": put_back})
    ]


def test_what_the_plan_would_revert_belongs_to_terraform() -> None:
    drift = written("aws_lb_target_group", ["update"], {"delay": 30}, {"delay": 5})
    back = written("aws_lb_target_group", ["update"], {"delay": 5}, {"delay": 30})
    assert found([drift], [back]) == [(Owner.TERRAFORM, "change  aws_lb_target_group.this: delay 30 -> 5")]


def test_revision_count_and_weights_are_a_deploys() -> None:
    service = written("aws_ecs_service", ["update"], {"desired_count": 0}, {"desired_count": 2})
    rule = written("aws_lb_listener_rule", ["update"], {"action": [{"w": 100}]}, {"action": [{"w": 0}]})
    assert [owner for owner, _ in found([service, rule], [])] == [Owner.DEPLOY, Owner.DEPLOY]


def test_one_resource_can_be_both() -> None:
    drift = written(
        "aws_ecs_service", ["update"], {"desired_count": 0, "tags": {}}, {"desired_count": 2, "tags": {"a": 1}}
    )
    back = written("aws_ecs_service", ["update"], {"tags": {"a": 1}}, {"tags": {}})
    assert [owner for owner, _ in found([drift], [back])] == [Owner.TERRAFORM, Owner.DEPLOY]


def test_what_is_gone_and_would_be_created_again_is_terraforms() -> None:
    drift = written("aws_sns_topic", ["delete"], {"name": "a"}, None)
    back = written("aws_sns_topic", ["create"], None, {"name": "a"})
    assert found([drift], [back]) == [(Owner.TERRAFORM, "destroy aws_sns_topic.this")]
    assert found([drift], []) == []


def test_what_aws_keeps_up_to_date_is_nobodys_drift() -> None:
    assert found([written("aws_db_instance", ["update"], {"restorable": "a"}, {"restorable": "b"})], []) == []


def test_code_that_was_not_applied_yet_is_not_drift() -> None:
    assert found([], [written("aws_sns_topic", ["create"], None, {"name": "a"})]) == []

"""Rules of single types: what follows from other attributes."""

from typing import Any

from terraform_provider.planning import plan
from terraform_provider.schema.catalogue import Catalogue
from terraform_provider.values.conformity import conform_block

SERVICE = "aws_ecs_service"
BLOCK = Catalogue().resources[SERVICE]["block"]
SPOT = {"capacity_provider": "FARGATE_SPOT", "weight": 1, "base": 0}
CONFIG = {"name": "s", "cluster": "c", "task_definition": "f:1", "capacity_provider_strategy": [SPOT]}


def planned(prior: dict[str, Any], **config: Any) -> Any:
    """Plan a change of a service that is there."""
    written = conform_block(BLOCK, CONFIG | config) or {}
    before = conform_block(BLOCK, {"id": "arn", "propagate_tags": "NONE", **CONFIG, **prior}) or {}
    proposed = {name: before[name] if value is None else value for name, value in written.items()}
    proposed["propagate_tags"] = written["propagate_tags"]
    return plan(SERVICE, BLOCK, before, proposed, written)


def test_tags_that_are_not_propagated_are_no_change() -> None:
    assert planned({}).value["propagate_tags"] == "NONE"
    assert planned({}, propagate_tags="SERVICE").value["propagate_tags"] == "SERVICE"


def test_triggers_count_only_where_a_deployment_is_forced() -> None:
    assert planned({"triggers": {"a": "1"}}, triggers={"a": "2"}).value["triggers"] == {"a": "1"}
    forced = planned({"triggers": {"a": "1"}}, triggers={"a": "2"}, force_new_deployment=True)
    assert forced.value["triggers"] == {"a": "2"}


def test_a_strategy_changes_in_place_only_where_a_deployment_is_forced() -> None:
    heavier = [{**SPOT, "weight": 2}]
    strategy = ("capacity_provider_strategy",)
    assert strategy in planned({}, capacity_provider_strategy=heavier).replace_paths
    forced = planned({}, capacity_provider_strategy=heavier, force_new_deployment=True)
    assert strategy not in forced.replace_paths
    first = planned({"capacity_provider_strategy": []}, force_new_deployment=True)
    assert strategy in first.replace_paths

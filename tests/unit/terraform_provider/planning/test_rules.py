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


def planned_of(kind: str, prior: dict[str, Any], config: dict[str, Any]) -> Any:
    """Plan a change of a resource that is there; what the configuration leaves out stays."""
    block = Catalogue().resources[kind]["block"]
    written = conform_block(block, config) or {}
    before = conform_block(block, {"id": "id", **prior}) or {}
    computed = {name for name, each in block["attributes"].items() if each.get("computed")}
    proposed = {name: before[name] if value is None and name in computed else value for name, value in written.items()}
    return plan(kind, block, before, proposed, written)


def test_an_identity_providers_url_is_the_same_without_its_scheme() -> None:
    kind, clients = "aws_iam_openid_connect_provider", {"client_id_list": ["a"]}
    prior = {"url": "a.example.com", **clients}
    assert not planned_of(kind, prior, {"url": "https://a.example.com", **clients}).replace_paths
    assert planned_of(kind, prior, {"url": "https://b.example.com", **clients}).replace_paths


def test_the_suffix_that_scaling_gives_its_roles_stays() -> None:
    kind, prior = "aws_iam_service_linked_role", {"custom_suffix": "ECSService"}
    scaling = {"aws_service_name": "ecs.application-autoscaling.amazonaws.com"}
    other = {"aws_service_name": "autoscaling.amazonaws.com"}
    assert not planned_of(kind, {**prior, **scaling}, scaling).replace_paths
    assert planned_of(kind, {**prior, **other}, other).replace_paths


def test_intelligent_tiering_stays_as_what_it_chose_and_an_advanced_parameter_is_replaced_by_a_standard_one() -> None:
    kind, written = "aws_ssm_parameter", {"name": "n", "type": "String", "value": "v"}
    intelligent = planned_of(kind, {**written, "tier": "Standard"}, {**written, "tier": "Intelligent-Tiering"})
    assert intelligent.value["tier"] == "Standard"
    lower = planned_of(kind, {**written, "tier": "Advanced"}, {**written, "tier": "Standard"})
    assert ("tier",) in lower.replace_paths
    higher = planned_of(kind, {**written, "tier": "Standard"}, {**written, "tier": "Advanced"})
    assert not higher.replace_paths


def test_an_amount_in_other_digits_is_the_same_limit() -> None:
    kind, written = "aws_budgets_budget", {"name": "n", "budget_type": "COST", "time_unit": "MONTHLY"}
    prior = {**written, "limit_amount": "100.0", "time_period_end": "2087-06-15_00:00"}
    assert planned_of(kind, prior, {**written, "limit_amount": "100"}).value["limit_amount"] == "100.0"
    assert planned_of(kind, prior, {**written, "limit_amount": "101"}).value["limit_amount"] == "101"


def test_the_code_of_a_certificate_need_not_repeat_its_domain_among_its_names() -> None:
    kind = "aws_acm_certificate"
    block = Catalogue().resources[kind]["block"]
    config = {"domain_name": "a.example.com", "validation_method": "DNS"}
    before = conform_block(block, {"id": "arn", **config, "subject_alternative_names": ["a.example.com", "b.a.com"]})
    for names, is_same in ((["b.a.com"], True), (["c.a.com"], False)):
        written = conform_block(block, {**config, "subject_alternative_names": names}) or {}
        proposed = {name: (before or {}).get(name) if value is None else value for name, value in written.items()}
        made = plan(kind, block, before, proposed, written)
        assert (made.value["subject_alternative_names"] == (before or {})["subject_alternative_names"]) is is_same

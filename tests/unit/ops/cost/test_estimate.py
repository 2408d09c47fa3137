"""The cost estimate: each rule on a small plan, the table's own order, and what is never taken for free."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.console import Console
from ops.cost import estimate as cost
from ops.cost import prices, pricing
from ops.environment import EnvironmentName
from ops.errors import Misuse

TABLE = prices.read_table()


def plan_of(*resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A plan whose last resource lies in a module in a module."""
    written = [
        {"address": f"{kind}.r{number}", "mode": "managed", "type": kind, "values": values}
        for number, (kind, values) in enumerate(resources)
    ]
    data = {"address": "data.aws_lb.x", "mode": "data", "type": "aws_lb", "values": {}}
    inner = {"child_modules": [{"resources": written[-1:]}]}
    return {"planned_values": {"root_module": {"resources": [*written[:-1], data], "child_modules": [inner]}}}


def priced(*resources: tuple[str, dict[str, Any]], **usage: float) -> pricing.Estimate:
    return pricing.estimate(plan_of(*resources), TABLE, prices.usage_of(TABLE, "dev", usage))


def usd(name: str) -> float:
    return TABLE.prices[name].usd


TASK = ("aws_ecs_task_definition", {"cpu": "512", "memory": "1024"})
ZONES = [("aws_subnet", {"availability_zone": zone}) for zone in ("us-west-1a", "us-west-1b")]


@pytest.mark.parametrize(
    ("resources", "usage", "wanted"),
    [
        (
            [TASK, ("aws_appautoscaling_target", {"min_capacity": 2}), ("aws_ecs_service", {"desired_count": 1})],
            {},
            2 * 730 * (0.5 * usd("fargate_vcpu_hour") + 1 * usd("fargate_gb_hour")),
        ),
        (
            [TASK, ("aws_ecs_service", {"desired_count": 1})],
            {"tasks": 3.5},
            3.5 * 730 * (0.5 * usd("fargate_vcpu_hour") + 1 * usd("fargate_gb_hour")),
        ),
        (
            [("aws_db_instance", {"instance_class": "db.t4g.micro", "allocated_storage": 20, "multi_az": True})],
            {},
            2 * (730 * usd("rds_instance_hour db.t4g.micro") + 20 * usd("rds_storage_gp3_gb")),
        ),
        (
            [("aws_elasticache_replication_group", {"node_type": "cache.t4g.micro", "num_cache_clusters": 2})],
            {},
            2 * 730 * usd("redis_node_hour cache.t4g.micro"),
        ),
        (
            [*ZONES, ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface"})],
            {"endpoint_gb": 7},
            2 * 730 * usd("vpc_endpoint_hour") + 7 * usd("vpc_endpoint_gb"),
        ),
        ([("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"})], {}, 0),
        (
            [("aws_nat_gateway", {}), ("aws_eip", {})],
            {"nat_gb": 0},
            730 * (usd("nat_gateway_hour") + usd("public_ipv4_hour")),
        ),
        (
            [("aws_cloudwatch_metric_alarm", {"metric_query": [{"metric": [{}]}, {"metric": [{}]}, {"metric": []}]})],
            {},
            2 * usd("alarm_metric"),
        ),
        ([("aws_cloudwatch_metric_alarm", {"metric_query": []})], {}, usd("alarm_metric")),
        (
            [("aws_wafv2_web_acl", {"rule": [{}, {}]})],
            {"requests_million": 10},
            usd("waf_acl") + 2 * usd("waf_rule") + 10 * usd("waf_million_requests"),
        ),
    ],
)
def test_a_resource_costs_its_units_times_their_price(
    resources: list[tuple[str, dict[str, Any]]], usage: dict[str, float], wanted: float
) -> None:
    assert priced(*resources, **usage).total_usd == pytest.approx(wanted)


def test_a_replica_has_the_storage_of_its_source() -> None:
    replica = {"instance_class": "db.t4g.small", "allocated_storage": None}
    source = {"instance_class": "db.t4g.small", "allocated_storage": 50}
    lines = priced(("aws_db_instance", source), ("aws_db_instance", replica)).lines
    assert [line.quantity for line in lines if line.what == "storage"] == [50, 50]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (("aws_mystery", {}), "there is no rule for aws_mystery"),
        (
            ("aws_db_instance", {"instance_class": "db.x99.huge", "allocated_storage": 20}),
            "the table has no price for rds_instance_hour db.x99.huge",
        ),
        (("aws_ecs_service", {"desired_count": 2}), "the plan has 0 task definitions where one was expected"),
    ],
)
def test_a_resource_that_cannot_be_priced_is_named_and_never_free(
    resource: tuple[str, dict[str, Any]], reason: str
) -> None:
    estimate = priced(resource)
    assert estimate.lines == ()
    assert list(estimate.unpriced.values()) == [reason]


def test_a_free_resource_is_neither_priced_nor_named() -> None:
    estimate = priced(("aws_vpc", {}), ("aws_iam_role", {}), ("aws_lb_target_group", {}), ("terraform_data", {}))
    assert (estimate.lines, estimate.unpriced) == ((), {})


def test_a_resource_whose_values_are_not_known_yet_is_priced() -> None:
    plan = plan_of(("aws_eip", {}))
    del plan["planned_values"]["root_module"]["child_modules"][0]["child_modules"][0]["resources"][0]["values"]
    assert pricing.estimate(plan, TABLE, TABLE.usage[""]).total_usd == pytest.approx(730 * usd("public_ipv4_hour"))


@pytest.mark.parametrize("target", [{}, {"min_capacity": None}, {"min_capacity": 0}])
def test_before_the_first_deploy_the_future_tasks_are_priced(target: dict[str, Any]) -> None:
    plan = plan_of(TASK, ("aws_appautoscaling_target", target), ("aws_ecs_service", {}))
    plan["variables"] = {"min_capacity": {"value": 2}}
    per_task = 730 * (0.5 * usd("fargate_vcpu_hour") + 1 * usd("fargate_gb_hour"))
    usage = prices.usage_of(TABLE, "dev", {})
    assert pricing.estimate(plan, TABLE, usage).total_usd == pytest.approx(2 * per_task)


def test_no_resource_is_both_priced_and_free() -> None:
    assert [kind for kind in pricing.RULES if pricing.is_free(kind)] == ["aws_apigatewayv2_api"]


def test_every_price_is_positive_and_names_its_source() -> None:
    assert TABLE.region == "us-west-1"
    for name, price in TABLE.prices.items():
        assert price.usd > 0, name
        assert price.basis in {"known", "derived"}, name
        # The day one is confirmed, prices.toml's head and the reference have to say so.
        assert price.confirmed is False, name


def test_environments_override_assumptions_and_the_caller_overrides_both() -> None:
    common = TABLE.usage[""]
    assert all(own.keys() <= common.keys() for own in TABLE.usage.values())
    assert prices.usage_of(TABLE, "prod", {})["requests_million"] > common["requests_million"]
    assert prices.usage_of(TABLE, "prod", {"requests_million": 3})["requests_million"] == 3


@pytest.mark.parametrize("setting", ["requests_million", "requests_million=many", "hours=-1", "hours=inf", "hours=nan"])
def test_a_setting_that_is_not_a_number_is_refused(setting: str) -> None:
    with pytest.raises(Misuse, match="--usage"):
        prices.parse_usage([setting])


def test_an_unknown_assumption_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Misuse, match="no such assumption") as refused:
        prices.usage_of(TABLE, "dev", {"moon_phase": 1})
    assert "requests_million" in str(refused.value.next_step)


def run(tmp_path: Path, plan: object, **options: Any) -> cost.Cost:
    file = tmp_path / "plan.json"
    file.write_text(plan if isinstance(plan, str) else json.dumps(plan))
    return cost.run(cost.Options(environment=EnvironmentName.DEV, plan=file, **options), Console())


def test_the_report_shows_total_largest_costs_assumptions_and_omissions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(("aws_secretsmanager_secret", {}), ("aws_nat_gateway", {}), ("aws_mystery", {}))
    outcome = run(tmp_path, plan, usage=("nat_gb=0",))
    assert Console().report(outcome, as_json=False) == 0
    printed = capsys.readouterr().out
    assert "dev: 35.44 USD a month, give or take 15 %" in printed
    assert printed.index("aws_nat_gateway.r1") < printed.index("aws_secretsmanager_secret.r0")
    assert "nat_gb=0" in printed
    assert "2 of 2 are unconfirmed" in printed
    assert "not priced: aws_mystery.r2: there is no rule for aws_mystery" in printed


def test_the_json_has_the_total_and_names_omissions(tmp_path: Path) -> None:
    outcome = run(tmp_path, plan_of(("aws_secretsmanager_secret", {}), ("aws_mystery", {}))).as_json()
    assert outcome["monthly_usd"] == 0.4
    assert outcome["unpriced"] == {"aws_mystery.r1": "there is no rule for aws_mystery"}
    assert outcome["prices"] == {"region": "us-west-1", "date": TABLE.date.isoformat()}


@pytest.mark.parametrize("plan", ["no json", {"resources": []}, []])
def test_a_file_that_is_not_a_plan_is_refused_with_the_way_to_make_one(tmp_path: Path, plan: object) -> None:
    with pytest.raises(Misuse, match=r"--plan .*plan\.json") as refused:
        run(tmp_path, plan)
    assert "terraform show -json" in str(refused.value.next_step)


def test_variables_and_an_existing_plan_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="--var"):
        run(tmp_path, plan_of(("aws_vpc", {})), variables=("owner_id=jane",))


def test_the_local_environment_costs_nothing_to_estimate() -> None:
    with pytest.raises(Misuse, match="this machine"):
        cost.run(cost.Options(environment=EnvironmentName.LOCAL), Console())


def test_a_missing_plan_file_is_named_with_the_expected_format(tmp_path: Path) -> None:
    missing = tmp_path / "nope"
    with pytest.raises(Misuse, match=r"nope: should be a readable file with a Terraform plan in JSON: No") as refused:
        cost.run(cost.Options(environment=EnvironmentName.DEV, plan=missing), Console())
    assert "terraform show -json" in str(refused.value.next_step)


def test_the_local_environment_is_refused_before_anything_is_planned(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Misuse, match="costs nothing"):
        cost.run(cost.Options(environment=EnvironmentName.LOCAL), Console())
    assert "Planning" not in capsys.readouterr().err

"""The price of each resource, by a rule on a small plan."""

from typing import Any

import pytest

from ops.cost import prices, pricing
from tests.unit.ops.cost.plans import plan_of

TABLE = prices.read_table()


def priced(*resources: tuple[str, dict[str, Any]], **usage: float) -> pricing.Estimate:
    return pricing.estimate(plan_of(*resources), TABLE, prices.usage_of(TABLE, "dev", usage))


def usd(name: str) -> float:
    return TABLE.prices[name].usd


TASK = ("aws_ecs_task_definition", {"cpu": "512", "memory": "1024"})


ZONES = [("aws_subnet", {"availability_zone": zone}) for zone in ("us-west-1a", "us-west-1b")]


@pytest.mark.parametrize(
    ("resources", "usage", "expected"),
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
    resources: list[tuple[str, dict[str, Any]]], usage: dict[str, float], expected: float
) -> None:
    assert priced(*resources, **usage).total_usd == pytest.approx(expected)


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

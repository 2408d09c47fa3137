"""The expressions of alarms, evaluated on points as CloudWatch would."""

import json
import re
from typing import Any

from tests.terraform.plan import Plan, Resource

Point = float | None  # None: no data


def alarm_of(plan: Plan, name: str) -> Resource:
    (found,) = [each for each in plan.of("aws_cloudwatch_metric_alarm") if each["alarm_name"] == f"{plan.name}-{name}"]
    return found


def value_of(alarm: Resource, **metrics: Point) -> float:
    """Return the value that an alarm evaluates, given a point of each of its metrics. Knows FILL and IF."""
    values: dict[str, Any] = dict(metrics)
    functions = {
        "FILL": lambda value, instead: instead if value is None else value,
        "IF": lambda condition, yes, no: yes if condition else no,
        "__builtins__": {},
    }
    expressions = {query["id"]: query["expression"] for query in alarm["metric_query"] if query["expression"]}
    # A plan has them in any order: each waits for those it names.
    while waiting := {name: text for name, text in expressions.items() if name not in values}:
        ready = {name: text for name, text in waiting.items() if not names_in(text) - set(values) - set(functions)}
        assert ready, f"nothing gives what these name: {waiting}"
        values |= {name: eval(text, functions, values) for name, text in ready.items()}  # noqa: S307 - our own text
    (answer,) = [query["id"] for query in alarm["metric_query"] if query["return_data"]]
    return float(values[answer])


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"[a-zA-Z_]\w*", expression))


def test_the_error_rate_counts_both_kinds_of_errors_and_requests_that_found_no_target(dev: Plan) -> None:
    # requests, errors of tasks, errors of the balancer -> per cent
    cases: list[tuple[Point, Point, Point, float]] = [
        (None, None, None, 0),  # nobody asked
        (1000, None, None, 0),
        (1000, 10, None, 1),
        (1000, 10, 5, 1.5),
        (20, 20, None, 100),
        (None, None, 40, 100),  # no target was left: the balancer counts no request
    ]
    for name in ("error-rate-high", "error-rate-surge"):
        for requests, target, balancer, wanted in cases:
            found = value_of(alarm_of(dev, name), requests=requests, target_errors=target, balancer_errors=balancer)
            assert found == wanted, (name, requests, target, balancer)


def test_one_or_two_failed_requests_of_a_few_roll_no_deployment_back(dev: Plan) -> None:
    requests: dict[str, Point] = {"requests": 10, "balancer_errors": None}
    assert value_of(alarm_of(dev, "error-rate-high"), **requests, target_errors=2) == 20
    assert value_of(alarm_of(dev, "error-rate-surge"), **requests, target_errors=2) == 0
    assert value_of(alarm_of(dev, "error-rate-surge"), **requests, target_errors=3) == 30


def test_targets_of_both_groups_count_while_traffic_shifts(everything: Plan) -> None:
    available, unhealthy = alarm_of(everything, "service-unavailable"), alarm_of(everything, "unhealthy-targets")
    assert value_of(available, healthy_primary=None, healthy_alternate=2, desired=2) == 2
    assert value_of(available, healthy_primary=0, healthy_alternate=None, desired=2) == 0
    assert value_of(available, healthy_primary=0, healthy_alternate=None, desired=None) == 0
    assert value_of(unhealthy, unhealthy_primary=1, unhealthy_alternate=None) == 1


def test_a_service_that_is_to_run_no_task_as_before_its_first_deploy_is_not_an_outage(everything: Plan) -> None:
    for name, numbers in {
        "service-unavailable": {"healthy_primary": None, "healthy_alternate": None},
        "tasks-below-minimum": {"running": 0},
    }.items():
        alarm = alarm_of(everything, name)
        for desired, fires in ((0, False), (2, True)):
            assert (value_of(alarm, desired=desired, **numbers) < alarm["threshold"]) is fires, (name, desired)


def test_a_gateways_own_errors_are_those_that_it_did_not_only_pass_on(everything: Plan) -> None:
    alarm = alarm_of(everything, "gateway-errors")
    assert value_of(alarm, gateway_errors=20, target_errors=12, balancer_errors=8) == 0
    assert value_of(alarm, gateway_errors=20, target_errors=None, balancer_errors=None) > alarm["threshold"]
    assert value_of(alarm, gateway_errors=None, target_errors=None, balancer_errors=None) == 0


def test_a_replica_that_stopped_counts_as_far_behind(everything: Plan) -> None:
    alarm = alarm_of(everything, "database-replica-lag-high")
    assert value_of(alarm, lag=-1) > alarm["threshold"]
    assert value_of(alarm, lag=10) == 10
    assert 0 < alarm["threshold"] < 900


def test_only_alarms_and_event_rules_publish_to_the_encrypted_topic(dev: Plan) -> None:
    assert dev.one("aws_sns_topic")["kms_master_key_id"] == dev.one("aws_kms_key", module="kms")["arn"]
    statements = json.loads(dev.one("aws_sns_topic_policy")["policy"])["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    denied = [each for each in statements if each["Effect"] == "Deny"]
    assert {(each["Principal"]["Service"], each["Action"]) for each in allowed} == {
        ("cloudwatch.amazonaws.com", "sns:Publish"),
        ("events.amazonaws.com", "sns:Publish"),
    }
    assert [each["Condition"] for each in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_nothing_on_the_dashboard_hides_anything(everything: Plan) -> None:
    widgets = json.loads(everything.one("aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    cells = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24

"""The parameters of UpdateService: strategies with their settings, and switching between them."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import Misuse, NotFound
from ops.local.provision import everything
from ops.rollout.strategy import (
    NOTHING_SAID,
    Strategy,
    StrategyOptions,
    baking_s,
    wanted_configuration,
    wanted_load_balancers,
)
from ops.waiter import Deadline

ROLLING: dict[str, Any] = {"strategy": "ROLLING", "minimumHealthyPercent": 100, "maximumPercent": 150}
BLUE_GREEN = ROLLING | {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 7}


@pytest.mark.parametrize(
    ("wish", "present", "changes"),
    [
        (StrategyOptions(strategy=Strategy.BLUE_GREEN), ROLLING, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}),
        (StrategyOptions(strategy=Strategy.BLUE_GREEN), BLUE_GREEN, {}),
        (StrategyOptions(bake_minutes=0), BLUE_GREEN, {"bakeTimeInMinutes": 0}),
        (
            StrategyOptions(strategy=Strategy.LINEAR, step_percent=20),
            ROLLING,
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": 1,
                "linearConfiguration": {"stepPercent": 20, "stepBakeTimeInMinutes": 1},
            },
        ),
        (
            StrategyOptions(strategy=Strategy.CANARY, canary_bake_minutes=5),
            BLUE_GREEN,
            {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5}},
        ),
        (StrategyOptions(strategy=Strategy.ROLLING), BLUE_GREEN, {"strategy": "ROLLING"}),
    ],
)
def test_what_was_not_asked_for_stays(wish: StrategyOptions, present: dict[str, Any], changes: dict[str, Any]) -> None:
    before = dict(present)
    assert wanted_configuration(wish, present) == present | changes
    assert present == before


def test_nothing_said_changes_nothing() -> None:
    assert wanted_configuration(NOTHING_SAID, BLUE_GREEN) is None


def test_the_steps_of_another_strategy_are_left_behind() -> None:
    linear = wanted_configuration(StrategyOptions(strategy=Strategy.LINEAR), ROLLING)
    assert linear is not None
    assert "linearConfiguration" not in (
        wanted_configuration(StrategyOptions(strategy=Strategy.BLUE_GREEN), linear) or {}
    )


@pytest.mark.parametrize(
    ("wish", "present", "option"),
    [
        (StrategyOptions(bake_minutes=1), ROLLING, "--bake-time-minutes"),
        (StrategyOptions(strategy=Strategy.BLUE_GREEN, step_percent=10), ROLLING, "--step-percent"),
        (StrategyOptions(strategy=Strategy.LINEAR, canary_percent=10), ROLLING, "--canary-percent"),
    ],
)
def test_a_setting_of_another_strategy_is_misuse(wish: StrategyOptions, present: dict[str, Any], option: str) -> None:
    with pytest.raises(Misuse, match=option):
        wanted_configuration(wish, present)


@pytest.mark.parametrize(
    ("wish", "minutes"),
    [
        (StrategyOptions(strategy=Strategy.ROLLING), 0),
        (StrategyOptions(strategy=Strategy.BLUE_GREEN, bake_minutes=5), 5),
        (StrategyOptions(strategy=Strategy.LINEAR, step_percent=30, step_bake_minutes=2, bake_minutes=1), 3 * 2 + 1),
        (StrategyOptions(strategy=Strategy.CANARY, canary_bake_minutes=4, bake_minutes=1), 4 + 1),
    ],
)
def test_baking_is_what_a_deployment_waits_on_purpose(wish: StrategyOptions, minutes: int) -> None:
    configuration = wanted_configuration(wish, ROLLING)
    assert configuration is not None
    assert baking_s(configuration) == minutes * 60


def test_before_the_first_shift_the_service_learns_of_the_other_side(aws: Aws) -> None:
    balancer = provisioned(aws)
    (shifting,) = wanted_load_balancers(aws, BLUE_GREEN, [balancer]) or []
    advanced = shifting.pop("advancedConfiguration")
    assert shifting == balancer
    names = {
        group["TargetGroupArn"]: group["TargetGroupName"]
        for group in aws.elbv2.describe_target_groups()["TargetGroups"]
    }
    assert names[advanced["alternateTargetGroupArn"]] == "spendsense-local-alternate"
    assert advanced["roleArn"].endswith(":role/spendsense-local-infrastructure")
    ports = [port_of(aws, advanced[name]) for name in ("productionListenerRule", "testListenerRule")]
    assert ports[0] < ports[1]
    assert wanted_load_balancers(aws, BLUE_GREEN, [shifting | {"advancedConfiguration": advanced}]) is None


def test_a_rolling_deploy_goes_to_the_side_that_has_the_traffic(aws: Aws) -> None:
    (shifting,) = wanted_load_balancers(aws, BLUE_GREEN, [provisioned(aws)]) or []
    advanced = shifting["advancedConfiguration"]
    first, other = shifting["targetGroupArn"], advanced["alternateTargetGroupArn"]
    assert wanted_load_balancers(aws, ROLLING, [shifting]) is None
    groups = [{"TargetGroupArn": first, "Weight": 0}, {"TargetGroupArn": other, "Weight": 100}]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    aws.elbv2.modify_rule(RuleArn=advanced["productionListenerRule"], Actions=[forward])
    (turned,) = wanted_load_balancers(aws, ROLLING, [shifting]) or []
    assert (turned["targetGroupArn"], turned["advancedConfiguration"]["alternateTargetGroupArn"]) == (other, first)
    assert wanted_load_balancers(aws, None, [shifting]) is None


def test_an_environment_that_was_not_made_for_it_is_named(aws: Aws) -> None:
    with pytest.raises(NotFound, match="traffic cannot be shifted"):
        wanted_load_balancers(aws, BLUE_GREEN, [{"targetGroupArn": "a"}])


def provisioned(aws: Aws) -> dict[str, Any]:
    """-> the load balancer of a service that was made without a thought of shifting."""
    foundation = everything.provision(aws, None, Deadline(30), Console())
    return {"targetGroupArn": foundation.target_group, "containerName": "backend", "containerPort": 8000}


def port_of(aws: Aws, rule: str) -> int:
    listener = rule.replace(":listener-rule/", ":listener/").rpartition("/")[0]
    return int(aws.elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Port"])

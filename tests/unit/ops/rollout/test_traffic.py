"""Target groups and listener rules when a service changes between strategies."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import NotFound
from ops.local.provision import everything
from ops.rollout.traffic import updated_load_balancers
from ops.waiter import Deadline

ROLLING: dict[str, Any] = {"strategy": "ROLLING", "minimumHealthyPercent": 100, "maximumPercent": 150}
BLUE_GREEN = ROLLING | {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 7}


def test_before_the_first_shift_the_service_gets_the_alternate_target_group(aws: Aws) -> None:
    balancer = provisioned(aws)
    (shifting,) = updated_load_balancers(aws, BLUE_GREEN, [balancer]) or []
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
    assert updated_load_balancers(aws, BLUE_GREEN, [shifting | {"advancedConfiguration": advanced}]) is None


def test_a_rolling_deploy_goes_to_the_target_group_that_has_the_traffic(aws: Aws) -> None:
    (shifting,) = updated_load_balancers(aws, BLUE_GREEN, [provisioned(aws)]) or []
    advanced = shifting["advancedConfiguration"]
    first, other = shifting["targetGroupArn"], advanced["alternateTargetGroupArn"]
    assert updated_load_balancers(aws, ROLLING, [shifting]) is None
    groups = [{"TargetGroupArn": first, "Weight": 0}, {"TargetGroupArn": other, "Weight": 100}]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    aws.elbv2.modify_rule(RuleArn=advanced["productionListenerRule"], Actions=[forward])
    (switched,) = updated_load_balancers(aws, ROLLING, [shifting]) or []
    assert (switched["targetGroupArn"], switched["advancedConfiguration"]["alternateTargetGroupArn"]) == (other, first)
    assert updated_load_balancers(aws, None, [shifting]) is None


def test_an_environment_without_an_alternate_target_group_is_refused(aws: Aws) -> None:
    with pytest.raises(NotFound, match="traffic cannot be shifted"):
        updated_load_balancers(aws, BLUE_GREEN, [{"targetGroupArn": "a"}])


def provisioned(aws: Aws) -> dict[str, Any]:
    """Return the load balancer of a service that was created without traffic shifts in mind."""
    foundation = everything.provision(aws, None, Deadline(30), Console())
    return {"targetGroupArn": foundation.target_group, "containerName": "backend", "containerPort": 8000}


def port_of(aws: Aws, rule: str) -> int:
    listener = rule.replace(":listener-rule/", ":listener/").rpartition("/")[0]
    return int(aws.elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Port"])

"""Target groups and listener rules when a service changes between strategies."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.errors import NotFound
from ops.rollout.traffic import updated_load_balancers

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
    """Return the load balancer of a service that was created without traffic shifts in mind.

    As Terraform makes it: two target groups, a listener for clients and one for tests, each with a weighted rule.
    """
    where, elb = aws.environment, aws.elbv2
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    ]
    balancer = elb.create_load_balancer(Name=where.load_balancer, Subnets=subnets)["LoadBalancers"][0]
    groups = [
        elb.create_target_group(Name=name, Protocol="HTTP", Port=8000, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
        for name in (where.target_group, where.alternate_target_group)
    ]
    weighted = [{"TargetGroupArn": group, "Weight": weight} for group, weight in zip(groups, (100, 0), strict=True)]
    idle = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    for port, default in ((8080, {"Type": "forward", "TargetGroupArn": groups[0]}), (8081, idle)):
        listener = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=port, DefaultActions=[default]
        )["Listeners"][0]
        elb.create_rule(
            ListenerArn=listener["ListenerArn"],
            Priority=100,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}],
        )
    return {"targetGroupArn": groups[0], "containerName": "backend", "containerPort": 8000}


def port_of(aws: Aws, rule: str) -> int:
    listener = rule.replace(":listener-rule/", ":listener/").rpartition("/")[0]
    return int(aws.elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Port"])

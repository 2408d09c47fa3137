"""The stand-in applies load balancers, target groups, listeners and rules."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("balancing.tf").read_text()
REDIRECT = """
  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No."
      status_code  = "503"
    }
  }
"""


async def test_load_balancers_are_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state = await balanced.state()
    elb, arn = daemon.client("elbv2"), state["aws_lb.this"]["arn"]
    assert state["data.aws_lbs.serving"]["arns"] == [arn]
    assert state["data.aws_lb_listener.live"]["arn"] == state["aws_lb_listener.production"]["arn"]
    groups = state["data.aws_lb_listener_rule.live"]["action"][0]["forward"]["target_group"]
    assert sorted(each["weight"] for each in groups) == [0, 100]
    assert state["aws_lb_target_group.plain"]["name"].startswith("pl-")

    changed = (
        WORLD.replace("idle_timeout               = 60", "idle_timeout               = 30")
        .replace("interval            = 30", "interval            = 10")
        .replace("deregistration_delay = 30", "deregistration_delay = 5")
        .replace('status_code = "HTTP_302"', 'status_code = "HTTP_301"')
        .replace("weight = 0", "weight = 10")
        .replace("priority     = 100", "priority     = 200")
        .replace('values = ["GET"]', 'values = ["GET", "HEAD"]')
        .replace('{ Name = "production" }', '{ Name = "clients" }')
        .replace("TLS13-1-2-2021-06", "TLS13-1-3-2021-06")
        .replace('prefix  = "alb"', 'prefix  = "balancer"')
    )
    assert await balanced.changes(changed) == {
        "aws_lb.this": ["update"],
        'aws_lb_target_group.this["alternate"]': ["update"],
        'aws_lb_target_group.this["primary"]': ["update"],
        "aws_lb_listener.production": ["update"],
        "aws_lb_listener.secure": ["update"],
        "aws_lb_listener_rule.production": ["update"],
        "aws_lb_listener_rule.other": ["update"],
        "aws_lb_listener_rule.third": ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "30"} in attributes
    rule = elb.describe_rules(RuleArns=[state["aws_lb_listener_rule.production"]["arn"]])["Rules"][0]
    assert rule["Priority"] == "200"
    weights = {each["Weight"] for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]}
    assert weights == {10, 100}

    await balanced.destroy()
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    assert elb.describe_target_groups()["TargetGroups"] == []


@pytest.mark.full
async def test_a_change_outside_terraform_is_detected_unless_it_is_ignored(balanced: Workspace, daemon: Daemon) -> None:
    ignoring = WORLD.replace(
        "  priority     = 100\n", "  priority     = 100\n\n  lifecycle {\n    ignore_changes = [action]\n  }\n", 1
    )
    await balanced.apply(ignoring)
    state, elb = await balanced.state(), daemon.client("elbv2")
    rule = state["aws_lb_listener_rule.production"]["arn"]
    groups = [
        {"TargetGroupArn": state[f'aws_lb_target_group.this["{name}"]']["arn"], "Weight": weight}
        for name, weight in (("primary", 0), ("alternate", 100))
    ]
    elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])
    assert await balanced.changes() == {}

    elb.modify_load_balancer_attributes(
        LoadBalancerArn=state["aws_lb.this"]["arn"],
        Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "10"}],
    )
    elb.delete_rule(RuleArn=state["aws_lb_listener_rule.third"]["arn"])
    assert await balanced.changes() == {"aws_lb.this": ["update"], "aws_lb_listener_rule.third": ["create"]}


@pytest.mark.full
async def test_load_balancers_are_imported_by_their_arns(balanced: Workspace) -> None:
    await balanced.apply(WORLD)
    state = await balanced.state()
    types = ("aws_lb.this", "aws_lb_listener.production", "aws_lb_listener_rule.production")
    for address in (*types, 'aws_lb_target_group.this["primary"]'):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, state[address]["arn"])
    assert await balanced.changes() == {}


@pytest.mark.full
async def test_another_name_replaces_and_another_action_updates(balanced: Workspace) -> None:
    await balanced.apply(WORLD)
    at = WORLD.index('  default_action {\n    type = "redirect"')
    end = WORLD.index("\n}", at)
    assert await balanced.changes(WORLD[:at] + REDIRECT + WORLD[end:]) == {"aws_lb_listener.redirect": ["update"]}
    await balanced.apply()
    assert await balanced.changes() == {}
    renamed = WORLD.replace('name_prefix = "pl-"', 'name_prefix = "pr-"')
    assert (await balanced.changes(renamed))["aws_lb_target_group.plain"] == ["delete", "create"]


async def test_what_the_local_cloud_does_not_have_is_refused(planned_only: Workspace) -> None:
    planned_only.write('resource "aws_lb" "net" {\n  load_balancer_type = "network"\n  subnets = [var.subnet_a]\n}\n')
    assert 'does not serve load_balancer_type = "network"' in await planned_only.fail("plan")
    planned_only.write(
        'resource "aws_lb_listener" "bad" {\n  load_balancer_arn = "arn:aws:x"\n'
        '  default_action {\n    type = "redirect"\n  }\n}\n'
    )
    error = await planned_only.fail("plan")
    assert 'Attribute "default_action[0].redirect" must be specified when "default_action[0].type"' in error

"""Listeners that answer without a target: redirects, fixed responses, rules."""

import pytest

from tests.conformance.stage import Stage

fact = pytest.mark.fact


@fact("2/redirect")
def test_redirects_fill_in_what_they_keep(stage: Stage) -> None:
    kept = {"Protocol": "HTTPS", "Port": "443", "Host": "#{host}", "Path": "/new/#{path}", "Query": "#{query}"}
    for code in (301, 302):
        door = stage.listener({"Type": "redirect", "RedirectConfig": {**kept, "StatusCode": f"HTTP_{code}"}})
        answer = door.ask("/a/b?c=d", {"Host": "shop.example"})
        assert (answer.status, answer.headers["location"]) == (code, "https://shop.example:443/new/a/b?c=d")


@fact("2/fixed")
def test_a_fixed_response(stage: Stage) -> None:
    config = {"StatusCode": "418", "ContentType": "application/json", "MessageBody": '{"teapot": true}'}
    answer = stage.listener({"Type": "fixed-response", "FixedResponseConfig": config}).ask()
    assert (answer.status, answer.headers["content-type"], answer.body) == (
        418,
        "application/json",
        '{"teapot": true}',
    )


@fact("2/rules")
def test_rules_are_tried_by_priority(stage: Stage) -> None:
    elb = stage.cloud.elb
    door = stage.listener({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}})

    def rule(priority: int, body: str, *paths: str) -> str:
        created = elb.create_rule(
            ListenerArn=door.arn,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": list(paths)}}],
            Actions=[
                {
                    "Type": "fixed-response",
                    "FixedResponseConfig": {"StatusCode": "200", "MessageBody": body, "ContentType": "text/plain"},
                }
            ],
        )
        return str(created["Rules"][0]["RuleArn"])

    rule(20, "second", "/a/*")
    first = rule(10, "first", "/a/b", "/c?")
    stage.cloud.until(lambda: door.ask("/a/b").body == "first", "the rules in effect")
    assert door.ask("/a/z").body == "second"
    assert door.ask("/cd").body == "first"
    assert door.ask("/cde").status == 404
    assert door.ask("/A/B").status == 404, "paths are case-sensitive"
    with stage.cloud.refused("PriorityInUse"):
        rule(10, "again", "/z")
    elb.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 30}])
    stage.cloud.until(lambda: door.ask("/a/b").body == "second", "the new order")


@fact("2/arn-here", "2/tag-one")
def test_arns_are_of_this_region_and_one_resource_is_tagged_at_a_time(stage: Stage) -> None:
    elb = stage.cloud.elb
    arn = stage.group()
    _, _, _, region, *_ = arn.split(":")
    elsewhere = arn.replace(f":{region}:", ":eu-west-1:" if region != "eu-west-1" else ":us-east-1:")
    with stage.cloud.refused("ValidationError") as error:
        elb.describe_target_groups(TargetGroupArns=[elsewhere])
    assert error["message"] == f"'{elsewhere}' is not a valid target group ARN"
    with stage.cloud.refused("ValidationError") as error:
        elb.describe_tags(ResourceArns=[elsewhere])
    assert error["message"] == f"'{elsewhere}' must be in ARN format"
    with stage.cloud.refused("ValidationError") as error:
        elb.add_tags(ResourceArns=[arn, arn], Tags=[{"Key": "a", "Value": "b"}])
    assert error["message"] == "Only one resource can be tagged at a time"

"""Checks of the tasks' connections: log groups, target groups, the listener for clients."""

from functools import partial

from ops.aws.clients import Aws
from ops.aws.service import url_of
from ops.verifying.check import Check, Group
from ops.verifying.subject import Subject

LOGS = Group("logs")
TRAFFIC = Group("traffic")
APPLY = "apply the Terraform"


def log_groups(subject: Subject) -> list[Check]:
    """Check the log groups: without one, its containers do not start. CloudWatch Logs DescribeLogGroups."""
    return LOGS.asked("log groups", partial(existing_groups, subject.aws, subject.log_groups()))


def existing_groups(aws: Aws, names: list[str]) -> list[Check]:
    if not names:
        return []
    # Our groups begin with the shortest name; others need a request of their own.
    prefixes = [each for each in names if not any(each != other and each.startswith(other) for other in names)]
    paginator = aws.logs.get_paginator("describe_log_groups")
    pages = (page for each in prefixes for page in paginator.paginate(logGroupNamePrefix=each))
    there = {each["logGroupName"] for page in pages for each in page["logGroups"]}
    return [
        LOGS.ok(name, "exists")
        if name in there
        else LOGS.fail(name, "does not exist", wanted="the log group: without it no container starts", fix=APPLY)
        for name in names
    ]


def traffic(subject: Subject) -> list[Check]:
    """Check target groups and listener. ELBv2 DescribeTargetGroups, DescribeLoadBalancers, DescribeListeners."""
    if not subject.service.load_balancers:
        return [TRAFFIC.warn("load balancer", "the service has none", wanted="one", fix=APPLY)]
    found: list[Check] = []
    for arn in subject.service.target_groups:
        found += TRAFFIC.asked("target group", partial(target_group, subject.aws, arn))
    return found + TRAFFIC.asked("listener", partial(listener, subject.aws))


def target_group(aws: Aws, arn: str) -> Check:
    name = arn.split("/")[1]
    try:
        groups = aws.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    except aws.elbv2.exceptions.TargetGroupNotFoundException:
        groups = []
    if not groups:
        return TRAFFIC.fail(f"target group {name}", "does not exist", wanted="the group of the tasks", fix=APPLY)
    return TRAFFIC.ok(f"target group {name}", "exists")


def listener(aws: Aws) -> Check:
    url = url_of(aws)
    if url is None:
        return TRAFFIC.fail("listener", "no listener forwards to tasks", wanted="a listener for clients", fix=APPLY)
    return TRAFFIC.ok("listener", url)

"""Log groups and target groups that are gone."""

from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.verifying.check import State
from ops.verifying.destinations import log_groups, traffic
from ops.verifying.subject import Subject

GROUP = "arn:aws:elasticloadbalancing:us-west-1:123456789012:targetgroup/spendsense-local/1111111111111111"


def test_a_log_group_that_is_gone_fails(subject: Subject, cluster: Any) -> None:
    assert [each.state for each in log_groups(subject)] == [State.OK]
    cluster.logs.on("DescribeLogGroups", {"logGroups": [{"logGroupName": "/ecs/spendsense-backend/access"}]})
    assert [(each.subject, each.state) for each in log_groups(subject)] == [("/ecs/spendsense-backend", State.FAIL)]


def test_a_group_that_the_driver_makes_need_not_be_there(subject: Subject) -> None:
    subject.containers[0]["logConfiguration"]["options"]["awslogs-create-group"] = "true"
    assert log_groups(subject) == []


def test_groups_of_other_names_are_requested_by_themselves(cluster: Any, subject: Subject) -> None:
    for name in ("/ecs/spendsense-backend/access", "/other"):
        logging = {"logDriver": "awslogs", "options": {"awslogs-group": name}}
        subject.containers.append({"name": name, "logConfiguration": logging})
    log_groups(subject)
    asked = [each["logGroupNamePrefix"] for each in cluster.logs.sent("DescribeLogGroups")]
    assert asked == ["/ecs/spendsense-backend", "/other"]


@pytest.fixture
def balanced(subject: Subject) -> Subject:
    subject.service.load_balancers.append({"targetGroupArn": GROUP})
    object.__setattr__(subject.service, "target_groups", [GROUP])
    return subject


def test_a_target_group_and_a_listener_that_are_gone_fail(balanced: Subject, cluster: Any, scripted: Aws) -> None:
    cluster.elbv2.deactivate()
    with Stubber(scripted.elbv2) as stubbed:
        stubbed.add_client_error("describe_target_groups", "TargetGroupNotFound")
        stubbed.add_client_error("describe_load_balancers", "LoadBalancerNotFound")
        found = traffic(balanced)
    assert [(each.subject, each.state) for each in found] == [
        ("target group spendsense-local", State.FAIL),
        ("listener", State.FAIL),
    ]


def test_a_service_without_a_load_balancer_is_a_warning(subject: Subject) -> None:
    assert [each.state for each in traffic(subject)] == [State.WARN]

"""The local load balancer: health checks and ports."""

from types import SimpleNamespace
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.aws.service import url_of
from ops.errors import CouldNotStart
from ops.local.provision import load_balancer
from tests.ports import free_port
from tests.unit.ops.local.provision.made import make


def test_the_target_group_checks_health_as_agreed(aws: Aws) -> None:
    arn = make(aws).target_group
    group = aws.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    assert (group["HealthCheckPath"], group["TargetType"], group["Port"]) == ("/health", "ip", 8000)
    numbers = [
        group[name]
        for name in (
            "HealthCheckIntervalSeconds",
            "HealthCheckTimeoutSeconds",
            "HealthyThresholdCount",
            "UnhealthyThresholdCount",
        )
    ]
    assert numbers == [5, 2, 2, 2]
    attributes = aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "5"} in attributes


def test_the_listener_keeps_its_port_until_another_is_requested(aws: Aws) -> None:
    expected = free_port()
    make(aws, listener_port=expected)
    make(aws)
    assert url_of(aws) == f"http://127.0.0.1:{expected}"
    other = free_port()
    make(aws, listener_port=other)
    assert url_of(aws) == f"http://127.0.0.1:{other}"


class Taken(Exception):
    pass


class Balancers:
    """Refuse ports as the local load balancer does when another program uses them."""

    exceptions = SimpleNamespace(InvalidConfigurationRequestException=Taken)

    def __init__(self, *taken: int) -> None:
        self.taken = taken

    def create_listener(self, *, Port: int, **_: object) -> dict[str, Any]:  # noqa: N803 - AWS's name
        if Port in self.taken:
            raise Taken(f"Listener port {Port}: another program has it")
        return {"Listeners": [{"Port": Port}]}


def test_a_port_that_another_users_up_takes_meanwhile_is_skipped() -> None:
    aws: Any = SimpleNamespace(elbv2=Balancers(8080, 8081))
    assert load_balancer.create_listener(aws, "balancer", [8080, 8081, 8082, 8083], {})["Port"] == 8082
    with pytest.raises(CouldNotStart, match="no port to listen on: Listener port 8081: another program has it"):
        load_balancer.create_listener(aws, "balancer", [8080, 8081], {})

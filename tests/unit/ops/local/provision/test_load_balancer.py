"""The local load balancer: health checks and ports."""

import socket
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


def test_a_requested_port_that_is_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CouldNotStart, match=f"127.0.0.1:{port} is in use"):
            load_balancer.checked_port(port)


def test_without_a_requested_port_the_first_free_ones_are_tried() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tried = list(load_balancer.free_ports(range(port, port + 50)))
    assert len(tried) == load_balancer.LISTENER_ATTEMPTS
    assert port not in tried
    assert (load_balancer.PORTS[0], load_balancer.PORTS[-1]) == (8080, 32_767)


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

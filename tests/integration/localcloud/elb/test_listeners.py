"""Listeners are created, deleted and refused, and survive the death of Envoy."""

import os
import signal
import socket
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_load_balancer_is_active_and_reached_on_loopback(balancer: Any) -> None:
    (held,) = (await balancer.call("describe_load_balancers"))["LoadBalancers"]
    assert (held["DNSName"], held["State"]["Code"]) == ("127.0.0.1", "active")
    (group,) = (await balancer.call("describe_target_groups"))["TargetGroups"]
    assert group["LoadBalancerArns"] == [balancer.arn]


async def test_http_has_no_ssl_policy_and_all_zones_are_balanced(balancer: Any) -> None:
    (listener,) = (await balancer.call("describe_listeners", LoadBalancerArn=balancer.arn))["Listeners"]
    assert listener["Protocol"] == "HTTP"
    assert "SslPolicy" not in listener
    attributes = await balancer.call("describe_load_balancer_attributes", LoadBalancerArn=balancer.arn)
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in attributes["Attributes"]


async def test_deleted_listener_stops_listening_and_its_group_is_no_longer_in_use(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    await balancer.call("delete_listener", ListenerArn=balancer.listener)
    with pytest.raises(OSError, match="Connect call failed"):
        await request_once(balancer.port)
    assert (await balancer.health())[one.address]["Reason"] == "Target.NotInUse"
    (group,) = (await balancer.call("describe_target_groups"))["TargetGroups"]
    assert group["LoadBalancerArns"] == []
    await balancer.call("delete_target_group", TargetGroupArn=balancer.group)
    assert not balancer.part.target_group_exists(balancer.group)


async def test_listener_moves_to_another_port(balancer: Any, request_once: Any) -> None:
    port = free_port()
    await balancer.call("modify_listener", ListenerArn=balancer.listener, Port=port)
    assert (await request_once(port)).status == 503
    with pytest.raises(OSError, match="Connect call failed"):
        await request_once(balancer.port)


async def test_listener_that_could_not_listen_is_refused_with_what_to_do(balancer: Any) -> None:
    async def refused(port: int, protocol: str = "HTTP") -> tuple[str, str]:
        with pytest.raises(ClientError) as error:
            await balancer.call(
                "create_listener",
                LoadBalancerArn=balancer.arn,
                Protocol=protocol,
                Port=port,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": balancer.group}],
            )
        return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, message = await refused(port)
        assert code == "InvalidConfigurationRequest"
        assert f"127.0.0.1:{port} cannot be bound: another program uses it" in message
    code, message = await refused(balancer.port)
    assert code == "DuplicateListener"
    assert f"{balancer.port}" in message
    for protocol in ("TLS", "TCP", "UDP"):
        refusal = ("ValidationError", f"Listener protocol '{protocol}' must be one of 'HTTP, HTTPS'")
        assert await refused(balancer.port + 1, protocol) == refusal
    listeners = (await balancer.call("describe_listeners", LoadBalancerArn=balancer.arn))["Listeners"]
    assert [listener["Port"] for listener in listeners] == [balancer.port]


async def test_envoy_that_dies_is_started_again_with_everything_it_knew(
    balancer: Any, start_backend: Any, request_once: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    killed = balancer.part.status()["pid"]
    os.kill(killed, signal.SIGKILL)
    await balancer.cloud.until(lambda: balancer.part.status()["restarts"] == 1)
    await balancer.cloud.until(lambda: balancer.part.status()["status"] == "ready")
    assert balancer.part.status()["pid"] != killed

    async def serves() -> bool:
        try:
            return bool((await request_once(balancer.port)).body == "one")
        except OSError:
            return False

    await balancer.cloud.until(serves)
    assert "Envoy ended with 137; restarting it" in caplog.text

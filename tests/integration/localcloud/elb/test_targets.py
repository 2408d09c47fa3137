"""Targets through the API: their states, and which of them receive requests."""

import asyncio
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_registered_target_is_checked_and_then_gets_requests(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one = await start_backend("one")
    assert (await request_once(balancer.port)).status == 503
    await balancer.register(one)
    assert (await balancer.health())[one.address]["State"] == "initial"
    assert (await request_once(balancer.port)).status == 503
    await balancer.until_state(one, "healthy")
    answer = await request_once(balancer.port)
    assert (answer.status, answer.body, answer.headers["server"]) == (200, "one", "backend")
    assert (await balancer.health())[one.address] == {"State": "healthy"}
    check = one.checks[-1]
    assert check.startswith("GET /health HTTP/1.1\r\n")
    assert f"Host: {one.address}:{one.port}\r\n" in check
    assert "User-Agent: ELB-HealthChecker/2.0\r\n" in check


async def test_target_whose_checks_fail_is_taken_out_and_comes_back(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one, two = await start_backend("one"), await start_backend("two")
    await balancer.register(one, two)
    await balancer.until_state(one, "healthy")
    await balancer.until_state(two, "healthy")
    two.health = "failing"
    await balancer.until_state(two, "unhealthy")
    assert (await balancer.health())[two.address] == {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [503]",
    }
    assert {(await request_once(balancer.port)).body for _ in range(10)} == {"one"}
    two.health = "healthy"
    await balancer.until_state(two, "healthy")
    assert {(await request_once(balancer.port)).body for _ in range(10)} == {"one", "two"}


async def test_group_with_only_unhealthy_targets_sends_to_all_of_them(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one, two = await start_backend("one"), await start_backend("two")
    one.health = two.health = "failing"
    await balancer.register(one, two)
    await balancer.until_state(one, "unhealthy")
    await balancer.until_state(two, "unhealthy")
    assert {(await request_once(balancer.port)).body for _ in range(10)} == {"one", "two"}


async def test_hanging_and_refusing_targets_say_timeout_and_failed_checks(balancer: Any, start_backend: Any) -> None:
    hanging, gone = await start_backend("hanging"), await start_backend("gone")
    hanging.health = "hanging"
    await balancer.register(hanging, gone)
    await balancer.until_state(gone, "healthy")
    await gone.stop()
    await balancer.until_state(hanging, "unhealthy")
    await balancer.until_state(gone, "unhealthy")
    health = await balancer.health()
    assert (health[hanging.address]["Reason"], health[hanging.address]["Description"]) == (
        "Target.Timeout",
        "Request timed out",
    )
    assert (health[gone.address]["Reason"], health[gone.address]["Description"]) == (
        "Target.FailedHealthChecks",
        "Health checks failed",
    )


async def test_request_in_progress_ends_well_while_its_target_drains(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one, two = await start_backend("one"), await start_backend("two")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    slow = asyncio.create_task(request_once(balancer.port, "/slow?1.5"))
    longer = asyncio.create_task(request_once(balancer.port, "/slow?60"))
    await balancer.cloud.until(lambda: one.requests == 2)
    await balancer.register(two)
    await balancer.until_state(two, "healthy")
    started = time.monotonic()
    await balancer.deregister(one)
    assert (await balancer.health())[one.address] == {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    }
    assert {(await request_once(balancer.port)).body for _ in range(10)} == {"two"}
    await balancer.until_state(one, "unused")
    assert time.monotonic() - started > 1.9  # 10 s of draining at speed 5
    assert (await slow).body == "one"
    assert list(await balancer.health()) == [two.address]
    ended = await longer
    assert (ended.status, ended.headers["server"]) == (502, "awselb/2.0")
    assert time.monotonic() - started < 50, "with the delay, not when the target would have answered"
    statistics = (await balancer.part.statistics())[balancer.arn.split("loadbalancer/")[1]]
    assert statistics.balancer_codes == {502: 1}


async def test_websocket_ends_with_the_deregistration_delay(balancer: Any, start_backend: Any) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    reader, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
    upgrade = b"GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    writer.write(upgrade)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    await balancer.deregister(one)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello", "it goes on while the target drains"
    assert (await balancer.health())[one.address]["State"] == "draining"
    async with asyncio.timeout(30):
        assert await reader.read() == b""
    writer.close()
    assert await balancer.health() == {}


async def test_requests_of_another_group_outlast_the_delay_of_the_target_of_both(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one, other = await start_backend("one"), await balancer.create_group("both")
    _, port = await balancer.create_listener([{"Type": "forward", "TargetGroupArn": other}])
    for group in (balancer.group, other):
        await balancer.register(one, group=group)
        await balancer.until_state(one, "healthy", group)
    slow = [asyncio.create_task(request_once(each, "/slow?6")) for each in (balancer.port, port)]
    await balancer.cloud.until(lambda: one.requests == 2)
    await balancer.deregister(one)
    assert [(await answer).status for answer in slow] == [502, 200]


async def test_target_registered_again_while_it_drains_ends_its_requests(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    slow = asyncio.create_task(request_once(balancer.port, "/slow?3.5"))
    await balancer.cloud.until(lambda: one.requests == 1)
    await balancer.deregister(one)
    await balancer.register(one)
    assert (await slow).status == 200


async def test_targets_of_a_group_without_listener_are_unused(balancer: Any, start_backend: Any) -> None:
    one = await start_backend("one")
    group = await balancer.create_group("idle")
    await balancer.register(one, group=group)
    assert (await balancer.health(group))[one.address]["Reason"] == "Target.NotInUse"
    await balancer.create_listener([{"Type": "forward", "TargetGroupArn": group}])
    await balancer.until_state(one, "healthy", group)


async def test_changed_health_check_settings_hold_for_targets_that_are_there(balancer: Any, start_backend: Any) -> None:
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    await balancer.call("modify_target_group", TargetGroupArn=balancer.group, Matcher={"HttpCode": "201-204"})
    await balancer.until_state(one, "unhealthy")
    health = (await balancer.health())[one.address]
    assert health["Description"] == "Health checks failed with these codes: [200]"


async def test_target_that_was_never_registered_is_described_as_such(balancer: Any) -> None:
    described = await balancer.call(
        "describe_target_health", TargetGroupArn=balancer.group, Targets=[{"Id": "127.0.9.9", "Port": 80}]
    )
    assert described["TargetHealthDescriptions"] == [
        {
            "HealthCheckPort": "80",
            "Target": {"Id": "127.0.9.9", "Port": 80, "AvailabilityZone": "all"},
            "TargetHealth": {
                "State": "unused",
                "Reason": "Target.NotRegistered",
                "Description": "Target is not registered to the target group",
            },
        }
    ]


async def test_wrong_targets_are_refused_in_the_words_of_aws(balancer: Any) -> None:
    for parameters, code, message in (
        ({"Targets": [{"Id": "i-123"}]}, "ValidationError", "The IP address 'i-123' is not a valid IPv4 address"),
        ({"Targets": []}, "ValidationError", "Member must not be null"),
        ({"Targets": [{"Id": "127.0.0.1", "Port": 70000}]}, "ValidationError", "less than or equal to 65535"),
        (
            {"TargetGroupArn": "arn:none", "Targets": [{"Id": "127.0.0.1"}]},
            "ValidationError",
            "'arn:none' is not a valid target group ARN",
        ),
        (
            {"TargetGroupArn": balancer.group + "0", "Targets": [{"Id": "127.0.0.1"}]},
            "TargetGroupNotFound",
            "not found",
        ),
    ):
        with pytest.raises(ClientError) as refused:
            await balancer.call("register_targets", **({"TargetGroupArn": balancer.group} | parameters))
        assert refused.value.response["Error"]["Code"] == code
        assert message in refused.value.response["Error"]["Message"]


async def test_addresses_are_in_the_vpc_or_private_and_named_with_their_zone(balancer: Any) -> None:
    group = await balancer.create_group("places")
    for target, message in (
        ({"Id": "8.8.8.8"}, "neither in a subnet of the target group's VPC nor in one of the ranges"),
        ({"Id": "8.8.8.8", "AvailabilityZone": "all"}, "neither in a subnet"),
        ({"Id": "10.9.0.1"}, "The Availability Zone is required for IP address '10.9.0.1'"),
        ({"Id": "10.1.3.1"}, "because it is not in the VPC"),
        ({"Id": "10.9.0.1", "AvailabilityZone": "us-west-1a"}, "must be 'all' for Application Load Balancer"),
        ({"Id": "10.1.2.1", "AvailabilityZone": "us-west-1a"}, "overridden to 'us-west-1a' from 'us-west-1b'"),
        ({"Id": "10.1.2.1", "AvailabilityZone": "all"}, "overridden to 'all' from 'us-west-1b'"),
        ({"Id": "127.0.0.9", "AvailabilityZone": "us-west-1z"}, "'us-west-1z' for IP address '127.0.0.9'"),
    ):
        with pytest.raises(ClientError, match=re.escape(message)) as refused:
            await balancer.call("register_targets", TargetGroupArn=group, Targets=[{"Id": "10.1.1.9"}, target])
        assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert await balancer.health(group) == {}
    targets = [{"Id": "10.1.2.1"}, {"Id": "10.9.0.1", "AvailabilityZone": "all"}, {"Id": "127.0.0.9"}]
    await balancer.call("register_targets", TargetGroupArn=group, Targets=targets)
    described = (await balancer.call("describe_target_health", TargetGroupArn=group))["TargetHealthDescriptions"]
    zones = {each["Target"]["Id"]: each["Target"]["AvailabilityZone"] for each in described}
    assert zones == {"10.1.2.1": "us-west-1b", "10.9.0.1": "all", "127.0.0.9": "all"}


async def test_targets_that_could_not_be_written_down_are_routed_once_they_can(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one, two = await start_backend("one"), await start_backend("two")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    folder = balancer.part._proxy.resources.directory / "endpoints"
    away = folder.with_name("away")
    folder.rename(away)
    folder.touch()  # blocks the writing of every file, like a full disk
    await balancer.register(two)
    await balancer.until_state(two, "healthy")
    await balancer.deregister(one)
    assert balancer.part.status()["status"] == "failed"
    folder.unlink()
    away.rename(folder)
    await balancer.cloud.until(lambda: balancer.part.status()["status"] == "ready")
    assert await balancer.part.settle()
    assert {(await request_once(balancer.port)).body for _ in range(10)} == {"two"}

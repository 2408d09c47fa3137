"""Traffic is shifted in steps between two target groups under load, and counted."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

PER_SECOND = 300
ENOUGH = 900


async def test_canary_gets_its_share_and_then_all_without_a_failed_request(
    balancer: Any, start_backend: Any, load: Any
) -> None:
    blue, green = await start_backend("blue"), await start_backend("green")
    other = await balancer.create_group("green")
    await shift(balancer, other, 0)
    await balancer.register(blue)
    await balancer.register(green, group=other)
    await balancer.until_state(blue, "healthy")
    await balancer.until_state(green, "healthy", other)
    traffic = load(balancer.port, per_second=PER_SECOND)
    running = asyncio.create_task(traffic.run())
    shares = {}
    for percent in (10, 100):
        await shift(balancer, other, percent)
        shares[percent] = await share_of_green(balancer, traffic)
    traffic.stop()
    await running
    assert traffic.failures == []
    assert 0.06 < shares[10] < 0.14, "four standard deviations of 900 draws"
    assert shares[100] == 1.0

    total = sum(traffic.answers.values())
    name = balancer.arn.split("loadbalancer/")[1]

    async def all_counted() -> bool:
        return bool((await balancer.part.statistics())[name].requests == total)

    await balancer.cloud.until(all_counted)
    held = (await balancer.part.statistics())[name]
    assert (held.target_codes, held.balancer_codes, held.client_closed) == ({200: total}, {}, 0)
    groups = {arn.split("/")[1]: group.requests for arn, group in held.groups.items()}
    assert groups == {"test": traffic.answers["blue"], "green": traffic.answers["green"]}

    async def all_timed() -> bool:
        now = (await balancer.part.statistics())[name]
        return sum(group.response_time.count for group in now.groups.values()) == total

    await balancer.cloud.until(all_timed)
    for group in (await balancer.part.statistics())[name].groups.values():
        assert 0 < group.response_time.total_s / group.response_time.count < 5
    assert balancer.part.host_counts(other).healthy == 1


async def test_answers_of_the_balancer_and_of_targets_are_counted_apart(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    name = balancer.arn.split("loadbalancer/")[1]
    assert (await request_once(balancer.port)).status == 503
    one = await start_backend("one")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    await request_once(balancer.port)
    await request_once(balancer.port, "/close")
    reader, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"one")
    held = (await balancer.part.statistics())[name]
    assert (held.target_codes, held.balancer_codes) == ({200: 2}, {502: 1, 503: 1})
    assert held.active_connections == 1
    writer.close()
    await one.stop()
    assert (await request_once(balancer.port)).status == 502
    (group,) = (await balancer.part.statistics())[name].groups.values()
    assert group.connection_errors == 1
    await one.start()


async def shift(balancer: Any, green: str, percent: int) -> None:
    groups = [
        {"TargetGroupArn": balancer.group, "Weight": 100 - percent},
        {"TargetGroupArn": green, "Weight": percent},
    ]
    await balancer.call(
        "modify_listener",
        ListenerArn=balancer.listener,
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )


async def share_of_green(balancer: Any, traffic: Any) -> float:
    """Return green's share of the next 900 responses, without requests that were in flight when the weights changed."""
    await traffic.begun_have_ended()
    before = dict(traffic.answers)
    await balancer.cloud.until(lambda: sum(traffic.answers.values()) >= sum(before.values()) + ENOUGH)
    new = {name: count - before.get(name, 0) for name, count in traffic.answers.items()}
    return float(new["green"] / sum(new.values()))

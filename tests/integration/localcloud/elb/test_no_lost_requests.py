"""No request is lost while targets come and go and weights change."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_no_request_fails_while_targets_are_replaced_but_those_that_outlast_the_delay(
    balancer: Any, start_backend: Any, load: Any, request_once: Any
) -> None:
    backends = [await start_backend(name) for name in ("one", "two", "three")]
    await balancer.register(backends[0])
    await balancer.until_state(backends[0], "healthy")
    traffic = load(balancer.port, per_second=300)
    running = asyncio.create_task(traffic.run())
    outlasting = []
    for turn in range(1, 7):
        new, old = backends[turn % 3], backends[(turn - 1) % 3]
        outlasting.append(asyncio.create_task(request_once(balancer.port, "/slow?30")))
        await balancer.register(new)
        await balancer.until_state(new, "healthy")
        await balancer.deregister(old)
        await balancer.until_state(old, "unused")
        # Like a stopped task: the process ends as soon as its target is unused, and another replaces it.
        await old.stop()
        await old.start()
    traffic.stop()
    await running
    assert traffic.failures == []
    assert set(traffic.answers) == {"one", "two", "three"}
    assert len(traffic.latencies_s) > 1000
    assert [(await answer).status for answer in outlasting] == [502] * 6


async def test_shifted_weights_move_all_traffic_and_lose_none(balancer: Any, start_backend: Any, load: Any) -> None:
    blue, green = await start_backend("blue"), await start_backend("green")
    other = await balancer.create_group("green")
    await shift(balancer, {balancer.group: 100, other: 0})
    await balancer.register(blue)
    await balancer.register(green, group=other)
    await balancer.until_state(blue, "healthy")
    await balancer.until_state(green, "healthy", other)
    traffic = load(balancer.port, per_second=200)
    running = asyncio.create_task(traffic.run())
    for weights in ({balancer.group: 0, other: 100}, {balancer.group: 100, other: 0}, {balancer.group: 0, other: 100}):
        await shift(balancer, weights)
        await answers_only(balancer, traffic, "blue" if weights[balancer.group] else "green")
    traffic.stop()
    await running
    assert traffic.failures == []


async def shift(balancer: Any, weights: dict[str, int]) -> None:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    await balancer.call(
        "modify_listener",
        ListenerArn=balancer.listener,
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )


async def answers_only(balancer: Any, traffic: Any, name: str) -> None:
    """Check that, once requests in flight are back, every response is from `name`."""
    await traffic.begun_have_ended()
    before = dict(traffic.answers)
    await balancer.cloud.until(lambda: traffic.answers.get(name, 0) >= before.get(name, 0) + 40)
    assert {other: count for other, count in traffic.answers.items() if other != name} == {
        other: count for other, count in before.items() if other != name
    }

"""Listeners survive a restart of the part."""

import socket
from typing import Any

import pytest

from localcloud.elb.load_balancing import LoadBalancing

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_listeners_survive_a_restart_and_the_status_names_one_whose_port_is_taken(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one = await start_backend("one")
    _, taken = await balancer.create_listener([{"Type": "forward", "TargetGroupArn": balancer.group}])
    await balancer.part.stop()
    again = LoadBalancing(balancer.cloud.host)
    with socket.create_server(("127.0.0.1", taken)):
        await again.start()
        try:
            assert (await request_once(balancer.port)).status == 503
            assert (again.status()["status"], again.status()["ports_not_bound"]) == ("failed", [taken])
            await again.register(balancer.group, one.address, one.port)
            key = (balancer.group, one.address, one.port)
            await balancer.cloud.until(lambda: again.target_health(*key).state.value == "healthy")
            assert await again.settle()
            assert (await request_once(balancer.port)).body == "one"
        finally:
            await again.stop()

"""Attributes of load balancers and target groups take effect."""

import asyncio
import base64
import re
import time
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRACE = re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}")


@pytest_asyncio.fixture(loop_scope="module")
async def served(balancer: Any, start_backend: Any) -> Any:
    """Two backends behind the balancer's listener."""
    backends = [await start_backend("one"), await start_backend("two")]
    await balancer.register(*backends)
    for backend in backends:
        await balancer.until_state(backend, "healthy")
    return backends


async def set_balancer(balancer: Any, **values: str) -> None:
    """Set attributes; their keys have `__` for `.`."""
    attributes = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
    await balancer.call("modify_load_balancer_attributes", LoadBalancerArn=balancer.arn, Attributes=attributes)


async def set_group(balancer: Any, **values: str) -> None:
    """Set attributes; their keys have `__` for `.`."""
    attributes = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
    await balancer.call("modify_target_group_attributes", TargetGroupArn=balancer.group, Attributes=attributes)


def last_head(backends: list[Any]) -> dict[str, str]:
    """Return the header fields of the only request since the last call."""
    (head,) = [head for backend in backends for head in backend.heads]
    for backend in backends:
        backend.heads = []
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}


async def test_requests_are_changed_as_the_attributes_say(balancer: Any, served: Any, request_once: Any) -> None:
    await request_once(balancer.port, "/", "X_Odd: 1\r\n")
    first = last_head(served)
    assert TRACE.fullmatch(first["x-amzn-trace-id"])
    assert first["x_odd"] == "1"
    await request_once(balancer.port, "/", "X-Amzn-Trace-Id: Root=1-1-2;Called=app\r\n")
    assert re.fullmatch(r"Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-1-2;Called=app", last_head(served)["x-amzn-trace-id"])

    await set_balancer(
        balancer,
        routing__http__drop_invalid_header_fields__enabled="true",
        routing__http__xff_header_processing__mode="preserve",
    )
    await request_once(balancer.port, "/", "X_Odd: 1\r\nX-Fine: 1\r\nX-Forwarded-For: 203.0.113.9\r\n")
    kept = last_head(served)
    assert (kept["x-forwarded-for"], kept["x-fine"], "x_odd" in kept) == ("203.0.113.9", "1", False)
    await set_balancer(balancer, routing__http__xff_header_processing__mode="remove")
    await request_once(balancer.port, "/", "X-Forwarded-For: 203.0.113.9\r\n")
    assert "x-forwarded-for" not in last_head(served)

    many = ", ".join(f"203.0.113.{n}" for n in range(31))
    assert (await request_once(balancer.port, "/", f"X-Forwarded-For: {many}\r\n")).status == 463


async def test_the_clients_address_is_appended_with_its_port_on_demand(
    balancer: Any, served: Any, request_once: Any
) -> None:
    async def forwarded(head: str = "") -> str:
        await request_once(balancer.port, "/", head)
        return last_head(served)["x-forwarded-for"]

    assert await forwarded() == "127.0.0.1"
    assert await forwarded("X-Forwarded-For: 203.0.113.9\r\n") == "203.0.113.9, 127.0.0.1"
    several = await forwarded("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.10\r\n")
    assert [address.strip() for address in several.split(",")] == ["203.0.113.9", "203.0.113.10", "127.0.0.1"]
    await set_balancer(balancer, routing__http__xff_client_port__enabled="true")
    assert re.fullmatch(r"203\.0\.113\.9, 127\.0\.0\.1:\d+", await forwarded("X-Forwarded-For: 203.0.113.9\r\n"))


async def test_host_is_completed_unless_it_is_to_be_preserved(balancer: Any, served: Any) -> None:
    async def host_seen() -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        return last_head(served)["host"]

    assert await host_seen() == f"shop.example.com:{balancer.port}"
    await set_balancer(balancer, routing__http__preserve_host_header__enabled="true")
    assert await host_seen() == "shop.example.com"


async def test_cookie_brings_a_client_back_to_its_target(balancer: Any, served: Any, request_once: Any) -> None:
    await set_group(balancer, stickiness__enabled="true", stickiness__lb_cookie__duration_seconds="60")
    first = await request_once(balancer.port)
    assert "AWSALBCORS=" in first.headers["set-cookie"], "the last of both"
    assert "; Path=/; SameSite=None; Secure" in first.headers["set-cookie"]
    value = first.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    cookie = f"Cookie: AWSALB={value}\r\n"
    assert {(await request_once(balancer.port, "/", cookie)).body for _ in range(8)} == {first.body}
    (target,) = [backend for backend in served if backend.name == first.body]
    await balancer.deregister(target)
    moved = await request_once(balancer.port, "/", cookie)
    assert (moved.status, moved.body == first.body, "AWSALB" in moved.headers["set-cookie"]) == (200, False, True)


async def test_the_balancers_cookie_is_renewed_with_each_answer(balancer: Any, served: Any, request_once: Any) -> None:
    await set_group(balancer, stickiness__enabled="true", stickiness__lb_cookie__duration_seconds="60")
    target = served[1]
    value = base64.b64encode(f"{target.address}:{target.port}".encode()).decode()
    for name in ("AWSALB", "AWSALBCORS"):
        ends = int(time.time()) + 30
        kept = await request_once(balancer.port, "/", f"Cookie: {name}={value}.{ends}\r\n")
        renewed = kept.headers["set-cookie"].split("=", 1)[1].split(";")[0]
        assert (kept.body, renewed.split(".")[0]) == ("two", value), name
        assert int(renewed.split(".")[1]) > ends + 20
    over = f"Cookie: AWSALB={value}.{time.time() - 1:.0f}\r\n"
    assert {(await request_once(balancer.port, "/", over)).body for _ in range(8)} == {"one", "two"}


async def test_a_client_stays_with_its_target_group_while_it_is_sticky(
    balancer: Any, start_backend: Any, request_once: Any
) -> None:
    one, two = await start_backend("one"), await start_backend("two")
    other = await balancer.create_group("other")
    await balancer.register(one)
    await balancer.register(two, group=other)
    await balancer.until_state(one, "healthy")

    async def forward(weights: tuple[int, int], **sticky: Any) -> None:
        groups = zip((balancer.group, other), weights, strict=True)
        config = {
            "TargetGroups": [{"TargetGroupArn": group, "Weight": weight} for group, weight in groups],
            "TargetGroupStickinessConfig": sticky,
        }
        actions = [{"Type": "forward", "ForwardConfig": config}]
        await balancer.call("modify_listener", ListenerArn=balancer.listener, DefaultActions=actions)

    await forward((1, 0), Enabled=True, DurationSeconds=60)
    await balancer.until_state(two, "healthy", other)
    first = await request_once(balancer.port)
    name, value = first.headers["set-cookie"].split(";")[0].split("=")
    assert (first.body, name, "SameSite=None; Secure" in first.headers["set-cookie"]) == ("one", "AWSALBTGCORS", True)
    await forward((1, 999), Enabled=True, DurationSeconds=60)
    for name in ("AWSALBTG", "AWSALBTGCORS"):
        cookie = f"Cookie: a=b; {name}={value}; c=d\r\n"
        assert {(await request_once(balancer.port, "/", cookie)).body for _ in range(8)} == {"one"}
    assert "two" in {(await request_once(balancer.port, "/")).body for _ in range(8)}
    await forward((0, 1), Enabled=True, DurationSeconds=60)
    assert (await request_once(balancer.port, "/", cookie)).body == "two", "a group without weight gets nothing"
    await forward((1, 999), Enabled=False)
    assert "two" in {(await request_once(balancer.port, "/", cookie)).body for _ in range(8)}
    for wrong in ({"Enabled": True}, {"Enabled": True, "DurationSeconds": 604_801}):
        with pytest.raises(ClientError) as refused:
            await forward((1, 1), **wrong)
        assert refused.value.response["Error"]["Code"] == "ValidationError"


async def test_applications_cookie_holds_for_its_duration_and_the_target_sees_none_of_how(
    balancer: Any, served: Any, request_once: Any
) -> None:
    named = {"stickiness__type": "app_cookie", "stickiness__app_cookie__cookie_name": "session"}
    await set_group(balancer, stickiness__enabled="true", **named, stickiness__app_cookie__duration_seconds="60")
    target = served[1]
    value = base64.b64encode(f"{target.address}:{target.port}".encode()).decode()

    async def answers(ends: float, head: str = "") -> set[str]:
        cookies = f"Cookie: a=b; session=1; AWSALBAPP-0={value}.{ends:.0f}\r\n{head}"
        return {(await request_once(balancer.port, "/", cookies)).body for _ in range(8)}

    assert await answers(time.time() + 60) == {"two"}
    assert await answers(time.time() - 1) == {"one", "two"}
    served[0].heads, served[1].heads = [], []
    assert await answers(time.time() - 1, f"X-Localcloud-Target: {value}\r\n") == {"one", "two"}
    assert not any("localcloud" in head.lower() for head in [*served[0].heads, *served[1].heads])


async def test_new_target_gets_its_share_little_by_little(balancer: Any, start_backend: Any, load: Any) -> None:
    one, two = await start_backend("one"), await start_backend("two")
    await set_group(balancer, slow_start__duration_seconds="30")
    await balancer.register(one)
    await balancer.until_state(one, "healthy")
    traffic = load(balancer.port, per_second=100)
    running = asyncio.create_task(traffic.run())
    await balancer.cloud.until(lambda: traffic.answers.get("one", 0) >= 20)
    await balancer.register(two)
    await balancer.until_state(two, "healthy")
    await balancer.cloud.until(lambda: traffic.answers.get("two", 0) >= 1)

    async def share(count: int) -> float:
        before = dict(traffic.answers)
        await balancer.cloud.until(lambda: sum(traffic.answers.values()) >= sum(before.values()) + count)
        new = {name: answers - before.get(name, 0) for name, answers in traffic.answers.items()}
        return new["two"] / sum(new.values())

    began = await share(100)
    await share(450)
    ended = await share(100)
    traffic.stop()
    await running
    assert began < 0.35, "30 s at speed 5 take 6 s"
    assert 0.4 < ended < 0.6
    assert traffic.failures == []


async def test_a_listener_adds_headers_to_answers_and_hides_its_name(
    balancer: Any, served: Any, request_once: Any
) -> None:
    prefix = "routing.http.response."
    policy = "default-src 'self'; report-uri /csp?a=%41"
    assert [backend.health for backend in served] == ["healthy"] * 2

    async def set_listener(**values: str) -> None:
        attributes = [{"Key": prefix + key.replace("__", "."), "Value": value} for key, value in values.items()]
        await balancer.call("modify_listener_attributes", ListenerArn=balancer.listener, Attributes=attributes)

    await set_listener(content_security_policy__header_value=policy, x_frame_options__header_value="DENY")
    answer = await request_once(balancer.port)
    assert (answer.headers["content-security-policy"], answer.headers["x-frame-options"]) == (policy, "DENY")
    assert answer.headers["server"] == "backend"
    assert (await request_once(balancer.port, "*")).headers["server"] == "awselb/2.0"
    await set_listener(x_frame_options__header_value="", server__enabled="false")
    answer = await request_once(balancer.port)
    assert (answer.headers["server"], "x-frame-options" in answer.headers) == ("backend", False), "a target's own stays"
    assert "server" not in (await request_once(balancer.port, "*")).headers
    shown = await balancer.call("describe_listener_attributes", ListenerArn=balancer.listener)
    held = {each["Key"]: each["Value"] for each in shown["Attributes"]}
    assert (held[f"{prefix}server.enabled"], held[f"{prefix}x_frame_options.header_value"]) == ("false", "")


async def test_wrong_values_are_refused(balancer: Any) -> None:
    for change, code in (
        (set_balancer(balancer, idle_timeout__timeout_seconds="0"), "ValidationError"),
        (set_balancer(balancer, client_keep_alive__seconds="59"), "ValidationError"),
        (set_balancer(balancer, routing__http__xff_header_processing__mode="x"), "ValidationError"),
        (set_group(balancer, slow_start__duration_seconds="29"), "ValidationError"),
        (set_group(balancer, stickiness__enabled="true", stickiness__type="app_cookie"), "InvalidConfigurationRequest"),
        (set_group(balancer, stickiness__app_cookie__cookie_name="AWSALBTG"), "InvalidConfigurationRequest"),
        (
            set_balancer(balancer, access_logs__s3__enabled="true", access_logs__s3__bucket="none"),
            "InvalidConfigurationRequest",
        ),
        (
            set_group(
                balancer,
                slow_start__duration_seconds="30",
                load_balancing__algorithm__type="least_outstanding_requests",
            ),
            "InvalidConfigurationRequest",
        ),
    ):
        with pytest.raises(ClientError) as refused:
            await change
        assert refused.value.response["Error"]["Code"] == code

"""Rules, headers and the balancer's own responses, as clients and targets see them."""

import contextlib
import socket
from typing import Any

import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def served(balancer: Any, start_backend: Any) -> Any:
    """A backend behind the balancer's listener."""
    backend = await start_backend("one")
    await balancer.register(backend)
    await balancer.until_state(backend, "healthy")
    return backend


async def rule(balancer: Any, priority: int, conditions: list[dict[str, Any]], body: str) -> None:
    await balancer.call(
        "create_rule",
        ListenerArn=balancer.listener,
        Priority=priority,
        Conditions=conditions,
        Actions=[
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": body},
            }
        ],
    )


async def test_target_learns_of_the_client_and_neither_side_learns_of_envoy(
    balancer: Any, served: Any, request_once: Any
) -> None:
    head = (
        "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nX-Request-Id: mine\r\n"
        "x-envoy-upstream-rq-timeout-ms: 1\r\n"
    )
    answer = await request_once(balancer.port, "/a//b/../c?d=%2F", head)
    assert answer.status == 200
    assert answer.headers["server"] == "backend"
    request, *lines = served.heads[-1].strip().split("\r\n")
    sent = dict(line.split(": ", 1) for line in lines)
    assert request == "GET /a//b/../c?d=%2F HTTP/1.1"
    assert sent["host"] == f"localhost:{balancer.port}"
    assert sent["x-forwarded-for"].replace(" ", "") == "203.0.113.9,127.0.0.1"
    assert sent["x-forwarded-proto"] == "http"
    assert sent["x-forwarded-port"] == str(balancer.port)
    assert sent["x-request-id"] == "mine"
    assert [name for name in [*sent, *answer.headers] if "envoy" in name] == []


async def test_balancer_answers_502_503_and_504_as_alb_does(balancer: Any, served: Any, request_once: Any) -> None:
    closed = await request_once(balancer.port, "/close")
    assert (closed.status, closed.headers["server"], closed.headers["content-type"]) == (
        502,
        "awselb/2.0",
        "text/html",
    )
    assert "<h1>502 Bad Gateway</h1>" in closed.body
    assert served.requests == 1, "ALB does not retry"

    await balancer.call(
        "modify_load_balancer_attributes",
        LoadBalancerArn=balancer.arn,
        Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "1"}],
    )
    late = await request_once(balancer.port, "/slow?30")
    assert (late.status, late.headers["server"]) == (504, "awselb/2.0")
    assert "<h1>504 Gateway Time-out</h1>" in late.body

    await served.stop()
    refused = await request_once(balancer.port)
    assert refused.status == 502
    await served.start()

    await balancer.deregister(served)
    empty = await request_once(balancer.port)
    assert (empty.status, empty.headers["server"]) == (503, "awselb/2.0")
    assert "<h1>503 Service Temporarily Unavailable</h1>" in empty.body


@pytest.mark.full
async def test_connection_that_is_not_made_in_time_is_504(balancer: Any, request_once: Any) -> None:
    group = await balancer.create_group("hanging")
    _, port = await balancer.create_listener([{"Type": "forward", "TargetGroupArn": group}])
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.77.99", 0))
        full.listen(0)
        for _ in range(3):  # a full queue does not respond
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        address, target_port = full.getsockname()
        await balancer.call("register_targets", TargetGroupArn=group, Targets=[{"Id": address, "Port": target_port}])
        key = (group, address, target_port)
        await balancer.cloud.until(lambda: balancer.part.target_health(*key).state.value == "unhealthy")
        await balancer.part.settle()
        assert (await request_once(port)).status == 504


async def test_rules_are_tried_by_priority_and_all_conditions_must_hold(
    balancer: Any, served: Any, request_once: Any
) -> None:
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*", "/v?/x"]}}
    await rule(balancer, 20, [path], "path")
    method = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["PUT"]}}
    await rule(balancer, 10, [path, method], "path and method")
    await rule(balancer, 30, [{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}}], "host")
    header = {"HttpHeaderName": "X-Version", "Values": ["2*"]}
    await rule(balancer, 40, [{"Field": "http-header", "HttpHeaderConfig": header}], "header")
    query = {"Values": [{"Key": "beta", "Value": "y*"}, {"Value": "any"}]}
    await rule(balancer, 50, [{"Field": "query-string", "QueryStringConfig": query}], "query")
    await rule(balancer, 5, [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}], "never")
    loopback = {"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.0/8"]}}
    await rule(balancer, 6, [loopback, {"Field": "path-pattern", "Values": ["/local"]}], "source")

    async def body(target: str, head: str = "", verb: str = "GET") -> str:
        answer = (await request_once(balancer.port, target, head, verb)).body
        assert isinstance(answer, str)
        return answer

    assert await body("/api/1?a=b") == "path"
    assert await body("/v9/x") == "path"
    assert await body("/v10/x") == "one"
    assert await body("/API/1") == "one"
    assert await body("/?p=/api/1") == "one"
    assert await body("/api/1", verb="PUT") == "path and method"
    assert await body("/", "X-Version: 2.1\r\n") == "header"
    assert await body("/", "X-Version: 1.2\r\n") == "one"
    assert await body("/?a=1&beta=Yes") == "query"
    assert await body("/?other=any&z=1") == "query"
    assert await body("/?xbeta=no") == "one"
    assert await body("/local") == "source"
    rules = (await balancer.call("describe_rules", ListenerArn=balancer.listener))["Rules"]
    await balancer.call("delete_rule", RuleArn=next(held["RuleArn"] for held in rules if held["Priority"] == "10"))
    assert await body("/api/1", verb="PUT") == "path"


async def test_redirect_fills_in_what_it_keeps(balancer: Any, request_once: Any) -> None:
    kept = {"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}
    for config, location in (
        ({"Protocol": "HTTPS", "Port": "443", **kept, "StatusCode": "HTTP_301"}, "https://localhost:443/a/b?c=d"),
        ({"Host": "other", "Path": "/new/#{path}", "StatusCode": "HTTP_302"}, "http://other:{port}/new/a/b?c=d"),
        ({"Path": "/gone", "Query": "", "StatusCode": "HTTP_302"}, "http://localhost:{port}/gone"),
    ):
        _, port = await balancer.create_listener([{"Type": "redirect", "RedirectConfig": config}])
        answer = await request_once(port, "/a/b?c=d")
        assert (answer.status, answer.headers["location"], answer.headers["server"]) == (
            int(config["StatusCode"].removeprefix("HTTP_")),
            location.format(port=port),
            "awselb/2.0",
        )

"""Large and unusual requests and responses: ALB's limits, and its own responses beyond them."""

from typing import Any

import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

BAD_REQUEST = (
    "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
    "</body>\r\n</html>\r\n"
)


@pytest_asyncio.fixture(loop_scope="module")
async def served(balancer: Any, start_backend: Any) -> Any:
    backend = await start_backend("one")
    await balancer.register(backend)
    await balancer.until_state(backend, "healthy")
    return backend


@pytest.mark.usefixtures("served")
async def test_requests_end_at_albs_limits(balancer: Any, request_once: Any) -> None:
    async def status(path: str = "/", head: str = "", method: str = "GET") -> int:
        return int((await request_once(balancer.port, path, head, method)).status)

    assert await status("/" + "a" * 16_000) == 200
    assert await status("/" + "a" * 17_000) == 414
    assert await status(head=f"X: {'a' * 16_000}\r\n") == 200
    assert await status(head=f"X: {'a' * 17_000}\r\n") == 400
    assert await status(head="".join(f"X{n}: a\r\n" for n in range(500))) == 200, "ALB counts bytes, not headers"
    assert await status(head="".join(f"X{n}: {'a' * 8000}\r\n" for n in range(9))) == 400, "more than 64 KiB"
    assert await status(method="TRACE") == 405
    assert await status(head="Host: another\r\n") == 400


@pytest.mark.usefixtures("served")
async def test_answers_have_up_to_32_kib_of_headers_however_many(balancer: Any, request_once: Any) -> None:
    assert (await request_once(balancer.port, "/headers?500x10")).status == 200
    assert (await request_once(balancer.port, "/headers?3x10000")).status == 200
    assert (await request_once(balancer.port, "/headers?4x10000")).status == 502


@pytest.mark.usefixtures("served")
async def test_a_malformed_request_gets_albs_page(balancer: Any, request_once: Any) -> None:
    for path, head in (("/", "no colon\r\n"), ("*", ""), ("/" + "a" * 100_000, "")):
        answer = await request_once(balancer.port, path, head)
        assert (answer.status, answer.headers["server"], answer.body) == (400, "awselb/2.0", BAD_REQUEST), path[:10]
    unsupported = await request_once(balancer.port, "/", "Transfer-Encoding: foo\r\n", "POST")
    assert (unsupported.status, "<title>501 Not Implemented</title>" in unsupported.body) == (501, True)


async def test_only_websocket_upgrades_are_forwarded_to_targets(balancer: Any, served: Any, request_once: Any) -> None:
    for protocol in ("foo", "h2c"):
        headers = f"Connection: upgrade\r\nUpgrade: {protocol}\r\n"
        assert (await request_once(balancer.port, "/", headers)).status == 200, protocol
    assert not any("upgrade" in head.lower() for head in served.heads)


async def test_a_fixed_response_of_400_has_its_own_text(balancer: Any, request_once: Any) -> None:
    config = {"StatusCode": "400", "ContentType": "text/plain", "MessageBody": "mine"}
    actions = [{"Type": "fixed-response", "FixedResponseConfig": config}]
    _, port = await balancer.create_listener(actions)
    assert (await request_once(port)).body == "mine"

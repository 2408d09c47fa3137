"""Rate limits on real Redis: what is refused, what is said, and what happens without Redis."""

import asyncio
import logging
import re
import secrets
import time
from contextlib import asynccontextmanager

import pytest

from app.main import create_app
from app.platform import rate_limits
from app.platform.metrics import Metrics
from app.platform.rate_limits import RateLimiter, address_subject
from tests.integration.app.running import client_of, settings_with

pytestmark = pytest.mark.usefixtures("within_one_window")

ACCOUNT = "/api/v1/account"
LOGIN = "/api/v1/auth/login"
PASSWORD = "correct horse battery"


@asynccontextmanager
async def limited(settings, **limits):
    """A client of an application with these limits, from an address no other test has."""
    application = create_app(settings_with(settings, **limits))
    address = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
    async with client_of(application, address=address) as client:
        yield client, application


@pytest.mark.usefixtures("patience")
async def test_a_user_is_refused_after_the_quota_and_another_is_not(settings, client, alice, bob):
    del client
    async with limited(settings, rate_limit_user_per_minute=3) as (browser, _):
        answers = [await browser.get(ACCOUNT, headers=alice) for _ in range(4)]
        other = await browser.get(ACCOUNT, headers=bob)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert other.status_code == 200
    assert [answer.headers["ratelimit"] for answer in answers] == [f'"user";r={left};t=50' for left in (2, 1, 0, 0)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"user";q=3;w=60'}
    refused = answers[-1]
    assert refused.headers["retry-after"] == "50"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert refused.json()["violated-policies"] == ["user"]
    assert refused.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("patience")
async def test_an_address_is_refused_whoever_asks_but_the_platform_is_not(settings):
    async with limited(settings, rate_limit_address_per_minute=2) as (browser, _):
        statuses = [(await browser.get(ACCOUNT)).status_code for _ in range(3)]
        health = await browser.get("/health")
    assert statuses == [401, 401, 429]
    assert health.status_code == 200
    assert "ratelimit" not in health.headers


@pytest.mark.usefixtures("patience")
async def test_attempts_to_log_in_are_limited_by_address(settings, client, alice):
    del client, alice
    wrong = {"email": "alice@example.com", "password": "wrong password"}
    async with limited(settings, rate_limit_login_per_minute=3) as (browser, _):
        by_address = [
            (await browser.post(LOGIN, json=wrong | {"email": f"{n}@example.com"})).json().get("violated-policies")
            for n in range(4)
        ]
    assert by_address == [None, None, None, ["login-address"]]


@pytest.mark.usefixtures("patience")
async def test_all_tasks_together_admit_no_more_than_the_quota(redis_url):
    subject = secrets.token_hex(8)
    tasks = [RateLimiter(redis_url, user=100, address=0, login=0) for _ in range(4)]
    admitted = [0] * len(tasks)

    async def ask(number: int) -> None:
        standing = await tasks[number].take(tasks[number].user, subject)
        admitted[number] += not standing.exceeded

    try:
        await asyncio.gather(*(ask(number % 4) for number in range(400)))
    finally:
        for task in tasks:
            await task.close()
    assert sum(admitted) == 100
    assert min(admitted) > 0


@pytest.mark.usefixtures("patience")
async def test_most_requests_ask_nobody(redis_url):
    limiter = RateLimiter(redis_url, user=200, address=0, login=0)
    subject = secrets.token_hex(8)
    before = int((await limiter.client.info("stats"))["total_commands_processed"])
    try:
        for _ in range(100):
            await limiter.take(limiter.user, subject)
        after = int((await limiter.client.info("stats"))["total_commands_processed"])
    finally:
        await limiter.close()
    assert after - before <= 2 * 10 + 10


async def test_without_redis_requests_are_served_and_it_is_said_once_and_counted(settings, client, alice, caplog):
    del client
    caplog.set_level(logging.INFO)
    broken = {"redis_url": "redis://127.0.0.1:1/0", "rate_limit_user_per_minute": 5}
    async with limited(settings, **broken) as (browser, application):
        statuses = [(await browser.get(ACCOUNT, headers=alice)).status_code for _ in range(6)]
        counted = application.state.metrics.events["RateLimitsUnavailable"]
    assert statuses == [200] * 5 + [429]  # this task alone admits the quota
    assert counted == 6
    said = [record for record in caplog.records if getattr(record, "action", "") == "rate_limits_degraded"]
    assert len(said) == 1


async def test_a_redis_that_hangs_delays_one_request_and_no_other():
    connections = []

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limiter = RateLimiter(f"redis://127.0.0.1:{port}/0", user=100, address=0, login=0)
    limiter.metrics = Metrics("local")
    try:
        await limiter.take(limiter.user, "a")
        started = time.perf_counter()
        for number in range(50):
            assert not (await limiter.take(limiter.user, f"user-{number}")).exceeded
        assert time.perf_counter() - started < 50 * rate_limits.RESPONSE_TIMEOUT_S / 2
        assert len(connections) == 1
        limiter.paused_until = 0.0
    finally:
        await limiter.close()
        server.close()
        await server.wait_closed()


@pytest.mark.usefixtures("patience")
async def test_after_redis_is_back_it_counts_again(redis_url):
    limiter = RateLimiter("redis://127.0.0.1:1/0", user=10, address=0, login=0)
    subject = secrets.token_hex(8)
    await limiter.take(limiter.user, subject)
    await limiter.close()
    del limiter.client
    limiter.url, limiter.paused_until = redis_url, 0.0
    try:
        await limiter.take(limiter.user, subject)
        keys = [key async for key in limiter.client.scan_iter(f"rate:user:{subject}:*")]
        assert len(keys) == 1
        assert 0 < await limiter.client.ttl(keys[0]) <= 120
    finally:
        await limiter.close()


@pytest.mark.parametrize(
    ("host", "subject"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("testclient", "unknown"),
    ],
)
def test_one_client_is_one_subject(host, subject):
    assert address_subject(host) == subject


@pytest.mark.usefixtures("patience")
async def test_the_document_names_the_headers_that_are_sent(settings):
    async with limited(settings, rate_limit_address_per_minute=10) as (browser, application):
        answer = await browser.get(ACCOUNT)
    documented = application.openapi()["paths"][ACCOUNT]["get"]["responses"]
    assert {"RateLimit", "RateLimit-Policy"} <= documented["401"]["headers"].keys()
    assert "Retry-After" in documented["429"]["headers"]
    assert re.fullmatch(r'"address";r=9;t=50', answer.headers["ratelimit"])

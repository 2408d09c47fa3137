"""Guessing passwords: slow for the guesser, no lock for anybody else, with real Redis and without it."""

import asyncio
import secrets
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from app.identity.guard import LogInGuard
from app.main import create_app
from app.platform.errors import TooManyFailuresError
from app.platform.pseudonyms import Pseudonyms
from app.platform.rate_limits import RateLimiter
from app.resources import CONCURRENT_PASSWORD_HASHES
from tests.integration.app.running import let_no_wait_end, settings_with

pytestmark = pytest.mark.usefixtures("patience")

LOGIN = "/api/v1/auth/login"
PASSWORD = "correct horse battery"
OTHER_ADDRESSES = [f"198.51.100.{n}" for n in range(1, 60)]


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


@asynccontextmanager
async def guarded(settings, **changed):
    """An application that counts wrong passwords; a function that logs in from an address."""
    application = create_app(settings_with(settings, rate_limit_login_per_minute=1000, **changed))
    let_no_wait_end(application)
    prefix = f"2001:db8:{secrets.token_hex(2)}"  # no other test has it

    async def log_in(email: str, password: str, address: str = "home") -> httpx.Response:
        host = f"{prefix}:{sum(address.encode()) * 7919 % 65536:x}::1"
        transport = httpx.ASGITransport(application, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            path = LOGIN if password else "/api/v1/auth/register"
            return await client.post(path, json={"email": email, "password": password or PASSWORD})

    async with application.router.lifespan_context(application):
        yield log_in, application


async def test_the_owner_logs_in_whatever_others_try(settings, email):
    async with guarded(settings) as (log_in, _):
        await log_in(email, "")
        assert (await log_in(email, PASSWORD, "home")).status_code == 200
        answers = [(await log_in(email, "wrong password", address)).status_code for address in OTHER_ADDRESSES]
        assert set(answers) == {401, 429}
        assert (await log_in(email, PASSWORD, "home")).status_code == 200
        refused = await log_in(email, PASSWORD, "somewhere new")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert refused.json()["type"] == "urn:spendsense:problem:too-many-failures"
    assert refused.headers["content-type"] == "application/problem+json"


async def test_one_address_that_guesses_keeps_no_other_out(settings, email):
    async with guarded(settings) as (log_in, _):
        await log_in(email, "")
        answers = [(await log_in(email, "wrong password", "attacker")).status_code for _ in range(20)]
        assert answers == [401] * 5 + [429] * 15
        assert (await log_in(email, PASSWORD, "attacker")).status_code == 429
        assert (await log_in(email, PASSWORD, "never seen before")).status_code == 200


async def test_right_passwords_are_not_counted(settings, email):
    async with guarded(settings) as (log_in, _):
        await log_in(email, "")
        assert [(await log_in(email, PASSWORD, f"address {n}")).status_code for n in range(30)] == [200] * 30
        assert [(await log_in(email, PASSWORD)).status_code for n in range(30)] == [200] * 30


async def test_an_address_waits_at_every_account_after_guessing_at_many(settings, email):
    async with guarded(settings) as (log_in, _):
        await log_in(email, "")
        answers = [(await log_in(f"{n}-{email}", "wrong password", "attacker")).status_code for n in range(25)]
        assert answers == [401] * 20 + [429] * 5
        assert (await log_in(email, PASSWORD, "attacker")).status_code == 429
        assert (await log_in(email, PASSWORD, "home")).status_code == 200


async def test_an_account_that_does_not_exist_is_refused_like_one_that_does(settings, email):
    async with guarded(settings) as (log_in, _):
        await log_in(email, "")
        answers = [
            [
                (answer.status_code, answer.json()["detail"].rstrip("0123456789 s"))
                for answer in [await log_in(tried, "wrong password", f"at {tried}") for _ in range(7)]
            ]
            for tried in (email, f"nobody-{email}")
        ]
    assert answers[0] == answers[1]


async def test_of_many_guesses_at_once_no_more_get_through(settings, email):
    async with guarded(settings) as (log_in, application):
        await log_in(email, "")
        assert application.state.resources.password_hashes.total_tokens == CONCURRENT_PASSWORD_HASHES
        answers = await asyncio.gather(*(log_in(email, "wrong password", "attacker") for _ in range(40)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 35


async def test_without_redis_guessing_is_as_slow_and_the_owner_gets_in(settings, email):
    async with guarded(settings) as (log_in, _):
        await log_in(email, "")
        assert (await log_in(email, PASSWORD, "home")).status_code == 200
    async with guarded(settings, redis_url="redis://127.0.0.1:1/0") as (log_in, application):
        assert (await log_in(email, PASSWORD, "home")).status_code == 200
        answers = await asyncio.gather(*(log_in(email, "wrong password", "attacker") for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
        for address in OTHER_ADDRESSES:
            await log_in(email, "wrong password", address)
        assert (await log_in(email, PASSWORD, "somewhere new")).status_code == 429
        assert application.state.metrics.events["RateLimitsUnavailable"] > 0


async def test_addresses_are_kept_as_hashes_a_few_and_for_a_time(settings, email, database):
    async with guarded(settings) as (log_in, application):
        await log_in(email, "")
        for n in range(25):
            assert (await log_in(email, PASSWORD, f"address {n}")).status_code == 200
        rows = await database.fetch("SELECT address_hash, last_log_in_at FROM known_addresses")
        keys = [key async for key in application.state.resources.limiter.client.scan_iter("login:*")]
        assert len(rows) == 20
        assert {len(row["address_hash"]) for row in rows} == {32}
        assert not [key for key in keys if email.encode() in key or b"2001:db8" in key]
        await database.execute("UPDATE known_addresses SET last_log_in_at = now() - interval '181 days'")
        await log_in(email, PASSWORD, "address 1")
        assert await database.fetchval("SELECT count(*) FROM known_addresses") == 1


HISTORIES = st.lists(
    st.tuples(st.integers(0, 20_000), st.integers(0, 2), st.integers(0, 2), st.booleans(), st.booleans()), max_size=60
)


@example_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_redis_and_a_task_alone_follow_the_same_rule(redis_url, history):
    assert asyncio.run(waits(redis_url, history)) == asyncio.run(waits("redis://127.0.0.1:1/0", history))


async def waits(redis_url: str, history) -> list[int]:
    """Return the wait in ms before each attempt; each follows a pause, and some have the right password."""
    limiter, now_ms, found = RateLimiter(redis_url, user=0, address=0, login=1), 1_000_000_000, []
    limiter.pause(OSError()) if redis_url.endswith(":1/0") else None
    guard = LogInGuard(
        limiter, Pseudonyms(secrets.token_hex(32), "log-in attempts"), off=False, now=lambda: now_ms / 1000
    )
    try:
        for pause_ms, account, address, known, right in history:
            now_ms += pause_ms
            try:
                attempt = await guard.take(f"account-{account}", f"address-{address}", known=known)
                found.append(0)
                if right:
                    await guard.give_back(attempt)
            except TooManyFailuresError as exc:
                found.append(int(exc.headers["Retry-After"]))
            limiter.paused_until = float("inf") if redis_url.endswith(":1/0") else 0.0
    finally:
        await limiter.close()
    return found

"""The cache of insights: never a stale response after an acknowledged change, with Redis working, evicting or down."""

import asyncio
import time
from uuid import UUID, uuid4

import httpx
import pytest

from app.insights import cache as insights_cache
from app.insights.cache import InsightsCache
from app.main import create_app
from app.stores.cache import Cache
from tests.integration.app.running import client_of, settings_with

HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
SUMMARY = "/api/v1/insights/summary"
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


class Rows:
    """A user's rows as the cache sees them: a version, and a response computed from it."""

    def __init__(self) -> None:
        self.present = 1
        self.computed = 0

    async def version(self) -> int:
        return self.present

    async def compute(self) -> tuple[int, bytes]:
        self.computed += 1
        return self.present, b"answer %d" % self.present


@pytest.fixture
async def cache(redis_url):
    cache = Cache(redis_url)
    yield cache
    await cache.close()


@pytest.fixture
def user_id() -> UUID:
    return uuid4()


async def ask(insights: InsightsCache, user_id: UUID, rows: Rows) -> bytes:
    return await insights.answer(user_id, "summary", version=rows.version, compute=rows.compute)


async def test_a_response_is_computed_once(cache, user_id):
    insights, rows = InsightsCache(cache), Rows()
    assert [await ask(insights, user_id, rows) for _ in range(3)] == [b"answer 1"] * 3
    assert rows.computed == 1


async def test_a_user_fills_so_much_of_the_cache_and_is_answered_beyond_it(cache, user_id, monkeypatch):
    insights, rows = InsightsCache(cache), Rows()
    monkeypatch.setattr(insights_cache, "KEPT_BYTES", 3 * len(b"answer 1"))

    async def ask_about(name: str, asker: UUID = user_id) -> bytes:
        return await insights.answer(asker, name, version=rows.version, compute=rows.compute)

    for _ in range(2):
        assert [await ask_about(f"day {day}") for day in range(5)] == [b"answer 1"] * 5
    assert rows.computed == 5 + 2, "the first three are kept"
    rows.present = 2
    await insights.forget(user_id)
    assert await ask_about("day 0") == await ask_about("day 0") == b"answer 2"
    assert rows.computed == 5 + 2 + 1
    assert await ask_about("day 9", uuid4()) == b"answer 2"


async def test_equal_questions_at_once_are_one_and_who_comes_later_sees_what_changed(cache, user_id):
    insights, rows = InsightsCache(cache), Rows()
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> tuple[int, bytes]:
        found = await rows.compute()
        began.set()
        await go_on.wait()
        return found

    async def question() -> bytes:
        return await insights.answer(user_id, "summary", version=rows.version, compute=slow)

    early = [asyncio.create_task(question()) for _ in range(5)]
    await began.wait()
    rows.present = 2
    await insights.forget(user_id)
    late = [asyncio.create_task(question()) for _ in range(5)]
    go_on.set()
    assert set(await asyncio.gather(*early)) == {b"answer 1"}
    assert set(await asyncio.gather(*late)) == {b"answer 2"}
    assert rows.computed == 2


async def test_a_change_ends_the_responses_of_every_process(cache, user_id):
    here, there, rows = InsightsCache(cache), InsightsCache(cache), Rows()
    await ask(here, user_id, rows)
    rows.present = 2
    await there.forget(user_id)
    assert await ask(here, user_id, rows) == b"answer 2"


async def test_no_response_of_an_erased_user_is_kept_not_even_one_in_progress(cache, user_id):
    insights, rows, other = InsightsCache(cache), Rows(), uuid4()
    await ask(insights, user_id, rows)
    await ask(insights, other, rows)

    async def compute_while_the_user_is_erased() -> tuple[int, bytes]:
        await insights.erase(user_id)
        return await rows.compute()

    await insights.answer(user_id, "changes", version=rows.version, compute=compute_while_the_user_is_erased)
    answers = [key async for key in cache.client.scan_iter(match="insights:*:answer:*")]
    assert [key for key in answers if str(user_id).encode() in key] == []
    assert [key for key in answers if str(other).encode() in key] != []


async def test_a_response_computed_before_a_change_and_stored_after_it_is_not_used(cache, user_id):
    insights, rows = InsightsCache(cache), Rows()

    async def compute_while_the_rows_change() -> tuple[int, bytes]:
        old = await rows.compute()
        rows.present = 2
        await insights.forget(user_id)
        return old

    await insights.answer(user_id, "summary", version=rows.version, compute=compute_while_the_rows_change)
    assert await ask(insights, user_id, rows) == b"answer 2"


async def test_a_response_stored_after_redis_lost_all_and_rows_changed_is_not_used(cache, user_id):
    insights, rows = InsightsCache(cache), Rows()

    async def compute_while_redis_loses_all() -> tuple[int, bytes]:
        old = await rows.compute()
        await cache.client.flushdb()
        rows.present = 2
        await insights.forget(user_id)
        assert await ask(InsightsCache(cache), user_id, rows) == b"answer 2"
        return old

    await insights.answer(user_id, "summary", version=rows.version, compute=compute_while_redis_loses_all)
    assert await ask(insights, user_id, rows) == b"answer 2"


async def test_after_the_lease_a_response_of_the_same_version_is_used_again(cache, user_id):
    insights, rows = InsightsCache(cache), Rows()
    await ask(insights, user_id, rows)
    lease = f"insights:{user_id}:lease"
    assert 0 < await cache.client.pttl(lease) <= 5000
    await cache.client.pexpire(lease, 0)
    assert await ask(insights, user_id, rows) == b"answer 1"
    assert rows.computed == 1
    await cache.client.pexpire(lease, 0)
    rows.present = 2
    assert await ask(insights, user_id, rows) == b"answer 2"


async def test_a_change_that_cannot_reach_redis_is_acknowledged_when_every_lease_has_ended(cache, user_id):
    reader, rows = InsightsCache(cache, lease_s=0.5), Rows()
    gone = Cache(NOBODY_LISTENS)
    await ask(reader, user_id, rows)
    rows.present = 2
    started = time.monotonic()
    await InsightsCache(gone, lease_s=0.5).forget(user_id)
    assert time.monotonic() - started >= 0.5
    assert await ask(reader, user_id, rows) == b"answer 2"
    await gone.close()


async def test_without_redis_every_response_is_computed_and_right(user_id):
    gone, rows = Cache(NOBODY_LISTENS), Rows()
    insights = InsightsCache(gone)
    assert await ask(insights, user_id, rows) == b"answer 1"
    rows.present = 2
    assert await ask(insights, user_id, rows) == b"answer 2"
    await gone.close()


async def upload(client: httpx.AsyncClient, user: dict[str, str], day: int) -> None:
    content = f"{HEADER}checking,2026-01-{day:02},1.00,Shop,online,FOOD,false\n"
    files = {"file": ("f.csv", content.encode(), "text/csv")}
    assert (await client.post("/api/v1/uploads", headers=user, files=files)).status_code == 201


async def test_what_was_acknowledged_is_in_the_next_answer(client, alice):
    for day in range(1, 6):
        await upload(client, alice, day)
        for _ in range(2):
            [group] = (await client.get(SUMMARY, headers=alice)).json()["groups"]
            assert group["count"] == day
    [row] = (await client.get("/api/v1/transactions", headers=alice, params={"limit": 1})).json()["items"][:1]
    await client.patch(f"/api/v1/transactions/{row['id']}", headers=alice, json={"category": "RENT"})
    groups = (await client.get(SUMMARY, headers=alice)).json()["groups"]
    assert {group["category"]: group["count"] for group in groups} == {"FOOD": 4, "RENT": 1}


async def test_the_service_answers_and_takes_changes_without_redis(settings):
    application = create_app(settings_with(settings, redis_url=NOBODY_LISTENS))
    async with client_of(application) as client:
        credentials = {"email": "alice@example.com", "password": "correct horse battery"}
        assert (await client.post("/api/v1/auth/register", json=credentials)).status_code == 201
        token = (await client.post("/api/v1/auth/login", json=credentials)).json()["access_token"]
        user = {"Authorization": f"Bearer {token}"}
        await upload(client, user, 1)
        [group] = (await client.get(SUMMARY, headers=user)).json()["groups"]
    assert group["count"] == 1

"""A cached response is the one that would have been computed."""

import logging
import time
from contextlib import asynccontextmanager

import pytest

from app import main
from app.identity.tokens import LIFETIME
from app.insights.questions import LONGEST_QUERY, QUESTIONS_REMEMBERED, Questions
from app.main import create_app
from app.platform import rate_limits
from tests.integration.app.conftest import logged_in
from tests.integration.app.insights.test_cache import upload
from tests.integration.app.running import client_of, settings_with

PATHS = (
    "summary",
    "totals?by=month",
    "totals",
    "recurring",
    "recurring?direction=in",
    "cash-flow",
    "unusual",
    "changes",
)

SUMMARY = "/api/v1/insights/summary"


class Counted:
    """The application within the door, counting what reaches it."""

    def __init__(self, application) -> None:
        self.application = application
        self.requests = 0

    async def __call__(self, scope, receive, send) -> None:
        self.requests += 1
        await self.application(scope, receive, send)


@asynccontextmanager
async def serving(settings, monkeypatch, **changes):
    """A client of an application with these settings, and the count of requests that went the whole way."""
    inner: list[Counted] = []

    class Watched(main.ResponseCache):
        def __init__(self, application, **options) -> None:
            inner.append(Counted(application))
            super().__init__(inner[0], **options)

    monkeypatch.setattr(main, "ResponseCache", Watched)
    application = create_app(settings_with(settings, **changes))
    application.state.resources.insights.lease_s = 600  # no response runs out during a test
    async with client_of(application) as client:
        await client.get("/health")  # the layers are put together at the first request
        yield client, inner[0]


@pytest.mark.parametrize("path", PATHS)
async def test_the_second_answer_is_the_first_and_takes_the_short_way(settings, monkeypatch, caplog, path):
    async with serving(settings, monkeypatch) as (client, whole_way):
        alice = await logged_in(client, "alice@example.com")
        await upload(client, alice, 1)
        first = await client.get(f"/api/v1/insights/{path}", headers=alice)
        before = whole_way.requests
        with caplog.at_level(logging.INFO, "app.access"):
            second = await client.get(f"/api/v1/insights/{path}", headers=alice)
    assert first.status_code == second.status_code == 200
    assert whole_way.requests == before
    assert first.content == second.content
    volatile = {"x-request-id"}
    assert {k: v for k, v in first.headers.items() if k not in volatile} == {
        k: v for k, v in second.headers.items() if k not in volatile
    }
    [line] = [record for record in caplog.records if record.name == "app.access"]
    assert line.route == f"/api/v1/insights/{path.partition('?')[0]}"
    assert line.status == 200


async def test_a_known_question_of_another_user_is_answered_with_the_others_rows(settings, monkeypatch):
    async with serving(settings, monkeypatch) as (client, _):
        alice, bob = [await logged_in(client, f"{name}@example.com") for name in ("alice", "bob")]
        await upload(client, alice, 1)
        for _ in range(2):
            assert len((await client.get(SUMMARY, headers=alice)).json()["groups"]) == 1
            assert (await client.get(SUMMARY, headers=bob)).json()["groups"] == []


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}], ids=["none", "bad", "basic"]
)
async def test_a_known_question_without_a_good_token_is_refused(settings, monkeypatch, headers):
    async with serving(settings, monkeypatch) as (client, _):
        alice = await logged_in(client, "alice@example.com")
        for _ in range(2):
            assert (await client.get(SUMMARY, headers=alice)).status_code == 200
        refused = await client.get(SUMMARY, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


async def test_an_expired_token_is_refused_by_the_short_way_too(settings, monkeypatch):
    async with serving(settings, monkeypatch) as (client, _):
        alice = await logged_in(client, "alice@example.com")
        for _ in range(2):
            assert (await client.get(SUMMARY, headers=alice)).status_code == 200
        later = time.time() + LIFETIME.total_seconds() + 1
        monkeypatch.setattr(client._transport.app.state.resources.tokens, "now", lambda: later)
        assert (await client.get(SUMMARY, headers=alice)).status_code == 401


async def test_cached_and_computed_responses_each_count_once_against_the_users_limit(settings, monkeypatch):
    minute = time.time() // 60 * 60 + 10
    monkeypatch.setattr(rate_limits.time, "time", lambda: minute)
    async with serving(settings, monkeypatch, rate_limit_user_per_minute=4) as (client, whole_way):
        alice = await logged_in(client, "alice@example.com")
        before = whole_way.requests
        answers = [await client.get(SUMMARY, headers=alice) for _ in range(5)]
        assert whole_way.requests == before + 1
    assert [answer.headers["ratelimit"] for answer in answers] == [f'"user";r={left};t=50' for left in (3, 2, 1, 0, 0)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["violated-policies"] == ["user"]


async def test_with_traces_every_request_goes_the_whole_way(settings, monkeypatch):
    created: list[object] = []
    monkeypatch.setattr(main, "ResponseCache", lambda *_, **__: created.append(1))
    create_app(settings_with(settings, otel_exporter_otlp_endpoint="http://127.0.0.1:1")).build_middleware_stack()
    assert created == []


def test_what_is_remembered_is_bounded():
    questions = Questions()
    scope = {"method": "GET", "path": "/a", "route": None}
    questions.remember({**scope, "query_string": b"x" * (LONGEST_QUERY + 1)}, "long")
    assert questions.interpretations == {}
    for number in range(QUESTIONS_REMEMBERED + 1):
        questions.remember({**scope, "query_string": b"%d" % number}, "one")
    assert len(questions.interpretations) == 1
    assert (
        questions.interpretation_of({**scope, "method": "HEAD", "query_string": b"%d" % QUESTIONS_REMEMBERED}) is None
    )

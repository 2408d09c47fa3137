"""A user's sessions: listed, ended one by one or all at once; no access token outlives its session."""

import asyncio
import json
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.identity import live_sessions
from app.identity.live_sessions import ENDED, LIVE, key_of
from app.identity.sessions import parts_of
from app.identity.tokens import TokenSigner
from app.main import create_app
from tests.integration.app.conftest import PASSWORD
from tests.integration.app.running import client_of, settings_with
from tests.waiting import until

AUTH = "/api/v1/auth"
SESSIONS = "/api/v1/account/sessions"
SUMMARY = "/api/v1/insights/summary"
OPEN_TO_A_SESSION = (SESSIONS, SUMMARY, "/api/v1/account", "/api/v1/transactions", "/api/v1/uploads")
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


class Session:
    """The tokens of one log-in."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.refresh_token = tokens["refresh_token"]
        self.id = parts_of(self.refresh_token)[0]
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}


async def log_in(client, email="alice@example.com", **headers) -> Session:
    credentials = {"email": email, "password": PASSWORD}
    answer = await client.post(f"{AUTH}/login", json=credentials, headers=headers)
    assert answer.status_code == 200, answer.text
    return Session(answer.json())


async def is_in(client, session) -> bool:
    """Return whether a session is accepted everywhere. Fails when only some paths accept it."""
    answers = {(await client.get(path, headers=session.headers)).status_code for path in OPEN_TO_A_SESSION}
    assert answers in ({200}, {401})
    return answers == {200}


@pytest.fixture
async def phone(client, alice) -> Session:
    del alice
    return await log_in(client, **{"User-Agent": "Phone/1.0 (telephone)"})


@pytest.fixture
async def laptop(client, phone) -> Session:
    del phone
    return await log_in(client, **{"User-Agent": "Laptop/2.0"})


async def somebody_waits_for_a_lock(database) -> None:
    """Return when a statement on this database waits for another's lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    await until(lambda: database.fetchval(waiting))


@asynccontextmanager
async def another_task(settings, **changed):
    """A client of another process of the same service."""
    application = create_app(settings_with(settings, **changed))
    async with client_of(application) as client:
        yield client


async def test_the_list_says_where_and_when_and_which_one_is_this(client, phone, laptop):
    answer = await client.get(SESSIONS, headers=laptop.headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    assert len(found) == 3  # the fixture's own log-in too
    assert [each["id"] for each in found if each["current"]] == [str(laptop.id)]
    by_id = {each["id"]: each for each in found}
    assert by_id[str(phone.id)]["user_agent"] == "Phone/1.0 (telephone)"
    assert by_id[str(phone.id)]["network"] == "127.0.0.0/24"
    assert all(each["created_at"] <= each["last_used_at"] < each["expires_at"] for each in found)
    assert found == sorted(found, key=lambda each: each["last_used_at"], reverse=True)


async def test_the_list_has_no_token_no_hash_and_no_whole_address(client, phone, laptop, database):
    text = (await client.get(SESSIONS, headers=laptop.headers)).text
    secrets = [parts_of(session.refresh_token)[1] for session in (phone, laptop)]
    hashes = [row["secret_sha256"].hex() for row in await database.fetch("SELECT secret_sha256 FROM sessions")]
    for secret in [*secrets, *hashes, "127.0.0.1"]:
        assert secret not in text


async def test_a_refresh_is_a_use_from_where_it_comes(client, phone, laptop):
    body = {"refresh_token": phone.refresh_token}
    await client.post(f"{AUTH}/refresh", json=body, headers={"User-Agent": b"Phone/1.1\t\x85" + b"x" * 500})
    first = (await client.get(SESSIONS, headers=laptop.headers)).json()["items"][0]
    assert first["id"] == str(phone.id)
    assert first["user_agent"].startswith("Phone/1.1x")
    assert len(first["user_agent"]) == 200
    assert first["last_used_at"] > first["created_at"]


async def test_a_session_from_before_is_listed(client, laptop, database):
    await database.execute("UPDATE sessions SET last_used_at = NULL, network = NULL, user_agent = NULL")
    found = (await client.get(SESSIONS, headers=laptop.headers)).json()["items"]
    assert all(each["last_used_at"] == each["created_at"] for each in found)
    assert all(each["network"] is None for each in found)


async def test_one_session_is_ended_and_its_access_token_with_it_at_once(client, phone, laptop):
    assert await is_in(client, phone)
    assert (await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)).status_code == 204
    assert not await is_in(client, phone)
    assert await is_in(client, laptop)
    refreshed = await client.post(f"{AUTH}/refresh", json={"refresh_token": phone.refresh_token})
    assert refreshed.status_code == 401
    assert (await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)).status_code == 404


async def test_the_current_session_may_be_ended_too(client, phone, laptop):
    assert (await client.delete(f"{SESSIONS}/{laptop.id}", headers=laptop.headers)).status_code == 204
    assert [await is_in(client, each) for each in (phone, laptop)] == [True, False]


async def test_all_others_are_ended_and_this_one_continues(client, phone, laptop):
    kept = await client.delete(SESSIONS, params={"keep_current": True}, headers=laptop.headers)
    assert kept.status_code == 204
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, True]
    assert len((await client.get(SESSIONS, headers=laptop.headers)).json()["items"]) == 1


async def test_logging_out_everywhere_ends_all_and_nobody_elses(client, phone, laptop, bob):
    assert (await client.delete(SESSIONS, headers=phone.headers)).status_code == 204
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, False]
    assert (await client.get(SESSIONS, headers=bob)).status_code == 200


async def test_logging_out_ends_the_access_token(client, phone, laptop):
    await client.post(f"{AUTH}/logout", json={"refresh_token": phone.refresh_token})
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, True]


async def test_a_refresh_token_that_comes_again_ends_the_access_tokens_of_both(client, phone):
    renewed = await client.post(f"{AUTH}/refresh", json={"refresh_token": phone.refresh_token})
    newer = Session(renewed.json())
    assert await is_in(client, newer)
    await client.post(f"{AUTH}/refresh", json={"refresh_token": phone.refresh_token})
    assert [await is_in(client, each) for each in (phone, newer)] == [False, False]


async def test_a_renewed_session_keeps_its_older_access_tokens_until_they_end(client, phone):
    renewed = await client.post(f"{AUTH}/refresh", json={"refresh_token": phone.refresh_token})
    assert [await is_in(client, each) for each in (phone, Session(renewed.json()))] == [True, True]


async def test_another_users_session_is_not_there(client, phone, bob):
    assert (await client.delete(f"{SESSIONS}/{phone.id}", headers=bob)).status_code == 404
    assert await is_in(client, phone)


async def test_another_task_refuses_the_token_at_once(settings, client, phone, laptop):
    async with another_task(settings) as other:
        assert await is_in(other, phone)
        assert await is_in(other, phone)  # the second time from what is kept
        assert (await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)).status_code == 204
        assert not await is_in(other, phone)
        assert await is_in(other, laptop)


async def test_what_redis_forgot_the_database_knows(application, client, phone, laptop):
    redis = application.state.resources.cache.client
    await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)
    await redis.delete(key_of(phone.id), key_of(laptop.id))
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, True]
    assert await redis.get(key_of(phone.id)) is None
    assert await redis.get(key_of(laptop.id)) == LIVE


async def test_who_read_the_database_before_the_end_notes_nothing_after_it(application, client, phone, database):
    resources = application.state.resources
    await resources.cache.client.delete(key_of(phone.id))
    async with database.transaction():
        await database.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(client.get(SUMMARY, headers=phone.headers))
        await somebody_waits_for_a_lock(database)
        await resources.live_sessions.ended([phone.id])
    assert (await asking).status_code == 200  # began before the end
    assert await resources.cache.client.get(key_of(phone.id)) == ENDED


async def test_that_a_session_is_live_is_known_for_seconds_and_that_it_ended_for_longer_than_tokens(
    application, client, phone, laptop
):
    redis = application.state.resources.cache.client
    assert await is_in(client, phone)
    assert 0 < await redis.pttl(key_of(phone.id)) <= 5000
    await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)
    assert await redis.ttl(key_of(phone.id)) > 15 * 60


async def test_without_redis_the_database_decides(settings, client, phone, laptop):
    async with another_task(settings, redis_url=NOBODY_LISTENS) as other:
        assert [await is_in(other, each) for each in (phone, laptop)] == [True, True]
        await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)
        assert [await is_in(other, each) for each in (phone, laptop)] == [False, True]


async def test_a_log_out_that_redis_cannot_record_is_acknowledged_once_no_task_accepts_the_session(
    settings, client, phone, laptop, monkeypatch
):
    assert await is_in(client, phone)  # and noted for a while
    async with another_task(settings, redis_url=NOBODY_LISTENS) as other:
        assert (await other.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)).status_code == 204
    assert not await is_in(client, phone)


async def test_without_redis_and_database_nobody_is_let_in(settings, phone):
    gone = "postgresql://nobody:x@127.0.0.1:1/x"
    async with another_task(settings, redis_url=NOBODY_LISTENS, database_url=gone) as other:
        for path in OPEN_TO_A_SESSION:
            assert (await other.get(path, headers=phone.headers)).status_code == 503, path


async def test_a_session_whose_time_is_over_is_not_live(client, phone, application, database):
    await database.execute("UPDATE sessions SET expires_at = now() WHERE id = $1", phone.id)
    await application.state.resources.cache.client.delete(key_of(phone.id))
    assert not await is_in(client, phone)


async def test_who_was_let_in_a_moment_ago_is_let_in_without_asking_the_database(
    application, client, phone, database, monkeypatch
):
    monkeypatch.setattr(live_sessions, "LIVE_S", 600)
    await application.state.resources.cache.client.delete(key_of(phone.id))
    assert (await client.get("/api/v1/account", headers=phone.headers)).status_code == 200
    async with database.transaction():
        await database.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
        for _ in range(3):
            assert (await client.get("/api/v1/account", headers=phone.headers)).status_code == 200


async def test_a_token_of_the_release_before_is_good_until_it_ends_but_ends_nothing(client, alice, settings, database):
    user_id = await database.fetchval("SELECT id FROM users")
    signer = TokenSigner(settings.jwt_secret_key.get_secret_value())
    token = signer.sign({"sub": str(user_id)}, purpose=None, lifetime=live_sessions.LIFETIME)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get(SUMMARY, headers=headers)).status_code == 200
    for method, path in (("GET", SESSIONS), ("DELETE", SESSIONS), ("DELETE", "/api/v1/account")):
        assert (await client.request(method, path, headers=headers)).status_code == 401
    assert (await client.get(SUMMARY, headers=alice)).status_code == 200


async def test_of_one_user_there_are_so_many_sessions_and_the_one_unused_for_longest_ends(
    client, phone, laptop, database
):
    await database.execute(
        """
        INSERT INTO sessions (id, user_id, secret_sha256, expires_at, last_used_at)
        SELECT gen_random_uuid(), user_id, '', expires_at, last_used_at FROM sessions, generate_series(1, 97)
        WHERE id = $1
        """,
        laptop.id,
    )
    await database.execute("UPDATE sessions SET last_used_at = now() - interval '1 day' WHERE id = $1", phone.id)
    assert await is_in(client, phone)
    newest = await log_in(client)
    assert [await is_in(client, each) for each in (phone, laptop, newest)] == [False, True, True]
    assert len((await client.get(SESSIONS, headers=newest.headers)).json()["items"]) == 100


async def test_sessions_ended_at_the_same_time_by_several_all_end(client, phone, laptop):
    answers = await asyncio.gather(
        *(client.delete(SESSIONS, headers=each.headers) for each in (phone, laptop) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} <= {204, 401}
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, False]


async def test_the_audit_log_has_the_end_of_sessions(client, phone, laptop, caplog):
    caplog.set_level("INFO", "app.audit")
    await client.delete(f"{SESSIONS}/{phone.id}", headers=laptop.headers)
    await client.delete(SESSIONS, headers=laptop.headers)
    lines = [record for record in caplog.records if record.name == "app.audit"]
    assert [(line.event, line.outcome, line.reason, line.sessions_ended) for line in lines] == [
        ("session_ended", "success", "by_user", 1),
        ("session_ended", "success", "by_user", 2),
    ]
    assert str(phone.id) not in json.dumps([vars(line) for line in lines], default=str)


async def test_an_erased_accounts_tokens_end_with_it(client, phone, laptop, postgres_url):
    assert await is_in(client, phone)
    assert (await client.delete("/api/v1/account", headers=laptop.headers)).status_code == 204
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, False]
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT count(*) FROM sessions") == 0
    await connection.close()

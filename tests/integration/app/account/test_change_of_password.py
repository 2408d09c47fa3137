"""Changes of the password, which is asked for again before deleting the account or exporting all data."""

import asyncio
import secrets

import httpx
import pytest

from app.identity import passwords
from app.main import create_app
from tests.integration.app.account.test_own_sessions import Session, is_in, log_in, somebody_waits_for_a_lock
from tests.integration.app.conftest import PASSWORD
from tests.integration.app.running import client_of, let_no_wait_end, settings_with

LOGIN = "/api/v1/auth/login"
ACCOUNT = "/api/v1/account"
CHANGE = f"{ACCOUNT}/password"
CONFIRM = f"{ACCOUNT}/confirmation"
EXPORT = f"{ACCOUNT}/export"
NEW = "eight grey flamingos"


@pytest.fixture
async def phone(client, alice) -> Session:
    del alice
    return await log_in(client)


@pytest.fixture
async def laptop(client, phone) -> Session:
    del phone
    return await log_in(client)


async def change(client, session, current=PASSWORD, new=NEW) -> httpx.Response:
    return await client.put(CHANGE, headers=session.headers, json={"current_password": current, "new_password": new})


async def status_of_log_in(client, password) -> int:
    return (await client.post(LOGIN, json={"email": "alice@example.com", "password": password})).status_code


async def grown_old(database) -> None:
    """All proofs are six minutes old."""
    await database.execute("UPDATE sessions SET authenticated_at = now() - interval '6 minutes'")


async def test_the_new_password_logs_in_the_old_one_does_not_and_other_sessions_end(client, phone, laptop):
    answer = await change(client, laptop)
    assert answer.status_code == 204, answer.text
    assert [await status_of_log_in(client, each) for each in (PASSWORD, NEW)] == [401, 200]
    assert [await is_in(client, each) for each in (phone, laptop)] == [False, True]
    refreshed = await client.post("/api/v1/auth/refresh", json={"refresh_token": laptop.refresh_token})
    assert refreshed.status_code == 200


async def test_a_wrong_current_password_changes_nothing(client, phone, laptop):
    assert (await change(client, laptop, current="wrong password")).status_code == 403
    assert [await is_in(client, each) for each in (phone, laptop)] == [True, True]
    assert await status_of_log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("new", ["password1234", "short", "alice@example.com", PASSWORD, "with\ttab in the middle"])
async def test_a_new_password_that_is_not_good_changes_nothing_and_says_why(client, laptop, new):
    answer = await change(client, laptop, new=new)
    assert answer.status_code == 422
    assert [error["location"] for error in answer.json()["errors"]] == ["body.new_password"]
    assert await status_of_log_in(client, PASSWORD) == 200


async def test_a_token_alone_does_not_reveal_whether_a_new_password_would_be_accepted(client, laptop):
    assert (await change(client, laptop, current="wrong password", new="password1234")).status_code == 403


async def test_an_older_hash_is_compared_as_it_was_typed(client, laptop, database):
    await database.execute("UPDATE users SET password_hash = $1", passwords.HASHER.hash("ﬁve ﬂamingos"))
    assert (await change(client, laptop, current="ﬁve ﬂamingos")).status_code == 204
    assert await status_of_log_in(client, NEW) == 200


async def test_of_two_changes_at_once_one_is_made(client, phone, laptop):
    answers = await asyncio.gather(
        change(client, phone, new="five green lanterns"), change(client, laptop, new="nine yellow kettles")
    )
    assert sorted(answer.status_code for answer in answers) in ([204, 401], [204, 403], [204, 409])
    logged_in = [await status_of_log_in(client, each) for each in ("five green lanterns", "nine yellow kettles")]
    assert sorted(logged_in) == [200, 401]


async def test_a_log_in_that_had_compared_the_old_password_before_the_change_fails(client, laptop, database):
    async with database.transaction():
        await database.execute("UPDATE users SET password_hash = $1", passwords.HASHER.hash(NEW))
        log_in_under_way = asyncio.create_task(status_of_log_in(client, PASSWORD))
        await somebody_waits_for_a_lock(database)
    assert await log_in_under_way == 401
    assert await status_of_log_in(client, NEW) == 200
    assert await is_in(client, laptop)


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("DELETE", ACCOUNT)])
async def test_a_proof_that_is_old_does_not_do_and_the_password_renews_it(client, laptop, database, method, path):
    await grown_old(database)
    refused = await client.request(method, path, headers=laptop.headers)
    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:spendsense:problem:confirmation-needed"
    assert refused.json()["max_age_s"] == 300
    assert 'error="insufficient_user_authentication"' in refused.headers["www-authenticate"]
    assert 'max_age="300"' in refused.headers["www-authenticate"]
    assert await is_in(client, laptop)
    confirmed = await client.post(CONFIRM, headers=laptop.headers, json={"password": PASSWORD})
    assert confirmed.status_code == 204, confirmed.text
    assert (await client.request(method, path, headers=laptop.headers)).status_code in (200, 204)


async def test_a_refresh_is_not_proof(client, laptop, database):
    await grown_old(database)
    renewed = await client.post("/api/v1/auth/refresh", json={"refresh_token": laptop.refresh_token})
    assert (await client.get(EXPORT, headers=Session(renewed.json()).headers)).status_code == 401


async def test_a_proof_is_of_its_session_alone(client, phone, laptop, database):
    await grown_old(database)
    await client.post(CONFIRM, headers=phone.headers, json={"password": PASSWORD})
    assert (await client.get(EXPORT, headers=laptop.headers)).status_code == 401
    assert (await client.get(EXPORT, headers=phone.headers)).status_code == 200


async def test_a_session_from_before_has_no_proof(client, laptop, database):
    await database.execute("UPDATE sessions SET authenticated_at = NULL")
    assert (await client.get(EXPORT, headers=laptop.headers)).status_code == 401


async def test_a_wrong_password_is_not_proof(client, laptop, database):
    await grown_old(database)
    refused = await client.post(CONFIRM, headers=laptop.headers, json={"password": "wrong password"})
    assert refused.status_code == 403
    assert (await client.get(EXPORT, headers=laptop.headers)).status_code == 401


@pytest.mark.parametrize("path", [CHANGE, CONFIRM])
@pytest.mark.usefixtures("patience")
async def test_guesses_there_count_as_guesses_at_log_in(settings, path):
    application = create_app(settings_with(settings, rate_limit_login_per_minute=1000))
    let_no_wait_end(application)
    email = f"{secrets.token_hex(8)}@example.com"
    body = {CHANGE: {"current_password": "wrong password", "new_password": NEW}, CONFIRM: {"password": "wrong one"}}
    async with client_of(application, address=f"2001:db8:{secrets.token_hex(2)}::1") as client:
        await client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD})
        session = await log_in(client, email)
        method = "PUT" if path == CHANGE else "POST"
        answers = [await client.request(method, path, headers=session.headers, json=body[path]) for _ in range(13)]
        assert [answer.status_code for answer in answers] == [403] * 10 + [429] * 3
        assert answers[-1].json()["type"] == "urn:spendsense:problem:too-many-failures"
        assert answers[-1].headers["retry-after"]
        at_log_in = await client.post(LOGIN, json={"email": email, "password": PASSWORD})
        assert at_log_in.status_code == 429


@pytest.mark.parametrize("path", [CHANGE, CONFIRM])
@pytest.mark.usefixtures("patience", "within_one_window")
async def test_attempts_there_have_the_quota_of_attempts_to_log_in(settings, path):
    application = create_app(settings_with(settings, rate_limit_login_per_minute=3))
    email = f"{secrets.token_hex(8)}@example.com"
    async with client_of(application, address=f"2001:db8:{secrets.token_hex(2)}::1") as client:
        await client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD})
        session = await log_in(client, email)
        body = {"current_password": "wrong password", "new_password": NEW} if path == CHANGE else {"password": "wrong"}
        method = "PUT" if path == CHANGE else "POST"
        answers = [await client.request(method, path, headers=session.headers, json=body) for _ in range(8)]
        assert [answer.status_code for answer in answers][-1] == 429


async def test_nobody_changes_or_confirms_without_a_session(client):
    for method, path in (("PUT", CHANGE), ("POST", CONFIRM)):
        assert (await client.request(method, path, json={"password": PASSWORD})).status_code == 401


async def test_no_password_is_in_a_log(client, laptop, caplog):
    caplog.set_level("DEBUG")
    await change(client, laptop, current="wrong-planted-password")
    await change(client, laptop, new="planted grey flamingos")
    await client.post(CONFIRM, headers=laptop.headers, json={"password": "planted grey flamingos"})
    assert "planted" not in caplog.text
    events = [record.event for record in caplog.records if record.name == "app.audit"]
    assert events[-3:] == ["password_change", "password_change", "confirmation"]

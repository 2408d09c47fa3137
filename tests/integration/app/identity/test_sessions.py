"""Sessions: tokens that change at every use, and what happens when an old one comes back."""

import asyncio
import logging

import asyncpg
import pytest

from app.identity.sessions import parts_of

LOGIN = "/api/v1/auth/login"
REFRESH = "/api/v1/auth/refresh"
LOGOUT = "/api/v1/auth/logout"
SUMMARY = "/api/v1/insights/summary"
NOBODY = "00000000-0000-4000-8000-000000000001"
CREDENTIALS = {"email": "alice@example.com", "password": "correct horse battery"}


@pytest.fixture
async def tokens(client, alice) -> dict[str, str]:
    """The tokens of a session of Alice's."""
    return (await client.post(LOGIN, json=CREDENTIALS)).json()


@pytest.fixture
async def database(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def refresh(client, refresh_token):
    return await client.post(REFRESH, json={"refresh_token": refresh_token})


async def test_a_refresh_token_brings_a_new_pair_that_works(client, tokens):
    answer = await refresh(client, tokens["refresh_token"])
    assert answer.status_code == 200, answer.text
    renewed = answer.json()
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert renewed["expires_in"] == 900
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert (await client.get(SUMMARY, headers=headers)).status_code == 200
    assert (await refresh(client, renewed["refresh_token"])).status_code == 200


async def test_an_old_refresh_token_ends_the_session_for_the_new_one_too(client, tokens, caplog):
    renewed = (await refresh(client, tokens["refresh_token"])).json()
    caplog.set_level(logging.WARNING)
    reused = await refresh(client, tokens["refresh_token"])
    after = await refresh(client, renewed["refresh_token"])
    assert (reused.status_code, after.status_code) == (401, 401)
    assert [record.action for record in caplog.records if hasattr(record, "action")] == ["session_revoked"]
    assert tokens["refresh_token"] not in caplog.text


async def test_another_session_of_the_same_user_continues(client, tokens):
    other = (await client.post(LOGIN, json=CREDENTIALS)).json()
    await refresh(client, tokens["refresh_token"])
    await refresh(client, tokens["refresh_token"])
    assert (await refresh(client, other["refresh_token"])).status_code == 200


async def test_of_two_uses_at_once_one_wins_and_the_session_ends(client, tokens):
    answers = await asyncio.gather(*(refresh(client, tokens["refresh_token"]) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await refresh(client, winner["refresh_token"])).status_code == 401


async def test_after_logging_out_the_refresh_token_is_worth_nothing(client, tokens):
    for _ in range(2):
        assert (await client.post(LOGOUT, json={"refresh_token": tokens["refresh_token"]})).status_code == 204
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401


async def test_an_expired_session_is_not_renewed(client, tokens, database):
    await database.execute("UPDATE sessions SET expires_at = now() - interval '1 second'")
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401


async def test_a_session_ends_half_a_year_after_its_log_in_however_often_it_is_renewed(client, tokens, database):
    session_id, _ = parts_of(tokens["refresh_token"])
    await database.execute("UPDATE sessions SET created_at = now() - interval '179 days' WHERE id = $1", session_id)
    assert (await refresh(client, tokens["refresh_token"])).status_code == 200
    left = await database.fetchval("SELECT expires_at - now() FROM sessions WHERE id = $1", session_id)
    assert 0 < left.total_seconds() <= 86_400


async def test_the_database_does_not_hold_the_token(tokens, database):
    rows = await database.fetch("SELECT * FROM sessions")
    _, secret = parts_of(tokens["refresh_token"])
    assert rows
    assert not any(secret.encode() in bytes(str(dict(row)), "utf-8") for row in rows)


@pytest.mark.parametrize(
    ("token", "status"),
    [(f"{NOBODY.replace('-', '')}.{'x' * 43}", 401), ("nonsense", 422), (f"{NOBODY}.{'x' * 43}", 422)],
)
async def test_an_unknown_token_is_refused(client, token, status):
    assert (await refresh(client, token)).status_code == status

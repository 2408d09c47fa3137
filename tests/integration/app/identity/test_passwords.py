"""Passwords: which are accepted, and that those from before the rules still work."""

import asyncio
import json

import pytest

from app.identity import passwords

REGISTER = "/api/v1/auth/register"
LOGIN = "/api/v1/auth/login"
EMAIL = "alice@example.com"
TYPED = "ﬁve grey ﬂamingos"
IN_NORMAL_FORM = "five grey flamingos"


async def register(client, password, email=EMAIL):
    return await client.post(REGISTER, json={"email": email, "password": password})


async def log_in(client, password, email=EMAIL):
    return await client.post(LOGIN, json={"email": email, "password": password})


async def stored_hash(database):
    return await database.fetchval("SELECT password_hash FROM users WHERE email = $1", EMAIL)


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "ｐａｓｓｗｏｒｄ１２３４", "alice@example.com", "spendsense-2026", "short", "x" * 129,
        "correct horse\0battery", "correct horse\nbattery", "half \ud800 of a pair", "\udfff" * 12,
    ],
)  # fmt: skip
async def test_an_unacceptable_password_is_refused_with_its_place_and_what_is_expected(client, password):
    # In ASCII: the client's own encoder refuses half of a surrogate pair.
    body = json.dumps({"email": EMAIL, "password": password})
    refused = await client.post(REGISTER, content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["location"] == "body.password"
    assert "should" in error["message"]
    assert len(password) < 8 or password not in refused.text


async def test_a_taken_address_is_not_revealed_before_the_password_is_acceptable(client, alice):
    del alice
    assert (await register(client, "password1234")).status_code == 422
    assert (await register(client, "nobody has this one")).status_code == 409


async def test_half_of_a_surrogate_pair_is_not_a_password_to_log_in_with(client, alice):
    del alice
    body = '{"email": "alice@example.com", "password": "half \\ud800 of a pair"}'
    for path in (LOGIN, REGISTER):
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, path


async def test_the_same_letters_of_another_keyboard_log_in(client):
    assert (await register(client, TYPED)).status_code == 201
    for password in (TYPED, IN_NORMAL_FORM):
        assert (await log_in(client, password)).status_code == 200
    assert (await log_in(client, "four grey flamingos")).status_code == 401


async def test_a_hash_from_before_normal_form_logs_in_and_is_replaced_once(client, database):
    await register(client, "correct horse battery")
    await database.execute("UPDATE users SET password_hash = $1", passwords.HASHER.hash(TYPED))
    assert (await log_in(client, IN_NORMAL_FORM)).status_code == 401
    answers = await asyncio.gather(*(log_in(client, TYPED) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    replaced = await stored_hash(database)
    for password in (TYPED, IN_NORMAL_FORM):
        assert (await log_in(client, password)).status_code == 200
    assert await stored_hash(database) == replaced


@pytest.mark.parametrize("password", ["password1234", "with a\ttab in it", "x" * 12])
async def test_a_password_from_before_the_rules_still_logs_in(client, database, password):
    await register(client, "correct horse battery")
    await database.execute("UPDATE users SET password_hash = $1", passwords.HASHER.hash(password))
    assert (await log_in(client, password)).status_code == 200

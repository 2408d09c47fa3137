"""A forgotten password: every request gets the same response, a code sets a new one, and all sessions end."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from app.platform.audit import LOGGER
from tests.integration.app.conftest import PASSWORD
from tests.integration.app.mailbox import ALICE, AUTH, verified
from tests.waiting import until

NEW = "four other words entirely"
FORGOT, RESET, LOGIN = f"{AUTH}/forgot-password", f"{AUTH}/reset-password", f"{AUTH}/login"
CHOOSE, CHANGED = "SpendSense: Choose a new password", "SpendSense: Your password was changed"


@pytest.fixture
async def application(mailing) -> AsyncIterator[object]:
    async with mailing.router.lifespan_context(mailing):
        yield mailing


@pytest.fixture
async def reset_code(client, mailbox, alice) -> str:
    """The code that Alice got, her address confirmed."""
    await verified(client, mailbox, alice)
    assert (await client.post(FORGOT, json={"email": ALICE})).status_code == 202
    await until(lambda: CHOOSE in mailbox.subjects(ALICE))
    return str(mailbox.token(ALICE))


def events(caplog) -> list[tuple[str, str | None]]:
    records = [vars(record) for record in caplog.records if record.name == LOGGER]
    return [(each["event"], each.get("reason")) for each in records if each["event"].startswith("password_")]


async def test_a_code_sets_the_password_once_ends_every_session_and_notifies_the_owner(
    client,
    mailbox,
    alice,
    reset_code,
    database,
):
    tokens = (await client.post(LOGIN, json={"email": ALICE, "password": PASSWORD})).json()
    stored = await database.fetchrow("SELECT * FROM mail_tokens")
    assert reset_code.encode() not in bytes(str(dict(stored)), "utf-8")
    assert (stored["expires_at"] - stored["created_at"]).total_seconds() == 3600
    body = {"token": reset_code, "password": NEW}
    assert (await client.post(RESET, json=body)).status_code == 204
    assert (await client.post(RESET, json=body)).status_code == 422
    assert (await client.post(LOGIN, json={"email": ALICE, "password": PASSWORD})).status_code == 401
    assert (await client.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]})).status_code == 401
    assert await database.fetchval("SELECT count(*) FROM sessions") == 0
    assert await database.fetchval("SELECT count(*) FROM known_addresses") == 0
    assert (await client.post(LOGIN, json={"email": ALICE, "password": NEW})).status_code == 200
    await until(lambda: mailbox.subjects(ALICE)[-1] == CHANGED)


async def test_a_password_that_is_guessed_early_is_refused_and_the_code_still_works(client, reset_code):
    for password in ("password1234", f"{ALICE}{ALICE}", "short"):
        answer = await client.post(RESET, json={"token": reset_code, "password": password})
        assert answer.status_code == 422
        assert password not in answer.text
    assert (await client.post(RESET, json={"token": reset_code, "password": NEW})).status_code == 204


async def test_of_many_uses_of_a_code_at_once_one_counts(client, reset_code):
    passwords = [f"{NEW} {secrets.token_hex(8)}" for _ in range(6)]
    answers = await asyncio.gather(
        *(client.post(RESET, json={"token": reset_code, "password": password}) for password in passwords)
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 5
    [works] = [password for password, answer in zip(passwords, answers, strict=True) if answer.status_code == 204]
    assert (await client.post(LOGIN, json={"email": ALICE, "password": works})).status_code == 200


async def test_an_expired_code_and_one_for_another_purpose_set_nothing(client, mailbox, alice, reset_code, database):
    await database.execute("UPDATE mail_tokens SET purpose = 'verify_email'")
    assert (await client.post(RESET, json={"token": reset_code, "password": NEW})).status_code == 422
    await database.execute("UPDATE mail_tokens SET purpose = 'reset_password', expires_at = now()")
    assert (await client.post(RESET, json={"token": reset_code, "password": NEW})).status_code == 422
    assert (await client.post(LOGIN, json={"email": ALICE, "password": PASSWORD})).status_code == 200


async def test_the_answer_does_not_reveal_whether_there_is_such_an_account(
    client, mailbox, mailing, reset_code, bob, database, caplog
):
    del reset_code, bob  # Bob's address is not confirmed
    requests = mailing.state.resources.reset_requests
    # A mail may arrive before the request that queued it has recorded its event.
    await until(lambda: not requests.running and mailbox.of("bob@example.com"))
    await database.execute("INSERT INTO users (email, email_verified_at) VALUES ('by-provider@example.com', now())")
    caplog.clear()
    mailbox.requests.clear()
    answers = []
    for email in (ALICE, "bob@example.com", "by-provider@example.com", "nobody@example.com", ALICE, ALICE):
        answers.append(await client.post(FORGOT, json={"email": email}))
        await until(lambda: not requests.running)
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert {tuple(sorted(answer.headers)) for answer in answers} == {tuple(sorted(answers[0].headers))}
    requested = "password_reset_requested"
    reasons = (None, "unverified", "no_password", "unknown_account", None, "quota_exceeded")
    assert events(caplog) == [(requested, reason) for reason in reasons]
    await until(lambda: len(mailbox.requests) == 2)
    assert {each["Destination"]["ToAddresses"][0] for each in mailbox.requests} == {ALICE}


async def test_nobody_waits_for_the_database_or_for_ses(client, mailing, mailbox):
    """The response is there before anything was looked for: its time cannot tell."""
    resources = mailing.state.resources
    mailbox.slow.clear()
    places = resources.database.admitted
    async with asyncio.timeout(30):
        holders = [object() for _ in range(int(places.total_tokens))]
        for holder in holders:
            await places.acquire_on_behalf_of(holder)
        try:
            answers = [await client.post(FORGOT, json={"email": f"{n}@example.com"}) for n in range(3)]
            assert resources.reset_requests.running == 3
        finally:
            for holder in holders:
                places.release_on_behalf_of(holder)
    assert [answer.status_code for answer in answers] == [202] * 3
    await until(lambda: resources.reset_requests.running == 0)


async def test_requests_beyond_what_may_be_in_progress_are_lost_and_counted(client, mailing, caplog):
    mailing.state.resources.reset_requests.at_most = 0
    assert (await client.post(FORGOT, json={"email": ALICE})).status_code == 202
    assert mailing.state.metrics.events["MailFailures"] == 1
    assert [record.action for record in caplog.records if getattr(record, "action", "") == "reset_request_lost"]


async def test_nothing_secret_is_in_the_log(client, reset_code, caplog):
    await client.post(RESET, json={"token": reset_code, "password": NEW})
    await client.post(RESET, json={"token": reset_code, "password": NEW})
    text = "\n".join(str(vars(record)) for record in caplog.records if not record.name.startswith("werkzeug"))
    for secret in (reset_code, NEW, ALICE):
        assert secret not in text
    assert events(caplog)[-2:] == [("password_reset", None), ("password_reset", "bad_token")]


async def test_a_change_of_the_password_ends_pending_codes_and_notifies_the_owner(client, mailbox, reset_code):
    tokens = (await client.post(LOGIN, json={"email": ALICE, "password": PASSWORD})).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    change = {"current_password": PASSWORD, "new_password": NEW}
    assert (await client.put("/api/v1/account/password", headers=headers, json=change)).status_code == 204
    await until(lambda: mailbox.subjects(ALICE)[-1] == CHANGED)
    answer = await client.post(RESET, json={"token": reset_code, "password": f"{NEW} once more"})
    assert answer.status_code == 422
    assert (await client.post(LOGIN, json={"email": ALICE, "password": NEW})).status_code == 200

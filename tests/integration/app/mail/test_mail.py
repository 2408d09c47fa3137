"""Mail that waits, is sent, is retried and is abandoned; and a confirmed e-mail address."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from app.mail import outbox, sender
from app.mail.mailer import SesMailer
from app.main import create_app
from tests.integration.app.conftest import PASSWORD, logged_in
from tests.integration.app.mailbox import ALICE, AUTH, FROM, verified
from tests.integration.app.running import client_of, settings_with
from tests.waiting import until

ACCOUNT = "/api/v1/account"
MAIL_TO_ALL = "INSERT INTO outgoing_mails (id, user_id, kind) SELECT gen_random_uuid(), id, '{}' FROM users"
CONFIRM = "SpendSense: Confirm your e-mail address"


@pytest.fixture
async def application(mailing) -> AsyncIterator[object]:
    async with mailing.router.lifespan_context(mailing):
        yield mailing


async def test_a_registration_sends_a_code_that_confirms_the_address_once(client, mailbox, alice, database):
    assert (await client.get(ACCOUNT, headers=alice)).json()["email_verified_at"] is None
    await until(lambda: mailbox.of(ALICE))
    assert mailbox.subjects(ALICE) == [CONFIRM]
    token = mailbox.token(ALICE)
    stored = await database.fetchrow("SELECT * FROM mail_tokens")
    assert token.encode() not in bytes(str(dict(stored)), "utf-8")
    assert stored["expires_at"] - stored["created_at"] == outbox.LIFETIMES[outbox.Kind.VERIFY_EMAIL]
    answer = await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": token})
    assert answer.status_code == 200
    assert answer.json()["email_verified_at"] is not None
    again = await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": token})
    assert again.status_code == 422
    assert (await client.get(ACCOUNT, headers=alice)).json()["email_verified_at"] is not None


async def test_a_code_of_another_account_or_an_expired_one_confirms_nothing(client, mailbox, alice, bob, database):
    await until(lambda: mailbox.of(ALICE) and mailbox.of("bob@example.com"))
    token = mailbox.token(ALICE)
    answers = [await client.post(f"{AUTH}/verify-email", headers=bob, json={"token": token})]
    assert (await client.post(f"{AUTH}/verify-email", json={"token": token})).status_code == 401
    await database.execute("UPDATE mail_tokens SET expires_at = now()")
    answers.append(await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": token}))
    answers.append(await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": "x" * 43}))
    assert [answer.status_code for answer in answers] == [422] * 3
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert await database.fetchval("SELECT count(*) FROM users WHERE email_verified_at IS NOT NULL") == 0


async def test_of_many_uses_of_a_code_at_once_one_counts(client, mailbox, alice):
    await until(lambda: mailbox.of(ALICE))
    body = {"token": mailbox.token(ALICE)}
    answers = await asyncio.gather(
        *(client.post(f"{AUTH}/verify-email", headers=alice, json=body) for _ in range(8)),
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 7


async def test_another_code_is_sent_three_times_an_hour_and_none_once_it_is_confirmed(client, mailbox, alice, database):
    for number in (2, 3):
        await until(lambda number=number: len(mailbox.of(ALICE)) == number - 1)
        assert (await client.post(f"{AUTH}/verify-email/resend", headers=alice)).status_code == 202
    await until(lambda: len(mailbox.of(ALICE)) == 3)
    refused = await client.post(f"{AUTH}/verify-email/resend", headers=alice)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    await database.execute("UPDATE mail_tokens SET created_at = now() - interval '61 minutes'")
    await verified(client, mailbox, alice)
    assert (await client.post(f"{AUTH}/verify-email/resend", headers=alice)).status_code == 202
    assert await database.fetchval("SELECT count(*) FROM outgoing_mails") == 0


async def test_a_mail_that_is_being_sent_counts_once(client, mailbox):
    mailbox.slow.clear()
    headers = await logged_in(client, ALICE)
    await until(lambda: mailbox.received == 1)
    resend = f"{AUTH}/verify-email/resend"
    answers = [(await client.post(resend, headers=headers)).status_code for _ in range(3)]
    assert answers == [202, 202, 429]
    mailbox.slow.set()
    await until(lambda: len(mailbox.of(ALICE)) == 3)


async def test_every_code_that_was_sent_works_until_one_is_used(client, mailbox, alice):
    await until(lambda: len(mailbox.of(ALICE)) == 1)
    first = mailbox.token(ALICE)
    await client.post(f"{AUTH}/verify-email/resend", headers=alice)
    await until(lambda: len(mailbox.of(ALICE)) == 2)
    second = mailbox.token(ALICE)
    assert (await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": first})).status_code == 200
    assert (await client.post(f"{AUTH}/verify-email", headers=alice, json={"token": second})).status_code == 422


async def test_what_ses_does_not_take_is_tried_again_and_then_given_up(
    client, mailbox, mailing, database, caplog, monkeypatch
):
    monkeypatch.setattr(sender, "LOOKED_EVERY_S", 0.05)
    monkeypatch.setattr(outbox, "PAUSES_S", (0, 0, 0, 0))
    mailbox.refusals = [(400, "MessageRejected"), (429, "TooManyRequestsException"), (500, "InternalServiceError")]
    await logged_in(client, ALICE)
    await until(lambda: mailbox.of(ALICE))
    assert mailbox.received == 4
    mailbox.refusals = [(400, "MessageRejected")] * 5
    await logged_in(client, "bob@example.com")
    await until(lambda: any(getattr(each, "action", "") == "mail_given_up" for each in caplog.records))
    await until(lambda: not mailbox.refusals)
    assert mailbox.received == 9
    records = [each for each in caplog.records if getattr(each, "action", "").startswith("mail_")]
    assert {record.levelno for record in records if record.action == "mail_given_up"} == {logging.ERROR}
    assert [r.cause for r in records if r.action == "mail_failed"][:2] == [
        "MessageRejected",
        "TooManyRequestsException",
    ]
    assert not any("example.com" in str(vars(record)) for record in records)
    assert mailing.state.metrics.events["MailFailures"] == 8

    async def is_gone() -> bool:
        return not await database.fetchval("SELECT count(*) FROM outgoing_mails")

    await until(is_gone)


async def test_mail_that_could_not_be_sent_waits_for_another_task(client, mailbox, mailing, alice, settings, database):
    await until(lambda: mailbox.of(ALICE))
    mailing.state.resources.sender.mailer.close()
    await database.execute(
        "INSERT INTO outgoing_mails (id, user_id, kind) SELECT gen_random_uuid(), id, 'verify_email' FROM users"
    )
    other = create_app(settings_with(settings, mail_from=FROM))
    mailer = SesMailer(mail_from=FROM, region="us-west-1", endpoint_url=mailbox.url)

    async def is_sent_by_the_other() -> bool:
        # The first task may still be looking, then it claims the mail, fails, and leaves it for a minute.
        await database.execute("UPDATE outgoing_mails SET attempts = 0, next_attempt_at = now()")
        await other.state.resources.sender.send_one(mailer)
        return len(mailbox.of(ALICE)) == 2

    await until(is_sent_by_the_other)
    mailer.close()
    await other.state.resources.close()


async def test_of_many_senders_each_mail_is_sent_by_one(client, mailbox, settings, mailing, database):
    sends = [mailing.state.resources.sender]
    await database.execute("INSERT INTO users (email) SELECT n || '@example.com' FROM generate_series(1, 20) n")
    await database.execute(
        "INSERT INTO outgoing_mails (id, user_id, kind) SELECT gen_random_uuid(), id, 'verify_email' FROM users"
    )

    async def drain() -> None:
        while await sends[0].send_one(sends[0].mailer):
            pass

    await asyncio.gather(*(drain() for _ in range(3)))
    assert sorted(each["Destination"]["ToAddresses"][0] for each in mailbox.requests) == sorted(
        f"{n}@example.com" for n in range(1, 21)
    )


async def test_a_slow_ses_holds_no_connection_and_delays_no_response(client, mailbox, mailing):
    mailbox.slow.clear()
    await logged_in(client, ALICE)
    await until(lambda: mailbox.received)
    assert mailing.state.resources.database.engine.pool.checkedout() == 0
    await logged_in(client, "bob@example.com")
    mailbox.slow.set()
    await until(lambda: mailbox.of(ALICE) and mailbox.of("bob@example.com"))


async def test_mail_and_codes_go_with_the_account(client, mailbox, alice, database):
    mailbox.refusals = [(500, "InternalServiceError")] * 5
    await until(lambda: mailbox.received)
    await database.execute(
        "INSERT INTO outgoing_mails (id, user_id, kind) SELECT gen_random_uuid(), id, 'password_changed' FROM users"
    )
    assert (await client.delete(ACCOUNT, headers=alice)).status_code == 204
    assert await database.fetchval("SELECT count(*) FROM outgoing_mails") == 0
    assert await database.fetchval("SELECT count(*) FROM mail_tokens") == 0


async def test_without_a_sender_address_mail_is_off_and_said_to_be(settings):
    application = create_app(settings)
    async with client_of(application) as client:
        headers = await logged_in(client, ALICE)
        answers = [
            await client.post(f"{AUTH}/verify-email", headers=headers, json={"token": "x" * 43}),
            await client.post(f"{AUTH}/verify-email/resend", headers=headers),
            await client.post(f"{AUTH}/forgot-password", json={"email": ALICE}),
            await client.post(f"{AUTH}/reset-password", json={"token": "x" * 43, "password": PASSWORD}),
        ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert all("MAIL_FROM" in answer.json()["detail"] for answer in answers)

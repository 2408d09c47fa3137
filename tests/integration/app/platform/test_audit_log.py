"""The audit log of real requests: each event has its line, and nothing secret is in any."""

import secrets

import pytest

from app.main import create_app
from app.platform.audit import LOGGER
from tests.integration.app.conftest import PASSWORD, logged_in
from tests.integration.app.running import client_of, let_no_wait_end, settings_with

LOGIN = "/api/v1/auth/login"
REGISTER = "/api/v1/auth/register"
ACCOUNT = "/api/v1/account"
CREDENTIALS = {"email": "alice@example.com", "password": PASSWORD}
ADDRESS = "203.0.113.77"


@pytest.fixture
def lines(caplog):
    """Yield a function that returns the audit log so far, as (event, outcome, reason)."""

    def written() -> list[tuple[str, str, str | None]]:
        records = [vars(record) for record in caplog.records if record.name == LOGGER]
        return [(record["event"], record["outcome"], record.get("reason")) for record in records]

    return written


def raw(caplog) -> str:
    return "\n".join(str(vars(record)) for record in caplog.records if record.name == LOGGER)


async def test_the_life_of_an_account_is_in_the_log(client, database, lines, caplog):
    await logged_in(client, "alice@example.com")
    user_id = await database.fetchval("SELECT id FROM users")
    tokens = (await client.post(LOGIN, json=CREDENTIALS)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    await client.get(f"{ACCOUNT}/export", headers=headers)
    await client.post("/api/v1/auth/logout", json={"refresh_token": tokens["refresh_token"]})
    headers = await logged_in_again(client)
    await client.delete(ACCOUNT, headers=headers)
    assert lines() == [
        (event, "success", None)
        for event in ("registration", "log_in", "log_in", "export", "log_out", "log_in", "deletion")
    ]
    found = [vars(record) for record in caplog.records if record.name == LOGGER]
    assert {record["user_id"] for record in found} == {str(user_id)}
    assert len({record["address"] for record in found}) == 1
    for secret in (CREDENTIALS["email"], PASSWORD, tokens["access_token"], tokens["refresh_token"], "127.0.0.1"):
        assert secret not in raw(caplog)


async def logged_in_again(client) -> dict[str, str]:
    tokens = (await client.post(LOGIN, json=CREDENTIALS)).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def test_a_failed_log_in_has_the_kind_of_its_failure(client, alice, database, lines):
    del alice
    wrong = {"password": "planted-wrong-password"}
    await database.execute("INSERT INTO users (email) VALUES ('by-provider@example.com')")
    for email in ("alice@example.com", "nobody@example.com", "by-provider@example.com"):
        await client.post(LOGIN, json={"email": email, **wrong})
    await client.post(REGISTER, json=CREDENTIALS)
    assert lines() == [
        ("log_in", "failure", "wrong_password"),
        ("log_in", "failure", "unknown_account"),
        ("log_in", "failure", "no_password"),
        ("registration", "failure", "taken"),
    ]


async def test_an_old_refresh_token_that_ends_a_session_is_in_the_log(client, alice, lines, caplog):
    del alice
    tokens = (await client.post(LOGIN, json=CREDENTIALS)).json()
    for _ in range(3):
        await client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert lines()[1:] == [("session_ended", "success", "token_reused")]
    assert tokens["refresh_token"] not in raw(caplog)


async def test_an_account_that_could_not_be_deleted_is_in_the_log(settings, client, alice, lines):
    broken = create_app(settings_with(settings, aws_endpoint_url="http://127.0.0.1:1"))
    async with client_of(broken) as other:
        assert (await other.delete(ACCOUNT, headers=alice)).status_code == 503
    assert lines()[-1] == ("deletion", "failure", "unavailable")


@pytest.mark.usefixtures("patience", "within_one_window")
async def test_who_must_wait_and_who_asks_too_often_is_in_the_log_once(settings, lines, caplog):
    limited = create_app(settings_with(settings, rate_limit_login_per_minute=1000, rate_limit_user_per_minute=3))
    let_no_wait_end(limited)
    resources = limited.state.resources
    email = f"{secrets.token_hex(8)}@example.com"
    async with client_of(limited, address=ADDRESS) as client:
        headers = await logged_in(client, email)
        for _ in range(8):
            await client.get(ACCOUNT, headers=headers)
        assert lines()[2:] == [("rate_limit", "failure", "quota_exceeded")]
        for _ in range(7):
            await client.post(LOGIN, json={"email": f"no-{email}", "password": "wrong password"})
    assert (
        lines()[3:]
        == [("log_in", "failure", "unknown_account")] * 5 + [("log_in_delayed", "failure", "too_many_failures")] * 2
    )
    assert ADDRESS not in raw(caplog)
    assert email not in raw(caplog)
    assert {vars(record)["address"] for record in caplog.records if record.name == LOGGER} == {
        resources.audit.hashed("address", ADDRESS)
    }


async def test_failures_are_counted_and_each_account_once_for_all_tasks(settings):
    emails = [f"{secrets.token_hex(8)}@example.com" for _ in range(5)]
    counted = []
    for _ in range(2):
        application = create_app(settings)
        resources = application.state.resources
        resources.stuffing.now = lambda: 1_000_000_000.0
        try:
            for email in emails * 3:
                await resources.stuffing.failed(email)
        finally:
            await resources.close()
        counted.append(dict(application.state.metrics.events))
    assert counted == [{"FailedLogIns": 15, "FailedAccounts": 5}, {"FailedLogIns": 15}]


async def test_without_redis_each_task_counts_the_accounts_that_it_saw(settings):
    application = create_app(settings_with(settings, redis_url="redis://127.0.0.1:1/0"))
    for email in ["a@example.com", "b@example.com"] * 3:
        await application.state.resources.stuffing.failed(email)
    await application.state.resources.close()
    assert application.state.metrics.events["FailedAccounts"] == 2

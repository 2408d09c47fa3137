"""Preparing a restored database: the test itself creates the older state instead of a restore."""

import pytest

from app import after_restore
from app.resources import Resources
from tests.integration.app.account.test_account import ACCOUNT, HEADER, REFRESH, upload

SUMMARY = "/api/v1/insights/summary"
ROW = "checking,2026-01-{day:02},{amount}.00,Blue Door,in store,FOOD_AND_DRINK,false\n"


@pytest.fixture
def repair(settings):
    async def run() -> int:
        return await after_restore.run(Resources.of(settings))

    return run


async def test_an_account_erased_since_is_erased_again_and_nobody_else(client, alice, bob, database, repair):
    await upload(client, bob)
    taken = await database.fetchrow("SELECT * FROM users WHERE email = 'alice@example.com'")
    assert (await client.delete(ACCOUNT, headers=alice)).status_code == 204
    await database.execute(
        "INSERT INTO users (id, email, password_hash) VALUES ($1, $2, $3)",
        *(taken["id"], taken["email"], taken["password_hash"]),
    )
    assert await repair() == after_restore.DONE
    assert [row["email"] for row in await database.fetch("SELECT email FROM users")] == ["bob@example.com"]
    assert await database.fetchval("SELECT count(*) FROM uploads") == 1
    assert await repair() == after_restore.DONE, "the same again does no harm"


async def test_a_response_cached_of_rows_that_are_gone_is_never_given(client, bob, database, repair):
    async def total() -> str:
        answer = await client.get(SUMMARY, headers=bob)
        assert answer.status_code == 200, answer.text
        return answer.json()["groups"][0]["total"]

    await upload(client, bob, HEADER + ROW.format(day=1, amount=10))
    moment = await database.fetchval("SELECT data_version FROM users")
    await upload(client, bob, HEADER + ROW.format(day=2, amount=5))
    assert await total() == "15.00"
    await database.execute("DELETE FROM transactions WHERE amount = 5")
    await database.execute("UPDATE users SET data_version = $1", moment)
    assert await repair() == after_restore.DONE
    await upload(client, bob, HEADER + ROW.format(day=3, amount=1))
    assert await total() == "11.00"


async def test_sessions_end(client, database, repair):
    credentials = {"email": "carol@example.com", "password": "correct horse battery"}
    await client.post("/api/v1/auth/register", json=credentials)
    tokens = (await client.post("/api/v1/auth/login", json=credentials)).json()
    assert await repair() == after_restore.DONE
    refused = await client.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})
    assert refused.status_code == 401
    assert (await client.post("/api/v1/auth/login", json=credentials)).status_code == 200


async def test_codes_that_were_mailed_and_mail_that_waits_end(bob, database, repair):
    del bob
    await database.execute(
        "INSERT INTO mail_tokens (token_sha256, user_id, purpose, expires_at) "
        "SELECT 'used since', id, 'reset_password', now() + interval '1 hour' FROM users"
    )
    await database.execute(
        "INSERT INTO outgoing_mails (id, user_id, kind) SELECT gen_random_uuid(), id, 'reset_password' FROM users"
    )
    assert await repair() == after_restore.DONE
    assert await database.fetchval("SELECT count(*) FROM mail_tokens") == 0
    assert await database.fetchval("SELECT count(*) FROM outgoing_mails") == 0


async def test_it_reports_what_is_there_and_which_files_are_missing(client, bob, s3, bucket, repair, caplog):
    await upload(client, bob)
    caplog.set_level("INFO", "app.after_restore")
    assert await repair() == after_restore.DONE
    fields = caplog.records[-1].__dict__
    assert (fields["action"], fields["users"], fields["uploads"], fields["transactions"]) == ("after_restore", 1, 1, 28)
    assert fields["newest_write_at"] is not None
    [file] = s3.list_objects_v2(Bucket=bucket, Prefix="uploads/")["Contents"]
    s3.delete_object(Bucket=bucket, Key=file["Key"])
    assert await repair() == after_restore.DONE, "no reason not to serve"
    assert caplog.records[-1].levelname == "ERROR"
    assert caplog.records[-1].__dict__["first_missing"] == [file["Key"]]


async def test_without_a_database_it_says_so_and_fails(settings, repair, caplog):
    url = type(settings.database_url)("postgresql://u:planted@127.0.0.1:1/x")
    assert await after_restore.run(Resources.of(settings.model_copy(update={"database_url": url}))) == 1
    assert "planted" not in caplog.text
    assert caplog.records[-1].__dict__["action"] == "after_restore_failed"

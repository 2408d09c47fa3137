"""The export of a user's data, and the deletion of an account."""

import asyncio
import json

import httpx

from app.account import export
from app.account.endpoints import following
from app.account.schemas import Export
from app.main import create_app
from tests.integration.app.running import client_of, settings_with

ACCOUNT = "/api/v1/account"
EXPORT = "/api/v1/account/export"
UPLOADS = "/api/v1/uploads"
REFRESH = "/api/v1/auth/refresh"
CREDENTIALS = {"email": "alice@example.com", "password": "correct horse battery"}
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
ROWS = "".join(f"checking,2026-01-{day:02},{day}.10,Blue Door,in store,FOOD_AND_DRINK,false\n" for day in range(1, 29))
# The schema's own; nothing of a user in it.
WITHOUT_USERS = {"alembic_version", "account_id_key"}


async def upload(client, user, content=HEADER + ROWS):
    answer = await client.post(UPLOADS, headers=user, files={"file": ("export.csv", content.encode(), "text/csv")})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def tables(database) -> set[str]:
    rows = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows} - WITHOUT_USERS


async def counts(database) -> dict[str, int]:
    return {table: await database.fetchval(f"SELECT count(*) FROM {table}") for table in await tables(database)}  # noqa: S608


async def test_the_account_says_who_is_logged_in(client, alice):
    found = (await client.get(ACCOUNT, headers=alice)).json()
    assert (found["email"], found["role"]) == ("alice@example.com", "user")


async def test_the_export_has_every_row_and_a_link_to_every_file(client, alice, bob, monkeypatch):
    monkeypatch.setattr(export, "ROWS_IN_A_PAGE", 10)  # several pages of few rows
    await upload(client, alice)
    await upload(client, bob, HEADER + ROWS.replace("Blue Door", "Red Door"))
    answer = await client.get(EXPORT, headers=alice)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    found = answer.json()
    assert found["user"]["email"] == "alice@example.com"
    assert [upload["row_count"] for upload in found["uploads"]] == [28]
    assert sorted(row["date"] for row in found["transactions"]) == [f"2026-01-{day:02}" for day in range(1, 29)]
    assert {row["amount"] for row in found["transactions"]} >= {"1.10", "28.10"}
    assert "Red Door" not in answer.text
    async with httpx.AsyncClient() as browser:
        file = await browser.get(found["uploads"][0]["download_url"])
    assert file.text == HEADER + ROWS


async def test_a_user_runs_two_exports_at_once_and_they_end_with_their_clients(
    application, client, alice, database, monkeypatch
):
    monkeypatch.setattr(export, "ROWS_IN_A_PAGE", 10)
    await upload(client, alice)
    user_id = await database.fetchval("SELECT id FROM users WHERE email = 'alice@example.com'")
    resources = application.state.resources
    async with resources.queues.exports.counted(user_id), resources.queues.exports.counted(user_id):
        refused = await client.get(EXPORT, headers=alice)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (429, "too-many-at-once")
    first, second = await asyncio.gather(client.get(EXPORT, headers=alice), client.get(EXPORT, headers=alice))
    assert len(first.json()["transactions"]) == len(second.json()["transactions"]) == 28
    # A client that leaves in the middle gives its place back.
    parts = following("", export.parts(resources, user_id))
    await anext(parts), await anext(parts)
    assert resources.queues.exports.active[user_id] == 1
    await parts.aclose()
    assert not resources.queues.exports.active


async def test_the_export_has_what_every_row_was_before(client, alice, monkeypatch):
    monkeypatch.setattr(export, "ROWS_IN_A_PAGE", 10)
    header = f"transaction_id,{HEADER}"
    row = "id-{},checking,2026-01-02,{}.10,Blue Door,in store,FOOD_AND_DRINK,false\n"
    await upload(client, alice, header + "".join(row.format(number, 5) for number in range(25)))
    report = await upload(client, alice, header + "".join(row.format(number, 7) for number in range(25)))
    assert report["updated"] == 25
    found = (await client.get(EXPORT, headers=alice)).json()
    before = [(row["transaction_id"], row["amount"]) for row in found["transaction_versions"]]
    assert sorted(before) == sorted((f"id-{number}", "5.10") for number in range(25))


async def test_the_export_holds_no_secret_and_every_table(client, alice, database):
    await upload(client, alice)
    text = (await client.get(EXPORT, headers=alice)).text
    stored = await database.fetchrow(
        "SELECT password_hash, secret_sha256 FROM users JOIN sessions ON user_id = users.id"
    )
    assert stored["password_hash"] not in text
    assert stored["secret_sha256"].hex() not in text
    exported = {"user" if table == "users" else table for table in await tables(database)}
    assert exported <= json.loads(text).keys(), "a table of users' data is not in the export"
    assert json.loads(text).keys() == Export.model_fields.keys(), "the documented export is another one"


async def test_deleting_the_account_deletes_every_row_and_file_of_it_and_nothing_else(
    client, alice, bob, database, s3, bucket
):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    await upload(client, bob)
    before = await counts(database)
    await database.execute("DELETE FROM users WHERE email = 'alice@example.com'")
    bob_alone = await counts(database)
    alice = await registered_again(client)
    await upload(client, alice)
    await upload(client, alice)  # a second version of the same file
    assert (await client.delete(ACCOUNT, headers=alice)).status_code == 204
    assert before != bob_alone
    assert await counts(database) == bob_alone
    versions = s3.list_object_versions(Bucket=bucket)
    left = [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]
    bob_id = str(await database.fetchval("SELECT id FROM users"))
    (erased,) = [version for version in left if version["Key"].startswith("erased/")]
    assert erased["Size"] == 0, "that the account was erased is all that is remembered"
    left.remove(erased)
    assert left
    assert all(bob_id in version["Key"] for version in left)


async def registered_again(client) -> dict[str, str]:
    await client.post("/api/v1/auth/register", json=CREDENTIALS)
    tokens = (await client.post("/api/v1/auth/login", json=CREDENTIALS)).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def test_the_tokens_of_a_deleted_account_open_nothing(client, alice, s3, bucket):
    tokens = (await client.post("/api/v1/auth/login", json=CREDENTIALS)).json()
    await client.delete(ACCOUNT, headers=alice)
    assert (await client.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})).status_code == 401
    assert (await client.post("/api/v1/auth/login", json=CREDENTIALS)).status_code == 401
    for path in (ACCOUNT, EXPORT):
        assert (await client.get(path, headers=alice)).status_code == 401
    file = {"file": ("export.csv", (HEADER + ROWS).encode(), "text/csv")}
    assert (await client.post(UPLOADS, headers=alice, files=file)).status_code == 401
    assert s3.list_objects_v2(Bucket=bucket, Prefix="uploads/")["KeyCount"] == 0
    assert (await client.delete(ACCOUNT, headers=alice)).status_code == 401


async def test_an_account_stays_when_its_files_cannot_be_deleted(settings, client, alice):
    await upload(client, alice)
    broken = create_app(settings_with(settings, aws_endpoint_url="http://127.0.0.1:1"))
    async with client_of(broken) as other:
        assert (await other.delete(ACCOUNT, headers=alice)).status_code == 503
    assert len((await client.get(EXPORT, headers=alice)).json()["transactions"]) == 28

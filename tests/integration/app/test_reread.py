"""Stored files read again: SQL first turns their rows into those that an older reader left."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app import reread
from app.backfill import DONE, FAILED
from app.resources import Resources
from app.uploads.formats.reading import READING
from tests.integration.app.process import DEADLINE_S, environment_of
from tests.integration.app.stored_rows import AS_READ_BEFORE, details, ofx
from tests.integration.app.uploads.test_upload_changes import CSV, SUMMARY, TRANSACTIONS, listed, plaid, rows, upload
from tests.waiting import until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

ACCOUNTS = "SELECT account_id, type, subtype, name FROM accounts ORDER BY account_id"


@pytest.fixture
def run(settings):
    async def run() -> int:
        return await reread.BACKFILL.run(Resources.of(settings))

    return run


@pytest.fixture
def last_line(caplog):
    """Return a function that returns the fields of the last log line."""
    caplog.set_level("INFO", "app.reread")
    return lambda: caplog.records[-1].__dict__


async def test_details_and_accounts_that_were_thrown_away_are_filled_in(client, alice, database, run, last_line):
    for content in (
        ofx("-4.50", "-9.00", "-4.50"),
        ofx("-7.00", fitid="f1"),
        ofx("-7.00", "-8.00", fitid="shared", name="GROCER"),
        listed(plaid("t1"), plaid("t2", name="REFUND", amount=-5.0)),
        CSV + "a1,2026-01-05,100.00,Cafe,online,FOOD,false\n",
    ):
        await upload(client, alice, content)
    before, accounts = await details(database), await database.fetch(ACCOUNTS)
    assert len(before) == 9 and len(accounts) == 2
    summary = (await client.get(SUMMARY, headers=alice)).json()
    await database.execute(AS_READ_BEFORE)
    counted = await database.fetch("SELECT id, accepted, updated, money FROM uploads ORDER BY id")

    assert await run() == DONE
    assert (last_line()["action"], last_line()["read"], last_line()["rows_filled"], last_line()["accounts_filled"]) == (
        "reread",
        5,
        8,
        2,
    )
    assert await details(database) == before
    assert await database.fetch(ACCOUNTS) == accounts
    assert (await client.get(SUMMARY, headers=alice)).json()["groups"] == summary["groups"]
    assert await database.fetchval("SELECT min(reading) FROM uploads") == READING
    assert await database.fetch("SELECT id, accepted, updated, money FROM uploads ORDER BY id") == counted

    assert await run() == DONE, "the same again does no harm"
    assert (last_line()["read"], last_line()["rows_filled"]) == (0, 0)
    assert await details(database) == before


async def test_a_name_that_says_how_it_was_paid_gives_way_to_the_merchant_in_the_note(
    client, alice, database, run, last_line
):
    await upload(client, alice, ofx("-4.50", "-9.00"))
    await upload(client, alice, ofx("-7.00", name="GROCER", memo="CARD 12"))
    await upload(client, alice, ofx("-8.00", memo="PURCHASE"))
    names = "SELECT merchant_name FROM transactions ORDER BY amount"
    before = await database.fetch(names)
    assert [row[0] for row in before] == ["CORNER CAFE 0", "GROCER", "POS PURCHASE", "CORNER CAFE 1"]
    await database.execute(AS_READ_BEFORE)
    assert await run() == DONE
    assert last_line()["rows_filled"] == 4
    assert await database.fetch(names) == before
    assert await run() == DONE
    assert last_line()["rows_filled"] == 0


async def test_a_name_is_also_replaced_in_what_the_row_was(client, alice, database, run):
    pending = ofx("-4.50").replace("STMTTRN>", "STMTTRNP>")
    await upload(client, alice, pending)
    await upload(client, alice, ofx("-4.50").replace("20260105", "20260106"))
    await database.execute(AS_READ_BEFORE)
    await database.execute("UPDATE transaction_versions SET merchant_name = original_name")
    assert await run() == DONE
    assert await database.fetchval("SELECT merchant_name FROM transaction_versions") == "CORNER CAFE 0"
    assert (await upload(client, alice, pending))["accepted"] == 0
    assert await database.fetchval("SELECT count(*) FROM transactions") == 1


async def test_a_user_who_is_erased_meanwhile_is_passed_over(
    client, alice, bob, database, postgres_url, run, last_line
):
    for user in (alice, bob):
        await upload(client, user, ofx("-4.50"))
    await database.execute(AS_READ_BEFORE)
    holder = await asyncpg.connect(postgres_url)
    try:
        held = holder.transaction()
        await held.start()
        await holder.execute("DELETE FROM users WHERE email = 'alice@example.com'")
        running = asyncio.ensure_future(run())
        await a_process_waits_for_a_lock(database, running)
        await held.commit()
    finally:
        await holder.close()
    assert await running == DONE
    assert (last_line()["read"], last_line()["erased"], last_line()["rows_filled"]) == (1, 1, 1)
    assert [row[2] for row in await details(database)] == ["CORNER CAFE 0"]


async def test_two_processes_at_the_same_time_read_each_file_once(
    client, alice, database, postgres_url, settings, caplog
):
    caplog.set_level("INFO", "app.reread")
    for number in range(3):
        await upload(client, alice, ofx("-4.50", fitid=f"f{number}"))
    before = await details(database)
    await database.execute(AS_READ_BEFORE)
    holder = await asyncpg.connect(postgres_url)
    try:
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT 1 FROM users FOR UPDATE")
        running = [asyncio.ensure_future(reread.BACKFILL.run(Resources.of(settings))) for _ in range(2)]
        await a_process_waits_for_a_lock(database, *running)
        await held.rollback()
    finally:
        await holder.close()
    assert await asyncio.gather(*running) == [DONE, DONE]
    ends = [record.__dict__ for record in caplog.records if record.__dict__.get("action") == "reread"]
    assert sum(end["read"] for end in ends) == 3
    assert sum(end["rows_filled"] for end in ends) == 3
    assert await details(database) == before
    assert await database.fetchval("SELECT min(reading) FROM uploads") == READING


async def a_process_waits_for_a_lock(database: Any, *running: "asyncio.Future[int]") -> None:
    """Return once as many as these wait for a lock of the database."""

    async def all_wait() -> bool:
        assert not any(each.done() for each in running)
        return bool(await database.fetchval(WAITING) >= len(running))

    await until(all_wait, DEADLINE_S * 2)


async def test_a_cached_insight_of_rows_without_details_is_no_longer_returned(client, alice, database, run):
    await upload(client, alice, ofx("-4.50"))
    await database.execute(AS_READ_BEFORE)
    version = await database.fetchval("SELECT data_version FROM users")
    await client.get(SUMMARY, headers=alice)
    assert await run() == DONE
    assert await database.fetchval("SELECT data_version FROM users") > version


async def test_a_users_own_category_and_a_later_correction_stay(client, alice, database, run):
    await upload(client, alice, listed(plaid("t1"), plaid("t2"), plaid("t3")))
    await database.execute(AS_READ_BEFORE)
    await database.execute("UPDATE transactions SET detailed_category = 'OWN' WHERE transaction_id = 't3'")
    gifts = {"primary": "GIFTS"}
    await upload(
        client, alice, listed(plaid("t1", amount=24.0, name=None), plaid("t2", personal_finance_category=gifts))
    )
    for row in await rows(client, alice):
        await client.patch(f"{TRANSACTIONS}/{row['id']}", headers=alice, json={"category": "MINE"})
    columns = "transaction_id, date, amount, category, user_category, merchant_name, detailed_category"
    statement = f"SELECT {columns} FROM transactions ORDER BY transaction_id"  # noqa: S608
    before = await database.fetch(statement)
    assert await run() == DONE
    after = await database.fetch(statement)
    assert after == before
    assert [(row["amount"], row["category"], row["user_category"]) for row in after] == [
        (24, "FOOD_AND_DRINK", "MINE"),
        (20, "GIFTS", "MINE"),
        (20, "FOOD_AND_DRINK", "MINE"),
    ]
    assert await database.fetchval("SELECT count(*) FROM transaction_versions") == 2


async def test_no_row_is_added_of_what_older_readers_rejected(client, alice, database, run, last_line):
    await upload(client, alice, ofx("-4.50", "-9.00"))
    await database.execute(AS_READ_BEFORE)
    await database.execute("DELETE FROM transactions WHERE amount = 9")
    assert await run() == DONE
    assert last_line()["rows_filled"] == 1
    assert await database.fetchval("SELECT count(*) FROM transactions") == 1


async def test_rows_of_a_file_without_a_currency_are_found_under_the_one_they_were_taken_for(
    client, alice, database, run, last_line
):
    content = ofx("-4.50").replace("<CURDEF>USD", "")
    answer = await client.post(
        "/api/v1/uploads?currency=EUR", headers=alice, files={"file": ("export", content.encode())}
    )
    assert answer.status_code == 201, answer.text
    await database.execute(AS_READ_BEFORE)
    assert await run() == DONE
    assert last_line()["rows_filled"] == 1
    assert await database.fetchval("SELECT currency FROM transactions") == "EUR"


async def test_another_users_rows_stay_as_they_are(client, alice, bob, database, run, s3, bucket):
    for user in (alice, bob):
        await upload(client, user, ofx("-4.50"))
    await database.execute(AS_READ_BEFORE)
    first, second = await database.fetch("SELECT user_id, storage_key FROM uploads ORDER BY created_at")
    s3.delete_object(Bucket=bucket, Key=second["storage_key"])
    assert await run() == DONE
    found = dict(await database.fetch("SELECT user_id, memo FROM transactions"))
    assert found == {first["user_id"]: "CORNER CAFE 0", second["user_id"]: None}


async def test_files_that_cannot_be_read_are_reported_and_skipped(
    client, alice, database, s3, bucket, run, last_line, caplog
):
    names = ("missing", "changed", "unreadable", "good")
    for name in names:
        await upload(client, alice, ofx("-4.50", fitid=name))
    await database.execute(AS_READ_BEFORE)
    keys = dict(zip(names, await keys_in_order(database), strict=True))
    missing = s3.get_object(Bucket=bucket, Key=keys["missing"])["Body"].read()
    s3.delete_object(Bucket=bucket, Key=keys["missing"])
    s3.put_object(Bucket=bucket, Key=keys["changed"], Body=b"another file")
    cut = ofx("-4.50").encode()[:200]
    s3.put_object(Bucket=bucket, Key=keys["unreadable"], Body=cut)
    await database.execute(
        "UPDATE uploads SET sha256 = encode(sha256($1), 'hex'), size_bytes = $2 WHERE storage_key = $3",
        *(cut, len(cut), keys["unreadable"]),
    )
    assert await run() == DONE
    counts = {name: last_line()[name] for name in ("read", "missing", "changed", "unreadable", "rows_filled")}
    assert counts == {"read": 1, "missing": 1, "changed": 1, "unreadable": 1, "rows_filled": 1}
    passed_over = [record for record in caplog.records if record.name == "app.reread" and record.levelname == "WARNING"]
    assert len({record.__dict__["upload_id"] for record in passed_over}) == 3
    assert "CORNER CAFE" not in caplog.text
    s3.put_object(Bucket=bucket, Key=keys["missing"], Body=missing)
    assert await run() == DONE
    assert (last_line()["read"], last_line()["rows_filled"]) == (1, 1), "what came back is read"


async def keys_in_order(database: Any) -> list[str]:
    return [row["storage_key"] for row in await database.fetch("SELECT storage_key FROM uploads ORDER BY created_at")]


async def test_it_continues_where_it_was_killed(
    client, alice, bob, database, settings, postgres_url, run, last_line, tmp_path
):
    for user in (alice, bob):
        await upload(client, user, ofx("-4.50"))
    await database.execute(AS_READ_BEFORE)
    holder = await asyncpg.connect(postgres_url)
    try:
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT 1 FROM users WHERE email = 'bob@example.com' FOR UPDATE")
        with (tmp_path / "output").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "app.reread"),
                env={**os.environ, **environment_of(settings)},
                stdout=output,
                stderr=output,
            )
        try:
            await waits_for_a_lock(database, process, tmp_path / "output")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        await held.rollback()
    finally:
        await holder.close()
    readings = "SELECT reading FROM uploads ORDER BY created_at"
    assert [row["reading"] for row in await database.fetch(readings)] == [READING, 0]
    assert [row[2] for row in await details(database)].count(None) == 1
    assert await run() == DONE
    assert (last_line()["read"], last_line()["rows_filled"]) == (1, 1)
    assert [row["reading"] for row in await database.fetch(readings)] == [READING, READING]


async def waits_for_a_lock(database: Any, process: asyncio.subprocess.Process, output: Path) -> None:
    async def waits() -> bool:
        assert process.returncode is None, await asyncio.to_thread(output.read_text)
        return bool(await database.fetchval(WAITING))

    await until(waits, DEADLINE_S * 2)


async def test_without_a_store_it_fails_and_can_be_run_again(client, alice, database, settings, run, last_line):
    await upload(client, alice, ofx("-4.50"))
    await database.execute(AS_READ_BEFORE)
    url = type(settings.database_url)("postgresql://u:planted@127.0.0.1:1/x")
    for change in ({"aws_endpoint_url": "http://127.0.0.1:1"}, {"database_url": url}):
        assert await reread.BACKFILL.run(Resources.of(settings.model_copy(update=change))) == FAILED
        assert last_line()["action"] == "reread_failed"
        assert "planted" not in json.dumps(last_line(), default=str)
    assert await run() == DONE
    assert last_line()["rows_filled"] == 1


async def test_a_file_that_comes_again_after_it_was_read_again_adds_nothing(client, alice, database, run, last_line):
    pandas = CSV.replace("pending\n", "pending,name\n") + "a1,2026-01-05,100.00,,online,FOOD,false,CAFE 17\n"
    files = (listed(plaid("t1"), plaid("t2", amount=5.0)), ofx("-4.50", "-4.50", name=""), pandas)
    for content in files:
        await upload(client, alice, content)
    await database.execute(AS_READ_BEFORE)
    await database.execute("UPDATE transactions SET merchant_name = NULL WHERE account_id = 'a1'")
    assert await run() == DONE
    assert last_line()["rows_filled"] == 5
    for content in files:
        await upload(client, alice, content)
    assert await database.fetchval("SELECT count(*) FROM transactions") == 5
    assert await database.fetchval("SELECT count(*) FROM transaction_versions") == 0


MANY = 20_000  # a join of all with all takes minutes


@pytest.mark.full
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ofx(*["-4.50"] * MANY), id="rows that are equal but for their notes"),
        pytest.param(ofx(*map(str, range(1, MANY)), fitid="f1"), id="one id"),
    ],
)
async def test_a_file_of_one_thing_many_times_takes_no_quadratic_time(client, alice, database, run, last_line, content):
    await upload(client, alice, content)
    await database.execute(AS_READ_BEFORE)
    async with asyncio.timeout(120):
        assert await run() == DONE
    assert last_line()["rows_filled"] == await database.fetchval("SELECT count(*) FROM transactions")

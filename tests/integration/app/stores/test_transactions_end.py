"""A transaction has an end, whatever the server does."""

import asyncio
import time

import pytest

from app.platform.errors import UnavailableError
from app.stores.database import TRANSACTION_S
from tests.waiting import until


async def test_a_transaction_that_takes_too_long_is_undone_and_its_connection_replaced(application):
    database = application.state.resources.database
    async with database.transaction() as connection:
        await connection.exec_driver_sql("CREATE TABLE tried (id integer)")
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        async with database.transaction(within_s=0.5) as connection:
            await connection.exec_driver_sql("INSERT INTO tried VALUES (1)")
            await connection.exec_driver_sql("SELECT pg_sleep(60)")
    assert time.monotonic() - began < 30
    async with database.transaction() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM tried")).scalar_one() == 0


async def test_many_rows_have_longer_than_other_statements(application):
    database = application.state.resources.database
    shown = "SELECT setting::integer FROM pg_settings WHERE name = 'statement_timeout'"
    async with database.transaction(within_s=600) as connection:
        assert (await connection.exec_driver_sql(shown)).scalar_one() == 600_000
    async with database.transaction() as connection:
        assert (await connection.exec_driver_sql(shown)).scalar_one() < TRANSACTION_S * 1000


async def test_a_caller_that_stops_waiting_returns_the_connection(application):
    database = application.state.resources.database

    async def sleep() -> None:
        async with database.transaction() as connection:
            await connection.exec_driver_sql("SELECT pg_sleep(60)")

    sleeping = [asyncio.create_task(sleep()) for _ in range(database.share.most)]
    await until(lambda: database.admitted.borrowed_tokens >= database.admitted.total_tokens, 30)
    for task in sleeping:
        task.cancel()
    await asyncio.wait(sleeping)
    await database.check()

"""A database that grows or shrinks: the pools follow its connection limit, and never exceed it."""

import asyncio
import logging
from collections.abc import Iterator

import asyncpg
import pytest

from app.platform.errors import UnavailableError
from app.stores.database import Database
from app.stores.database_address import DatabaseAddress
from app.stores.pool import Share
from tests.postgres import Postgres, new_postgres

SHARE = Share(task_cpu_units=4096, max_tasks=1)
AT_ONCE = 60
DEADLINE_S = 30


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with new_postgres("admin") as server:
        yield server


async def resize(postgres: Postgres, max_connections: int) -> None:
    """Restart with another max_connections, as a change of the instance class does."""
    connection = await asyncpg.connect(postgres.admin)
    await connection.execute(f"ALTER SYSTEM SET max_connections = {max_connections}")
    await connection.close()
    await asyncio.to_thread(postgres.stop, "fast")
    await asyncio.to_thread(postgres.start)


async def connections_under_load(database: Database) -> int:
    """The most connections the server saw while as many as possible were wanted at once."""
    seen = 0

    async def work() -> None:
        nonlocal seen
        async with database.transaction() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'spendsense'"
            seen = max(seen, (await connection.exec_driver_sql(query)).scalar_one())
            await connection.exec_driver_sql("SELECT pg_sleep(0.02)")

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return seen


async def answers_again(database: Database) -> None:
    """The restart may cost a request; the next ones are served."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await database.check()
            except UnavailableError:
                continue
            return


async def test_the_pool_follows_the_database_up_and_down_without_a_new_task(postgres, caplog):
    caplog.set_level(logging.INFO, logger="app.stores.database")
    database = Database(DatabaseAddress(postgres.admin, secret_arn=None, endpoint_url=None), SHARE)
    sizes = []
    for max_connections in (20, 100, 30):
        await resize(postgres, max_connections)
        await answers_again(database)
        size = SHARE.of(max_connections)
        assert database.admitted.total_tokens == size
        assert await connections_under_load(database) <= size
        sizes.append(size)
    await database.close()
    assert sizes == [8, 40, 12]
    assert [record.connections for record in caplog.records if getattr(record, "action", "") == "pool_resized"] == sizes


async def test_a_server_that_admits_no_more_is_never_asked_for_more(postgres, monkeypatch):
    """Two tasks and their two successors beside each other, on a server of the smallest size for them."""
    monkeypatch.setattr("app.stores.database.POOL_WAIT_S", DEADLINE_S)
    await resize(postgres, 40)
    share = Share(task_cpu_units=1024, max_tasks=2)
    tasks = [Database(DatabaseAddress(postgres.admin, secret_arn=None, endpoint_url=None), share) for _ in range(4)]
    await asyncio.gather(*(answers_again(task) for task in tasks))
    seen = await asyncio.gather(*(connections_under_load(task) for task in tasks))
    assert max(seen) <= 32
    for task in tasks:
        await task.close()


async def test_a_request_without_a_place_in_the_pool_is_refused_with_the_reason(postgres, monkeypatch):
    monkeypatch.setattr("app.stores.database.POOL_WAIT_S", 0.05)
    database = Database(DatabaseAddress(postgres.admin, secret_arn=None, endpoint_url=None), SHARE)
    await answers_again(database)
    async with database.transaction(), database.transaction(), database.transaction(), database.transaction():
        database.follow(0)  # of which the least that a task holds is left
        with pytest.raises(UnavailableError):
            await database.check()
    await database.check()
    await database.close()

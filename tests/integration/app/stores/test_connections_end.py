"""Whenever the server ends a connection, the transaction fails as one that may be retried, and in no other way."""

import asyncio

import asyncpg

from app.platform.errors import UnavailableError
from app.stores.database import Database
from app.stores.database_address import DatabaseAddress
from app.stores.pool import Share
from tests.postgres import new_postgres

CLIENTS = 8
TRANSACTIONS = 60
"""The number for each client. While connections ended all the time, one of four failed with an error of the driver."""
END_SOME = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spendsense' AND random() < 0.7
"""
END_ALL = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = 'spendsense'"
"""Waits until each has ended: a signal that is still under way would hit the last check as well."""


async def test_a_connection_may_end_at_any_moment_also_while_it_is_set_up() -> None:
    with new_postgres("spendsense_admin") as server:
        address = DatabaseAddress(server.admin, secret_arn=None, endpoint_url=None)
        database = Database(address, Share(task_cpu_units=1024, max_tasks=1))
        failed: list[Exception] = []

        async def use() -> None:
            for _ in range(TRANSACTIONS):
                try:
                    async with database.transaction() as connection:
                        await connection.exec_driver_sql("SELECT generate_series(1, 300)")
                except UnavailableError as exc:
                    failed.append(exc)

        used = asyncio.Event()

        async def end_connections() -> None:
            connection = await asyncpg.connect(server.admin)
            try:
                while not used.is_set():
                    await connection.execute(END_SOME)
                    await asyncio.sleep(0.003)
                await connection.execute(END_ALL)
            finally:
                connection.terminate()

        async with asyncio.TaskGroup() as group:
            group.create_task(end_connections())
            await asyncio.gather(*(use() for _ in range(CLIENTS)))
            used.set()
        assert len(failed) > CLIENTS, "many were hit"
        await database.check()
        await database.close()

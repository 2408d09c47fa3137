"""A user's rows in a real database, and files that are merged into them."""

import asyncio
import datetime
import io
import secrets
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import text

from app.stores.database import engine_of_one_program
from app.stores.database_address import DatabaseAddress
from app.transactions import repository
from app.transactions.copy_text import account_line, copy_line, removal_line
from app.transactions.identity import Places
from app.transactions.merging import Merged, merge_staged
from app.transactions.model import Account, PaymentChannel, Removal, Transaction

Row = Transaction | Removal | Account

CAFE = Transaction(
    account_id="chk",
    transaction_id=None,
    date=datetime.date(2026, 1, 5),
    amount=Decimal("4.50"),
    currency="USD",
    merchant_name="Corner Cafe",
    payment_channel=PaymentChannel.IN_STORE,
    category="FOOD_AND_DRINK",
    pending=False,
)
T1 = CAFE._replace(transaction_id="t1")


def day(number: int) -> datetime.date:
    """A day of January 2026, or after it."""
    return datetime.date(2025, 12, 31) + datetime.timedelta(days=number)


class Store:
    """A user's rows, and files that are merged into them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.address = DatabaseAddress(url, secret_arn=None, endpoint_url=None)
        self.user_id = uuid4()

    def query(self, statement: str, *parameters: object) -> list[asyncpg.Record]:
        async def fetch() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.url)
            try:
                return await connection.fetch(statement, *parameters)
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def merge(self, *rows: Row, ids_are_unique: bool = True) -> Merged:
        places, lines = Places(), []
        for row in rows:
            if isinstance(row, Transaction):
                lines.append(copy_line(places, row))
            else:
                lines.append(removal_line(row) if isinstance(row, Removal) else account_line(row))
        [upload] = self.query(
            "INSERT INTO uploads (user_id, sha256, storage_key, size_bytes, row_count) VALUES ($1, $2, 'k', 1, 1)"
            " RETURNING id",
            self.user_id,
            secrets.token_hex(32),
        )

        async def merged() -> Merged:
            engine = engine_of_one_program(self.address)
            try:
                async with engine.begin() as connection:
                    await connection.execute(
                        text("SELECT 1 FROM users WHERE id = :id FOR NO KEY UPDATE"), {"id": self.user_id}
                    )
                    await repository.stage(connection, io.BytesIO("".join(lines).encode()))
                    return await merge_staged(
                        connection, user_id=self.user_id, upload_id=upload["id"], ids_are_unique=ids_are_unique
                    )
            finally:
                await engine.dispose()

        return asyncio.run(merged())

    def counts(self, *rows: Row, **how: bool) -> tuple[int, int, int]:
        found = self.merge(*rows, **how)
        return found.accepted, found.updated, found.removed

    def rows(self, columns: str = "amount, merchant_name, pending") -> list[tuple[Any, ...]]:
        found = self.query(f"SELECT {columns} FROM transactions WHERE user_id = $1 ORDER BY date, amount", self.user_id)  # noqa: S608
        return [tuple(row) for row in found]

    def versions(self, columns: str = "amount, pending, fate") -> list[tuple[Any, ...]]:
        statement = f"SELECT {columns} FROM transaction_versions WHERE user_id = $1 ORDER BY number"  # noqa: S608
        return [tuple(row) for row in self.query(statement, self.user_id)]

    def ids(self) -> list[UUID]:
        return [row[0] for row in self.rows("id")]

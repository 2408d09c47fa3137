"""Account ids as older code stored them."""

import secrets
from enum import StrEnum
from typing import Any

import httpx

from app.platform.settings import Settings
from app.transactions.account_ids import AccountIds, UsersAccountIds
from tests.integration.app.running import settings_with
from tests.integration.app.uploads.test_formats import transactions, upload

KEY = secrets.token_hex(32)

IDS = AccountIds(KEY)

TRANSACTIONS = "/api/v1/transactions"

TABLES = ("transactions", "transaction_versions", "accounts")


class Form(StrEnum):
    """The forms in which older code stored an account's id."""

    UNKEYED = "unkeyed"
    SHARED = "shared"


def with_key(settings: Settings, key: str | None) -> Settings:
    return settings_with(settings, account_id_key=key)


async def accounts(client, user) -> list[str]:
    return sorted({str(row["account_id"]) for row in await transactions(client, user)})


async def stored_ids(database) -> set[str]:
    found = await database.fetch(
        "SELECT account_id FROM transactions UNION SELECT account_id FROM transaction_versions"
        " UNION SELECT account_id FROM accounts"
    )
    return {row["account_id"] for row in found}


async def own(database: Any, account_id: str, email: str = "alice@example.com") -> str:
    """Return what an account of the user is stored as."""
    user_id = await database.fetchval("SELECT id FROM users WHERE email = $1", email)
    return UsersAccountIds(IDS, user_id).of_stored(account_id)


async def upload_to_older_code(
    client: httpx.AsyncClient, database: Any, user: dict[str, str], content: str, form: Form
) -> None:
    """Store a file's rows as older code does, which does not know what the present code has noted."""
    note = await database.fetchrow("DELETE FROM account_id_key RETURNING *")
    assert (await upload(client, user, content)).status_code == 201
    if note is not None:
        await database.execute("INSERT INTO account_id_key VALUES ($1, $2, $3)", *note.values())
    if form is Form.SHARED:
        for account_id in await stored_ids(database):
            for table in TABLES:
                await database.execute(
                    f"UPDATE {table} SET account_id = $2 WHERE account_id = $1",  # noqa: S608 - no input in it
                    account_id,
                    IDS.shared(account_id),
                )


async def found_under(client: httpx.AsyncClient, user: dict[str, str], account_id: str) -> int:
    answer = await client.get(TRANSACTIONS, headers=user, params={"account_id": account_id})
    return len(answer.json()["items"])

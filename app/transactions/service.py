"""List and search transactions, and give one a category of the user's own."""

import datetime
from uuid import UUID

from app.platform.errors import NotFoundError
from app.platform.paging import Page, page_of, position_in, unusable_cursor
from app.stores.changes import changing
from app.transactions import repository
from app.transactions.account_id_conversion import ids_of
from app.transactions.filters import Filters
from app.transactions.resources import TransactionsResources
from app.transactions.schemas import StoredTransaction, Versions


async def transactions(
    resources: TransactionsResources, user_id: UUID, filters: Filters, *, cursor: str | None, limit: int
) -> Page[StoredTransaction]:
    """Return a page of the transactions, the latest day first. Errors: InvalidInputError for a foreign cursor."""
    after = position_of(cursor)
    key = resources.account_id_key.ids
    async with resources.database.transaction() as connection:
        ids = None if key is None or filters.account_id is None else await ids_of(connection, user_id, key)
        found = await repository.page(connection, user_id, filters, ids=ids, after=after, limit=limit + 1)
    return page_of(found, limit, lambda row: (row.date.isoformat(), str(row.id)))


def position_of(cursor: str | None) -> tuple[datetime.date, UUID] | None:
    """Decode a cursor of the list. Errors: InvalidInputError."""
    if cursor is None:
        return None
    date, row_id = position_in(cursor, 2)
    try:
        return datetime.date.fromisoformat(date), UUID(row_id)
    except ValueError:
        raise unusable_cursor() from None


async def transaction(resources: TransactionsResources, user_id: UUID, transaction_id: UUID) -> StoredTransaction:
    """Return one transaction. Errors: NotFoundError, also for another user's."""
    async with resources.database.transaction() as connection:
        return known(await repository.one(connection, user_id, transaction_id))


async def versions(resources: TransactionsResources, user_id: UUID, transaction_id: UUID) -> Versions:
    """Return a transaction's earlier states, even if it was removed. Errors: NotFoundError, also for another user's."""
    async with resources.database.transaction() as connection:
        found = await repository.versions(connection, user_id, transaction_id)
        if not found:
            known(await repository.one(connection, user_id, transaction_id))
    return Versions(items=found)


async def set_category(
    resources: TransactionsResources, user_id: UUID, transaction_id: UUID, category: str | None
) -> StoredTransaction:
    """Change a transaction's category. Errors: NotFoundError, also for another user's."""
    async with changing(resources, user_id) as connection:
        return known(await repository.set_category(connection, user_id, transaction_id, category))


def known(found: StoredTransaction | None) -> StoredTransaction:
    """Return what was found. Errors: NotFoundError for None."""
    if found is None:
        raise NotFoundError("There is no such transaction")
    return found

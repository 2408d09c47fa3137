"""/api/v1/transactions: list, search, and set a category."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.identity.bearer import CurrentUserId
from app.platform import api
from app.platform.paging import Page
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute
from app.transactions import service
from app.transactions.filters import ListQuery
from app.transactions.resources import TransactionsResourcesDep
from app.transactions.schemas import CategoryChange, StoredTransaction, Versions

router = APIRouter(
    route_class=RepeatedRoute,
    prefix=f"{api.PREFIX}/transactions",
    tags=["transactions"],
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.get("")
async def transactions(
    query: Annotated[ListQuery, Query()], user_id: CurrentUserId, resources: TransactionsResourcesDep
) -> Page[StoredTransaction]:
    """List transactions, the latest day first; all given filters must match.

    Pages are stable: rows added meanwhile do not move others between pages. Keep the filters while following a cursor.
    """
    return await service.transactions(resources, user_id, query, cursor=query.cursor, limit=query.limit)


@router.get("/{transaction_id}", responses=documented(HTTPStatus.NOT_FOUND))
async def transaction(
    transaction_id: UUID, user_id: CurrentUserId, resources: TransactionsResourcesDep
) -> StoredTransaction:
    """Read one transaction."""
    return await service.transaction(resources, user_id, transaction_id)


@router.get("/{transaction_id}/versions", responses=documented(HTTPStatus.NOT_FOUND))
async def versions(transaction_id: UUID, user_id: CurrentUserId, resources: TransactionsResourcesDep) -> Versions:
    """Read earlier states of a transaction, before the bank changed, replaced or removed it; the latest state first."""
    return await service.versions(resources, user_id, transaction_id)


@router.patch("/{transaction_id}", responses=documented(HTTPStatus.NOT_FOUND))
async def change_category(
    transaction_id: UUID, change: CategoryChange, user_id: CurrentUserId, resources: TransactionsResourcesDep
) -> StoredTransaction:
    """Give a transaction a category of your own; later uploads do not change it. Null returns to the bank's."""
    return await service.set_category(resources, user_id, transaction_id, change.category)

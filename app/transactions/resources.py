"""The resources of stored transactions."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.stores.resources import SharedResources, resources_of
from app.transactions.account_id_key import AccountIdKey


@dataclass(frozen=True, kw_only=True)
class TransactionsResources(SharedResources):
    """account_id_key: the key under which account ids are stored as pseudonyms."""

    account_id_key: AccountIdKey


TransactionsResourcesDep = Annotated[TransactionsResources, Depends(resources_of)]

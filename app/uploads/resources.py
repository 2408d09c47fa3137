"""The resources of uploads."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.stores.resources import resources_of
from app.transactions.resources import TransactionsResources
from app.uploads.readers import Readers


@dataclass(frozen=True, kw_only=True)
class UploadsResources(TransactionsResources):
    """readers: read files in child processes."""

    readers: Readers


UploadsResourcesDep = Annotated[UploadsResources, Depends(resources_of)]

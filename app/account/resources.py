"""The resources of an account's export and erasure, which concern everything a user has."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.insights.resources import InsightsResources
from app.stores.resources import resources_of
from app.uploads.resources import UploadsResources


@dataclass(frozen=True, kw_only=True)
class AccountResources(InsightsResources, UploadsResources):
    """The resources of insights and uploads together."""


AccountResourcesDep = Annotated[AccountResources, Depends(resources_of)]

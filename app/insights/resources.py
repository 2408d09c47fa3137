"""The resources of insights."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.identity.resources import IdentityResources
from app.insights.cache import InsightsCache
from app.insights.questions import Questions
from app.stores.resources import resources_of
from app.workers.client import Workers


@dataclass(frozen=True, kw_only=True)
class InsightsResources(IdentityResources):
    """The resources of identity are for cached responses, which verify the user's token themselves (response_cache)."""

    insights: InsightsCache
    questions: Questions
    workers: Workers


InsightsResourcesDep = Annotated[InsightsResources, Depends(resources_of)]

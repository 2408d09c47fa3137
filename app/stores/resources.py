"""The resources that every domain uses.

A domain that needs more adds fields to them in its own `resources.py`; app/resources.py makes one object of all. So a
domain sees only what it uses, and imports no domain above it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request

from app.platform.audit import AuditLog
from app.platform.background import Background
from app.platform.fair_queue import FairQueues
from app.platform.rate_limits import RateLimiter
from app.platform.settings import Settings
from app.stores.database import Database
from app.stores.storage import Storage


class CachedResponses(Protocol):
    """Cached responses that a change of a user's rows makes invalid."""

    async def forget(self, user_id: UUID) -> None:
        """Invalidate the user's responses. Call it after a change is committed, before it is acknowledged."""


@dataclass(frozen=True, kw_only=True)
class SharedResources:
    """Created with the application, closed at its end. Creating them does not connect to anything."""

    settings: Settings
    database: Database
    storage: Storage
    insights: CachedResponses
    audit: AuditLog
    limiter: RateLimiter
    background: Background
    queues: FairQueues


async def resources_of(request: Request) -> Any:
    """Return the application's resources: an object of the class that an endpoint names."""
    return request.app.state.resources


SharedResourcesDep = Annotated[SharedResources, Depends(resources_of)]

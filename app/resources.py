"""What one process holds while it serves: settings, and the clients of what is outside."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.cache import Cache
from app.database import Database
from app.settings import Settings
from app.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Made with the application, closed at its end. Making it connects to nothing."""

    settings: Settings
    database: Database
    cache: Cache
    storage: Storage

    @classmethod
    def of(cls, settings: Settings) -> "Resources":
        """The clients these settings describe."""
        return cls(
            settings=settings,
            database=Database(settings.database_url.get_secret_value()),
            cache=Cache(settings.redis_url.get_secret_value()),
            storage=Storage(
                bucket=settings.data_bucket,
                region=settings.aws_region,
                endpoint_url=settings.aws_endpoint_url,
            ),
        )

    async def close(self) -> None:
        """Close every connection."""
        self.storage.close()
        await self.cache.close()
        await self.database.close()


def resources_of(request: Request) -> Resources:
    """The application's resources, for an endpoint."""
    found: Resources = request.app.state.resources
    return found


ResourcesOfApp = Annotated[Resources, Depends(resources_of)]

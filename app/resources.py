"""Creates the resources of a process: settings, and the clients of external services, for all domains."""

import importlib
from dataclasses import dataclass
from typing import Annotated

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Depends

from app.account.resources import AccountResources
from app.identity.guard import LogInGuard
from app.identity.live_sessions import LiveSessions
from app.identity.openid_connect import OpenIdProvider
from app.identity.stuffing import Stuffing
from app.identity.tokens import TokenSigner
from app.insights.cache import InsightsCache
from app.insights.questions import Questions
from app.mail.mailer import SesMailer
from app.mail.sender import Sender
from app.platform.audit import AuditLog
from app.platform.background import Background, Bounded
from app.platform.fair_queue import FairQueues
from app.platform.pseudonyms import Pseudonyms
from app.platform.rate_limits import RateLimiter
from app.platform.settings import Settings
from app.platform.short_cache import ShortCache
from app.stores.cache import Cache
from app.stores.database import Database
from app.stores.database_address import DatabaseAddress
from app.stores.pool import VCPU_UNITS, Share
from app.stores.resources import resources_of
from app.stores.storage import Storage
from app.transactions.account_id_key import AccountIdKey
from app.uploads.readers import Readers
from app.workers.client import Workers
from app.workers.pace import PART_FOR_WORK

# CPU work in threads: more at a time would only use memory and slow each other down.
CONCURRENT_PASSWORD_HASHES = 2
# Concurrent requests for a new password; further ones are dropped, and that is logged.
CONCURRENT_RESET_REQUESTS = 200

# Too slow to import in a process that has to serve immediately; none is imported with the application's own modules.
WARMED_UP = ("jwt", "asyncpg", "redis.asyncio")


@dataclass(frozen=True, kw_only=True)
class Resources(AccountResources):
    """All domains' resources in one object. Creating it does not connect to anything."""

    cache: Cache
    readiness: ShortCache

    @classmethod
    def of(cls, settings: Settings) -> "Resources":
        cache = Cache(settings.redis_address)
        database = database_of(settings)
        limiter = RateLimiter.of(settings)
        audit = limiter.audit = AuditLog(settings.jwt_secret_key.get_secret_value())
        background = Background()
        workers = Workers(cpus=PART_FOR_WORK * settings.task_cpu_units / VCPU_UNITS)
        pseudonyms = Pseudonyms(settings.jwt_secret_key.get_secret_value(), "log-in attempts")
        return cls(
            settings=settings,
            database=database,
            cache=cache,
            insights=InsightsCache(cache),
            questions=Questions(),
            storage=Storage(
                bucket=settings.data_bucket,
                region=settings.aws_region,
                endpoint_url=settings.aws_endpoint_url,
            ),
            tokens=TokenSigner(
                settings.jwt_secret_key.get_secret_value(),
                [key.get_secret_value() for key in settings.jwt_additional_keys],
            ),
            provider=OpenIdProvider.of(settings),
            limiter=limiter,
            guard=LogInGuard(limiter, pseudonyms, off=not settings.rate_limit_login_per_minute),
            live_sessions=LiveSessions(limiter, database),
            audit=audit,
            sender=Sender(database, mailer_of(settings)),
            reset_requests=Bounded(background, at_most=CONCURRENT_RESET_REQUESTS),
            stuffing=Stuffing(limiter, pseudonyms),
            account_id_key=AccountIdKey.of(database, settings.account_id_key),
            readiness=ShortCache(),
            password_hashes=CapacityLimiter(CONCURRENT_PASSWORD_HASHES),
            workers=workers,
            readers=Readers(workers),
            queues=FairQueues(),
            background=background,
        )

    def warm_up(self) -> None:
        """Import what the first requests will need; runs in a thread, some time after the start."""
        self.import_clients()
        self.workers.start()

    def import_clients(self) -> None:
        """Import the client libraries of database, Redis and storage, once; it takes a second of one CPU."""
        for library in WARMED_UP:
            importlib.import_module(library)
        # SQLAlchemy is imported only through this property, by one thread at a time: its packages import each other in
        # circles, and Python lets the second of two importing threads see them half initialized.
        getattr(self.database, "engine")  # noqa: B009
        self.storage.client()

    async def close(self) -> None:
        await self.background.end()
        await anyio.to_thread.run_sync(self.workers.close)
        self.storage.close()
        if self.sender.mailer is not None:
            self.sender.mailer.close()
        await self.limiter.close()
        await self.cache.close()
        await self.database.close()


def database_of(settings: Settings) -> Database:
    """Make the database client, with this task's share of its connections."""
    share = Share(
        task_cpu_units=settings.task_cpu_units,
        max_tasks=settings.max_tasks,
        limit=settings.database_max_connections,
    )
    return Database(DatabaseAddress.of(settings), share)


def mailer_of(settings: Settings) -> SesMailer | None:
    """Make the mailer; None where mail is switched off."""
    if settings.mail_from is None:
        return None
    return SesMailer(mail_from=settings.mail_from, region=settings.aws_region, endpoint_url=settings.aws_endpoint_url)


ResourcesDep = Annotated[Resources, Depends(resources_of)]

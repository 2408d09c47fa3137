"""The application: routes, middleware, lifespan; `app` for uvicorn."""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

import app as package
from app import health, version
from app.account import endpoints as account
from app.account import password_endpoints as password
from app.account import session_endpoints as sessions
from app.identity import endpoints as identity
from app.identity import mail_endpoints as mail
from app.identity import oidc_endpoints as oidc
from app.insights import endpoints as insights
from app.insights.response_cache import ResponseCache
from app.operator import endpoints as operator
from app.platform import openapi, problems, tracing
from app.platform.edge import DOCS_PATH, Cors, Edge
from app.platform.logs import configure_logging
from app.platform.metrics import Metrics
from app.platform.middleware import BodyLimit, RequestLog
from app.platform.rate_limit_middleware import RateLimits
from app.platform.settings import Environment, Settings, load_or_exit
from app.resources import Resources
from app.transactions import endpoints as transactions
from app.uploads import announcement_endpoints as announcements
from app.uploads import endpoints as uploads
from app.uploads.processing import resume_interrupted_uploads

log = logging.getLogger(__name__)

WARM_UP_DELAY_S = 5
# How long the event loop waits for a computing thread; Python's default of 5 ms is as long as a response takes.
SWITCH_INTERVAL_S = 0.001
DOCUMENTED = (Environment.LOCAL, Environment.DEV)
BODY_LIMIT_BYTES = 64 * 1024
BODY_LIMITS_BY_PATH = {uploads.PATH: uploads.BODY_LIMIT_BYTES}


def create_app(settings: Settings) -> FastAPI:
    """Assemble the service, without connecting to anything."""
    spans = tracing.tracer_provider(settings)
    metrics = Metrics(settings.environment.value, settings.metrics_namespace)
    application = FastAPI(
        title="SpendSense",
        version=package.__version__,
        description="Shows people where their money goes.",
        lifespan=lifespan,
        # The page loads its scripts from another site; the document itself is always available.
        docs_url=DOCS_PATH if settings.environment in DOCUMENTED else None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the caller's Host
        telemetry=tracing.telemetry(spans),
    )
    application.state.resources = Resources.of(settings)
    application.state.metrics = metrics
    application.state.spans = spans
    problems.install(application)
    platform = (health, version)
    users = (identity, mail, oidc, account, sessions, password, operator)
    data = (insights, transactions, uploads, announcements)
    # Routes are tried in this order: the most requested ones come first.
    # They are added as they are: `include_router` would analyze every endpoint again while the first requests wait.
    for part in (*data, *users, *platform):
        application.router.routes.extend(part.router.routes)
    openapi.install(application)
    limiter = application.state.resources.limiter
    limiter.metrics = metrics
    application.state.resources.sender.metrics = metrics
    if spans is None:  # with traces, every request goes through the application and has its span
        application.add_middleware(ResponseCache, resources=application.state.resources)
    application.add_middleware(BodyLimit, default=BODY_LIMIT_BYTES, by_path=BODY_LIMITS_BY_PATH)
    application.add_middleware(RateLimits, limiter=limiter)
    if settings.cors_allowed_origins:
        application.add_middleware(Cors, origins=settings.cors_allowed_origins)
    application.add_middleware(
        Edge,
        trusted=settings.trusted_proxies,
        allowed_hosts=settings.allowed_hosts,
        gateways=settings.gateway_networks,
    )
    application.add_middleware(RequestLog, metrics=metrics)
    return application


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """Start and stop the background work. At the end, uvicorn has finished every request: close what is open."""
    resources: Resources = application.state.resources
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    log.info("Serving", extra={"action": "started", "version": package.__version__})
    metrics: Metrics = application.state.metrics
    in_background = [
        asyncio.create_task(warm_up(resources)),
        asyncio.create_task(metrics.write_every(resources.settings.metrics_interval_s)),
        asyncio.create_task(resume_interrupted_uploads(resources)),
        asyncio.create_task(resources.sender.run()),
    ]
    try:
        yield
    finally:
        for task in in_background:
            task.cancel()
        await asyncio.wait(in_background)
        await resources.close()
        if application.state.spans is not None:
            await anyio.to_thread.run_sync(application.state.spans.shutdown)
    log.info("Stopped", extra={"action": "stopped"})


async def warm_up(resources: Resources) -> None:
    """Import what most requests need, after the first health checks and not while another task starts."""
    await asyncio.sleep(WARM_UP_DELAY_S)
    try:
        await anyio.to_thread.run_sync(resources.warm_up)
        gc.freeze()  # existing objects stay: garbage collections need not scan them while requests wait
    # Nobody awaits this task, so its errors end here: the request that needs the same import reports them.
    except Exception:  # pylint: disable=broad-exception-caught
        log.exception("Warming up failed", extra={"action": "warm_up_failed"})


def app_from_environment() -> FastAPI:
    """Make the application that uvicorn serves. Exits with one line when the environment cannot be used."""
    settings = load_or_exit(Settings)
    configure_logging(settings, tracing.trace_id_source(settings))
    return create_app(settings)


def __getattr__(name: str) -> FastAPI:
    """Make `app` when a server requests it, so that importing this module needs no environment."""
    if name == "app":
        application = app_from_environment()
        globals()["app"] = application
        return application
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

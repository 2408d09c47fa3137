"""Applications that a test creates itself: their settings, and a client from start to stop."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from app.platform.settings import Settings


@asynccontextmanager
async def client_of(
    application: FastAPI, *, address: str = "127.0.0.1", raise_app_exceptions: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    """Start the application and yield a client with this address; stop the application afterwards."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=raise_app_exceptions, client=(address, 123))
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


def settings_with(settings: Settings, **changes: object) -> Settings:
    """Return the settings with these changes, validated like any other settings."""
    return type(settings)(**{**settings.model_dump(), **changes})


def let_no_wait_end(application: FastAPI) -> None:
    """Stop the clock by which an attempt to log in waits after wrong passwords."""
    now = time.time()
    application.state.resources.guard.now = lambda: now

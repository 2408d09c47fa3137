"""An HTTP server inside this process."""

import contextlib
from collections.abc import Iterator
from typing import Any

import uvicorn


class EmbeddedServer(uvicorn.Server):
    """uvicorn without its signal handlers: the process's own loop decides when to stop."""

    def __init__(self, app: Any, *, stop_wait_s: int = 2) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=stop_wait_s,
                ws="websockets-sansio",
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

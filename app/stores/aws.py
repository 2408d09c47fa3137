"""AWS clients with timeouts. They are botocore's: boto3 adds nothing that is used here and takes 2 MiB.

Importing botocore takes as long as the whole start of the service, so the first client imports it.
"""

import threading
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """The address of an AWS service, and the timeouts of its client. `endpoint_url` None: AWS itself."""

    region: str
    endpoint_url: str | None
    connect_timeout_s: float = 2
    read_timeout_s: float = 10
    attempts: int


def client(service: str, settings: ClientSettings, **options: object) -> Any:
    """Make a client for one service; `options` are botocore's. Takes tens of ms: keep it off the event loop."""
    from botocore.config import Config  # pylint: disable=import-outside-toplevel
    from botocore.session import get_session  # pylint: disable=import-outside-toplevel

    return get_session().create_client(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        config=Config(
            connect_timeout=settings.connect_timeout_s,
            read_timeout=settings.read_timeout_s,
            retries={"total_max_attempts": settings.attempts, "mode": "standard"},
            **options,
        ),
    )


class Client:
    """A client that is made once, at its first use: making one takes time and is not thread-safe, using it is."""

    def __init__(self, service: str, settings: ClientSettings, **options: object) -> None:
        self.service = service
        self.settings = settings
        self.options = options
        self.lock = threading.Lock()
        self.made: Any = None

    def get(self) -> Any:
        with self.lock:
            if self.made is None:
                self.made = client(self.service, self.settings, **self.options)
            return self.made

    def close(self) -> None:
        """Close the client's connections, if one was made."""
        if self.made is not None:
            self.made.close()

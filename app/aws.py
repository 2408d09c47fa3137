"""boto3's clients, each with deadlines. Importing boto3 takes as long as the service's start: the first client does."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a service of AWS is, and how long to wait for it. `endpoint_url` None is AWS itself."""

    region: str
    endpoint_url: str | None
    connect_timeout_s: float
    answer_timeout_s: float
    attempts: int


def client(service: str, reach: Reach, **options: object) -> Any:
    """A client of one service; `options` are botocore's own. Takes tens of ms: not for the event loop."""
    import boto3  # pylint: disable=import-outside-toplevel
    from botocore.config import Config  # pylint: disable=import-outside-toplevel

    return boto3.client(
        service,
        region_name=reach.region,
        endpoint_url=reach.endpoint_url,
        config=Config(
            connect_timeout=reach.connect_timeout_s,
            read_timeout=reach.answer_timeout_s,
            retries={"total_max_attempts": reach.attempts, "mode": "standard"},
            **options,
        ),
    )

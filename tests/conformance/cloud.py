"""AWS as the cases see it, ours or the real one: clients, names, waits for conditions, removal at the end.

The local cloud is unknown here and to the cases; only `local.py` knows it, and starts it.
"""

import contextlib
import itertools
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

T = TypeVar("T")
Wire = dict[str, Any]

PREFIX = "SPENDSENSE_CONFORMANCE_"
AWS = "aws"
PUBLIC_IMAGE = "python:3.11-slim"
FIRST_PORT = 18_000


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The cloud that the cases run on. `endpoint`: None for AWS's own; `speed` divides AWS's waits (1 on AWS).

    `image` has `sh` and `python3` on its PATH. `hook_function`: a Lambda function that returns SUCCEEDED.
    """

    endpoint: str | None
    region: str
    subnets: list[str]
    vpc: str
    image: str
    speed: float = 1.0
    task_groups: list[str] = field(default_factory=list)
    balancer_groups: list[str] = field(default_factory=list)
    execution_role: str = ""
    infrastructure_role: str = ""
    hook_function: str = ""
    hook_role: str = ""
    public_addresses: bool = False
    log_group: str = ""
    credentials: dict[str, str] = field(default_factory=dict)
    free_port: Callable[[], int] | None = None
    """None: use ports from 18000 up, which the load balancer's security group must admit."""


def from_environment() -> Settings | None:
    """Read the variables; None when they request the local cloud. Errors: pytest.UsageError for missing ones."""
    endpoint = _variable("ENDPOINT")
    if endpoint in ("", "local"):
        return None
    needed = ("REGION", "VPC", "SUBNETS", "EXECUTION_ROLE", "INFRASTRUCTURE_ROLE", "LOG_GROUP")
    missing = [PREFIX + name for name in needed if not _variable(name)]
    if missing:
        raise pytest.UsageError(f"{PREFIX}ENDPOINT is {endpoint!r}, which also needs {', '.join(missing)}; see README")
    return Settings(
        endpoint=None if endpoint == AWS else endpoint,
        region=_variable("REGION"),
        vpc=_variable("VPC"),
        subnets=_list("SUBNETS"),
        task_groups=_list("TASK_SECURITY_GROUPS"),
        balancer_groups=_list("BALANCER_SECURITY_GROUPS"),
        image=_variable("IMAGE") or PUBLIC_IMAGE,
        execution_role=_variable("EXECUTION_ROLE"),
        infrastructure_role=_variable("INFRASTRUCTURE_ROLE"),
        hook_function=_variable("HOOK_FUNCTION"),
        hook_role=_variable("HOOK_ROLE"),
        public_addresses=_variable("PUBLIC_ADDRESSES") == "yes",
        log_group=_variable("LOG_GROUP"),
        speed=float(_variable("SPEED") or 1),
    )


def _variable(name: str) -> str:
    return os.environ.get(PREFIX + name, "").strip()


def _list(name: str) -> list[str]:
    return [part.strip() for part in _variable(name).split(",") if part.strip()]


class Cloud:
    """Clients and waits. Every resource is named `conformance-<6 hex>-...` and goes to `at_the_end` for removal."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = f"conformance-{uuid.uuid4().hex[:6]}"
        self._numbers = itertools.count(1)
        self._ports = itertools.count(FIRST_PORT)
        self._ends = contextlib.ExitStack()
        self.client = cache(self._client)

    @property
    def ecs(self) -> Any:
        return self.client("ecs")

    @property
    def elb(self) -> Any:
        return self.client("elbv2")

    def _client(self, service: str) -> Any:
        # The service should refuse wrong parameters, not the client before it sends them.
        config = Config(
            retries={"mode": "standard", "max_attempts": 8},
            connect_timeout=10,
            read_timeout=60,
            parameter_validation=False,
        )
        return boto3.client(
            service,
            endpoint_url=self.settings.endpoint,
            region_name=self.settings.region,
            config=config,
            **self.settings.credentials,
        )

    def new_name(self, what: str) -> str:
        """Return a unique name of at most 32 characters, a target group's limit."""
        return f"{self.name}-{what[:8]}-{next(self._numbers)}"

    def port(self) -> int:
        """Return a port for a listener."""
        return self.settings.free_port() if self.settings.free_port else next(self._ports)

    def until(self, condition: Callable[[], T], what: str, aws_s: float = 300.0) -> T:
        """Poll until the condition returns a true value.

        `aws_s`: how long AWS may take; the local cloud gets its share, and 30 s more for a busy machine. Errors:
        AssertionError with what was waited for and the last response.
        """
        deadline = time.monotonic() + aws_s / self.settings.speed + 30
        while True:
            answer = condition()
            if answer:
                return answer
            assert time.monotonic() < deadline, f"waited {aws_s:g} s of AWS's time for {what}; last {answer!r}"
            time.sleep(self.poll_s)

    @property
    def poll_s(self) -> float:
        """Pause between polls, which AWS's request rates allow."""
        return 3 / self.settings.speed

    def aws_seconds(self, begin: datetime, end: datetime) -> float:
        """Return the seconds between two timestamps of the API, in AWS's time."""
        return (end - begin).total_seconds() * self.settings.speed

    def waiter_delay(self, aws_s: int) -> Wire:
        """Return a WaiterConfig with AWS's own pause, divided by the speed (whole seconds, as botocore requires)."""
        return {"Delay": max(1, round(aws_s / self.settings.speed)), "MaxAttempts": 60}

    def at_the_end(self, remove: Callable[..., Any], *arguments: Any, **parameters: Any) -> None:
        """Register a removal: the last one registered runs first; an error (already gone) does not stop the others."""

        def removal() -> None:
            with contextlib.suppress(ClientError):
                remove(*arguments, **parameters)

        self._ends.callback(removal)

    def remove_everything(self) -> None:
        self._ends.close()

    @contextlib.contextmanager
    def refused(self, *codes: str) -> Iterator[Wire]:
        """Expect a refusal with one of the codes; yields a dict that gets `code` and `message`."""
        found: Wire = {}
        with pytest.raises(ClientError) as caught:
            yield found
        error = caught.value.response["Error"]
        found |= {"code": error["Code"], "message": error["Message"]}
        assert error["Code"] in codes, error

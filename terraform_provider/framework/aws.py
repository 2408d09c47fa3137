"""AWS as one configured provider sees it: clients, account, partition, default tags."""

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from terraform_provider.framework.errors import SERVICE, doing
from terraform_provider.values.unknown import Value

CONNECTIONS = 32
CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
ENDPOINT_NAMES = {
    "application-autoscaling": ("applicationautoscaling", "appautoscaling"),
    "elbv2": ("elbv2", "elasticloadbalancingv2"),
    "events": ("events", "eventbridge", "cloudwatchevents"),
    "logs": ("logs", "cloudwatchlogs", "cloudwatchlog"),
    "resourcegroupstaggingapi": ("resourcegroupstaggingapi", "resourcegroupstagging"),
}
"""Names in the provider's `endpoints` that are not simply the service's name in botocore without its hyphens."""
MAKING = threading.Lock()  # botocore makes one client at a time


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The provider block's arguments that have an effect; None: from the environment, as botocore reads it."""

    region: str
    access_key: str | None = None
    secret_key: str | None = None
    token: str | None = None
    profile: str | None = None
    max_attempts: int = 5
    path_style: bool = False
    endpoints: Mapping[str, str] = field(default_factory=dict)
    default_tags: Value = field(default_factory=dict)
    """A map, or UNKNOWN."""
    ignored_tags: frozenset[str] = frozenset()
    ignored_tag_prefixes: tuple[str, ...] = ()


class Aws:
    """Clients are created on first use: a plan of one type loads only that type's service.

    In one process, providers with the same access to AWS share them.
    """

    def __init__(self, settings: Settings, stopping: threading.Event | None = None) -> None:
        self.settings = settings
        self.region = settings.region
        self.stopping = stopping or threading.Event()
        self._lock = threading.RLock()
        self._identity: Mapping[str, str] | None = None

    def client(self, service: str, region: str | None = None) -> Any:
        """Return botocore's client of a service, in the provider's region unless another is named."""
        with MAKING:
            return _client(
                service,
                region=region or self.region,
                endpoint=self._endpoint(service),
                access_key=self.settings.access_key,
                secret_key=self.settings.secret_key,
                token=self.settings.token,
                profile=self.settings.profile,
                max_attempts=self.settings.max_attempts,
                path_style=self.settings.path_style,
            )

    @property
    def identity(self) -> Mapping[str, str]:
        """The caller's identity according to AWS: `Account`, `Arn`, `UserId`."""
        with self._lock:
            if self._identity is None:
                with doing("retrieving caller identity"):
                    self._identity = self.client("sts").get_caller_identity()
            return self._identity

    @property
    def account_id(self) -> str:
        return self.identity["Account"]

    @property
    def partition(self) -> str:
        return partition_of(self.region)

    @property
    def dns_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """Compose an ARN; pass "" where a service's ARNs leave out the region or the account."""
        place = self.region if region is None else region
        owner = self.account_id if account is None else account
        return f"arn:{self.partition}:{service}:{place}:{owner}:{resource}"

    def _endpoint(self, service: str) -> str | None:
        names = ENDPOINT_NAMES.get(service, (service.replace("-", ""),))
        return next((self.settings.endpoints[name] for name in names if name in self.settings.endpoints), None)


@functools.cache
def _client(
    service: str,
    *,
    region: str,
    endpoint: str | None,
    access_key: str | None,
    secret_key: str | None,
    token: str | None,
    profile: str | None,
    max_attempts: int,
    path_style: bool,
) -> Any:
    from botocore.config import Config

    client = session(profile).create_client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": max_attempts},
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            max_pool_connections=CONNECTIONS,
            s3={"addressing_style": "path"} if path_style else None,
            user_agent_appid="terraform-provider",
        ),
    )
    client.meta.events.register("after-call", _note_service)
    return client


@functools.cache
def model(service: str) -> Any:
    """Return botocore's model of a service."""
    return session().get_service_model(service)


@functools.cache
def session(profile: str | None = None) -> Any:
    """Return botocore's session: creating one and reading a model takes as long as many calls to AWS."""
    # Not at the top: a process that only gives its schema or validates never makes a client.
    import botocore.session

    return botocore.session.Session(profile=profile)


def partition_of(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")


def _note_service(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Record in every response which service gave it, as botocore's errors do not say."""
    parsed.setdefault("ResponseMetadata", {})[SERVICE] = model.service_model.service_id

"""Every environment variable the service reads: type, default, unit, one line of meaning."""

import sys
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from app.platform.redis_address import encrypted
from app.platform.validation_text import reason


class Environment(StrEnum):
    """The deployment the process belongs to."""

    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$")]
MailAddress = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@([a-z0-9-]{1,63}\.)+[a-z]{2,63}$")]
HostName = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[a-z0-9.-]+$")]
SecretArn = Annotated[str, StringConstraints(pattern=r"^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:")]
PerMinute = Annotated[int, Field(ge=0, le=1_000_000)]

# A load balancer's address is in its VPC; no internet client is in any of these networks.
PRIVATE_NETWORKS = tuple(
    ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
)

# RFC 6598, which a VPC may also use.
SHARED_NETWORK = ip_network("100.64.0.0/10")


def private(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Refuse a network that contains internet clients: each of them could forge the client's address."""
    allowed = (*PRIVATE_NETWORKS, SHARED_NETWORK)
    if not any(
        network.version == each.version and network.subnet_of(each)  # type: ignore[arg-type]
        for each in allowed
    ):
        raise ValueError("should be a private network, such as 10.0.16.0/24")
    return network


PrivateNetwork = Annotated[IPv4Network | IPv6Network, AfterValidator(private)]

COULD_NOT_START = 3


class SettingsError(Exception):
    """The environment cannot be used. The message names each variable and never shows a value."""


class DatabaseSettings(BaseSettings):
    """Settings of a migration, and of every other program that only uses the database."""

    # hide_input_in_errors: a rejected value may be a secret.
    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    environment: Annotated[Environment, Field(description="The environment this process belongs to")]
    log_level: Annotated[LogLevel, Field(description="Lowest level of log record that is written")] = LogLevel.INFO
    app_revision: Annotated[str, Field(description="Deployed revision, shown by /version")] = "unknown"
    ecs_container_metadata_uri_v4: Annotated[
        str | None, Field(description="Set by ECS: address of the task metadata endpoint")
    ] = None
    database_url: Annotated[
        SecretStr,
        Field(description="postgresql://user:password@host:port/name; without a password: that of DATABASE_SECRET_ARN"),
    ]
    database_secret_arn: Annotated[
        SecretArn | None,
        Field(description="Secret to read when DATABASE_URL has no password or the database refuses it; unset: none"),
    ] = None
    database_fallback_secret_arn: Annotated[
        SecretArn | None,
        Field(
            description="Second secret to try if the first (`DATABASE_SECRET_ARN`) is missing or its password is "
            "refused; used while the password moves between secrets"
        ),
    ] = None
    database_ca_file: Annotated[
        str | None,
        Field(description="PEM file of the CAs trusted for the database's certificate; unset: those of RDS"),
    ] = None
    aws_endpoint_url: Annotated[str | None, Field(description="AWS-compatible endpoint; unset for AWS itself")] = None


class Settings(DatabaseSettings):
    """Settings of the service."""

    metrics_namespace: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_./#:-]{1,255}$",
            description="CloudWatch namespace of the service's metrics: one for each deployment in an account",
        ),
    ] = "SpendSense"
    redis_url: Annotated[SecretStr, Field(description="redis://host:port/number; rediss:// (TLS) outside local")]
    jwt_secret_key: Annotated[SecretStr, Field(min_length=32, description="Key that signs access tokens")]
    data_bucket: Annotated[str, Field(min_length=3, description="S3 bucket of raw uploads")]
    aws_region: Annotated[str, Field(description="AWS region of the bucket")]

    jwt_additional_keys: Annotated[
        tuple[Annotated[SecretStr, Field(min_length=32)], ...],
        Field(description="JSON list of further keys whose access tokens are accepted, for key rotation"),
    ] = ()
    account_id_key: Annotated[
        SecretStr | None,
        Field(
            min_length=32,
            description="Key of account id hashes; never change it while the database exists; unset: unkeyed hashes",
        ),
    ] = None
    # The pool: see app/stores/pool.py.
    task_cpu_units: Annotated[int, Field(ge=128, description="CPU units of the task; 1024 is one vCPU")] = 512
    max_tasks: Annotated[int, Field(ge=1, description="Highest number of tasks that scaling may set")] = 10
    database_max_connections: Annotated[
        int | None,
        Field(ge=10, description="Database connections of all tasks together; unset: the database's own limit"),
    ] = None
    metrics_interval_s: Annotated[int, Field(ge=1, description="Seconds between two lines of request metrics")] = 60
    image_digest: Annotated[str | None, Field(description="Digest of the image; unset: from the task metadata")] = None
    otel_exporter_otlp_endpoint: Annotated[
        str | None, Field(description="OpenTelemetry collector (OTLP over HTTP) for traces; unset: no traces")
    ] = None
    oauth_client_id: Annotated[SecretStr | None, Field(description="Client at the identity provider")] = None
    oauth_client_secret: Annotated[SecretStr | None, Field(description="Secret of that client")] = None
    oidc_issuer: Annotated[
        Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$")] | None,
        Field(description="Issuer of the OpenID Connect provider; with PUBLIC_URL, enables log-in through it"),
    ] = None
    mail_from: Annotated[
        MailAddress | None,
        Field(description="Sender address, verified in SES; unset: no mail is sent, and no address is confirmed"),
    ] = None
    public_url: Annotated[Origin | None, Field(description="Where browsers reach the service: https://host")] = None

    allowed_hosts: Annotated[
        tuple[HostName, ...],
        Field(
            description='JSON list of accepted host names, such as `["api.example.com"]`; `*.example.com` matches '
            "subdomains; empty: any host"
        ),
    ] = ()
    cors_allowed_origins: Annotated[
        tuple[Origin, ...], Field(description="JSON list of origins whose scripts may call the API; empty for none")
    ] = ()
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Field(description="JSON list of networks whose X-Forwarded-For and -Proto are trusted, for one hop"),
    ] = PRIVATE_NETWORKS
    gateway_networks: Annotated[
        tuple[PrivateNetwork, ...],
        Field(description="JSON list of private networks of an API Gateway's VPC link; empty: no gateway"),
    ] = ()

    rate_limit_user_per_minute: Annotated[
        PerMinute, Field(description="Requests per user and minute; 0 for no limit")
    ] = 300
    rate_limit_address_per_minute: Annotated[
        PerMinute, Field(description="Requests per address and minute; 0 for no limit")
    ] = 1200
    rate_limit_login_per_minute: Annotated[
        PerMinute,
        Field(description="Log-ins and registrations per address and minute; 0: no limit, and no delay after failures"),
    ] = 10

    @property
    def redis_address(self) -> str:
        """The address of Redis, with everything secret: that of the environment variable, with TLS outside `local`."""
        url = self.redis_url.get_secret_value()
        return url if self.environment is Environment.LOCAL else encrypted(url)

    @model_validator(mode="after")
    def complete_provider(self) -> Self:
        """Check that an identity provider is configured completely or not at all."""
        needed = {"OAUTH_CLIENT_ID": self.oauth_client_id, "PUBLIC_URL": self.public_url}
        absent = [name for name, value in needed.items() if not value]
        if self.oidc_issuer and absent:
            raise ValueError(f"OIDC_ISSUER is set, {' and '.join(absent)} is not")
        return self


SomeSettings = TypeVar("SomeSettings", bound=DatabaseSettings)


def load(kind: type[SomeSettings]) -> SomeSettings:
    """Read the environment once.

    Errors: SettingsError, naming each variable that is missing or unusable.
    """
    try:
        return kind.model_validate({})
    except ValidationError as exc:
        raise SettingsError("; ".join(complaint(error) for error in exc.errors(include_input=False))) from None
    except UnreadableError as exc:
        raise SettingsError(f"{exc}: should be JSON") from None


def load_or_exit(kind: type[SomeSettings]) -> SomeSettings:
    """Load the settings of a program; when they cannot be used, print one line and exit."""
    try:
        return load(kind)
    except SettingsError as exc:
        sys.stderr.write(f"spendsense: cannot start: {exc}\n")
        sys.exit(COULD_NOT_START)


def complaint(error: ErrorDetails) -> str:
    """Describe in one clause which variable is wrong and how; the value may be a secret and is left out."""
    variable = ".".join(str(part) for part in error["loc"]).upper()
    said = reason(error)
    if not variable:
        return f"environment: {said}"
    if error["type"] == "missing":
        return f"environment variable {variable} is not set"
    return f"environment variable {variable}: {said}"

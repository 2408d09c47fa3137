"""Every environment variable the service reads: type, default, unit, one line of meaning."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """The deployment the process belongs to."""

    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class LogLevel(StrEnum):
    """The least severe record that is written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class SettingsError(Exception):
    """The environment cannot be used. The message names each variable and never shows a value."""


class DatabaseSettings(BaseSettings):
    """What a migration needs."""

    # hide_input_in_errors: a rejected value may be a secret.
    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    environment: Annotated[Environment, Field(description="Deployment the process belongs to")]
    log_level: Annotated[LogLevel, Field(description="Least severe record written")] = LogLevel.INFO
    app_revision: Annotated[str, Field(description="Deployed revision, shown by /version")] = "unknown"
    database_url: Annotated[SecretStr, Field(description="postgresql://user:password@host:port/name")]


class Settings(DatabaseSettings):
    """What the service needs."""

    redis_url: Annotated[SecretStr, Field(description="redis://host:port/number, rediss:// with TLS")]
    jwt_secret_key: Annotated[SecretStr, Field(min_length=32, description="Key that signs access tokens")]
    data_bucket: Annotated[str, Field(min_length=3, description="S3 bucket of raw uploads")]
    aws_region: Annotated[str, Field(description="AWS region of the bucket")]
    aws_endpoint_url: Annotated[str | None, Field(description="AWS-compatible endpoint; unset for AWS itself")] = None
    oauth_client_id: Annotated[SecretStr | None, Field(description="Client at the identity provider")] = None
    oauth_client_secret: Annotated[SecretStr | None, Field(description="Its secret")] = None


SomeSettings = TypeVar("SomeSettings", bound=DatabaseSettings)


def load(kind: type[SomeSettings]) -> SomeSettings:
    """Read the environment once.

    Errors: SettingsError, naming each variable that is missing or unusable.
    """
    try:
        return kind.model_validate({})
    except ValidationError as exc:
        raise SettingsError("; ".join(complaint(error) for error in exc.errors(include_input=False))) from None


def complaint(error: ErrorDetails) -> str:
    """Say in one clause which variable is wrong and how; the value may be a secret and stays out."""
    variable = ".".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "missing":
        return f"environment variable {variable} is not set"
    return f"environment variable {variable}: {error['msg']}"

"""Registration and log-in on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

EmailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"
    ),
]


class NewUser(BaseModel):
    """A registration."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress
    password: Annotated[SecretStr, Field(min_length=12, max_length=128)]


class Credentials(BaseModel):
    """A log-in."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress
    password: Annotated[SecretStr, Field(max_length=128)]


class User(BaseModel):
    """A registered user."""

    id: UUID
    email: str
    created_at: datetime


class AccessToken(BaseModel):
    """A bearer token; `expires_in` in seconds."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int

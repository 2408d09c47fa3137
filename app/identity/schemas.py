"""Request and response models of identity."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.identity.password_rules import NewPassword, TypedPassword
from app.identity.sessions import TOKEN_PATTERN
from app.mail.outbox import TOKEN_PATTERN as MAIL_TOKEN_PATTERN

# Only ASCII: lower case for other letters is defined differently here and in the database.
EmailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[!-?A-~]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}$",
    ),
    Field(examples=["alice@example.com"]),
]


MailToken = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=MAIL_TOKEN_PATTERN),
    Field(repr=False, examples=["q1mJ0cWJH9cYw0o1dKzqv6cV1yqkqF3b0pA3mZ2n8sE"]),
]


class Role(StrEnum):
    """The permissions of a user: to use the service, or also to operate it."""

    USER = "user"
    OPERATOR = "operator"


class NewUser(BaseModel):
    """A registration."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress
    password: NewPassword


class Credentials(BaseModel):
    """A log-in."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress
    password: TypedPassword


class RefreshToken(BaseModel):
    """The refresh token of a session."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[
        str,
        StringConstraints(pattern=TOKEN_PATTERN),
        Field(repr=False, examples=["7c0e5f6c1c9b4b7f9e0f2b6a4d8c1e35.q1mJ0cWJH9cYw0o1dKzqv6cV1yqkqF3b0pA3mZ2n8sE"]),
    ]


class MailedToken(BaseModel):
    """The code from a mail."""

    model_config = ConfigDict(extra="forbid")

    token: MailToken


class ForgottenPassword(BaseModel):
    """The account whose password is to be reset."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress


class NewPasswordByToken(BaseModel):
    """The code from a mail, and the new password."""

    model_config = ConfigDict(extra="forbid")

    token: MailToken
    password: NewPassword


class MailRequested(BaseModel):
    """Does not reveal whether the account exists."""

    detail: str = "If there is such an account, it gets a mail"


class User(BaseModel):
    """A registered user."""

    id: UUID
    email: str
    role: Role = Role.USER
    created_at: datetime
    email_verified_at: datetime | None = Field(None, description="Null if the e-mail address was never confirmed")


class Tokens(BaseModel):
    """The result of a log-in: a bearer token valid for `expires_in` seconds, and a single-use token for the next."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(examples=[900])
    refresh_token: str

"""Request and response models: sessions, passwords and the export."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.identity.password_rules import NewPassword, TypedPassword
from app.identity.schemas import User


class Session(BaseModel):
    """One place where the user is logged in."""

    id: UUID
    current: bool = Field(description="The session of this request")
    created_at: datetime
    last_used_at: datetime = Field(description="When its tokens were last renewed")
    expires_at: datetime = Field(description="When it ends if it is not used")
    network: str | None = Field(description="The client's network, not its full address", examples=["198.51.100.0/24"])
    user_agent: str | None = Field(description="The client's User-Agent")


class Sessions(BaseModel):
    """All places where the user is logged in; at most a hundred."""

    items: list[Session]


class PasswordChange(BaseModel):
    """The current password and the new one."""

    model_config = ConfigDict(extra="forbid")

    current_password: TypedPassword
    new_password: NewPassword


class Confirmation(BaseModel):
    """The current password, entered again."""

    model_config = ConfigDict(extra="forbid")

    password: TypedPassword


class Export(BaseModel):
    """Everything that is stored about a user. Amounts are decimal strings; each upload has a link to its file, valid
    for an hour.
    """

    exported_at: datetime
    user: User
    external_identities: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    known_addresses: list[dict[str, Any]] = Field(description="Last log-in from each; addresses are stored as hashes")
    mail_tokens: list[dict[str, Any]] = Field(description="Mailed codes that are still valid; stored as hashes")
    outgoing_mails: list[dict[str, Any]] = Field(description="Mail still to be sent")
    accounts: list[dict[str, Any]]
    converted_account_ids: list[dict[str, Any]] = Field(description="Accounts whose ids once had an older form")
    announced_uploads: list[dict[str, Any]]
    uploads: list[dict[str, Any]] = Field(description="Each with `download_url`")
    transactions: list[dict[str, Any]]
    transaction_versions: list[dict[str, Any]] = Field(description="Former states of transactions, and why each ended")

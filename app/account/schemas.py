"""The export on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.identity.schemas import User


class Export(BaseModel):
    """Everything stored about a user. Amounts are decimal strings; each upload has a link to its file, for an hour."""

    exported_at: datetime
    user: User
    external_identities: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    known_addresses: list[dict[str, Any]] = Field(description="When it was logged in to from each; kept as a hash")
    accounts: list[dict[str, Any]]
    announced_uploads: list[dict[str, Any]]
    uploads: list[dict[str, Any]] = Field(description="Each with `download_url`")
    transactions: list[dict[str, Any]]
    transaction_versions: list[dict[str, Any]] = Field(description="What transactions were before, and why no longer")

"""The audit log: one line for each security event, written by a logger of its own (docs/audit-log.md).

A line identifies the user by id and the client's address by a keyed hash. It never contains a password, a token, an
e-mail address or a complete address. The hash key is derived (HKDF) from the key that signs access tokens: with another
key, every address has another hash.
"""

import logging
from contextvars import ContextVar
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.platform.pseudonyms import Pseudonyms

LOGGER = "app.audit"
log = logging.getLogger(LOGGER)
# Audit lines are written whatever the configured log level is.
log.setLevel(logging.INFO)

HASH_BYTES = 8

# Client address of the current request, in the form of a rate limit's key.
client_address: ContextVar[str | None] = ContextVar("client_address", default=None)


class Event(StrEnum):
    """Something that happened to an account or to what protects it."""

    REGISTRATION = "registration"
    LOG_IN = "log_in"
    OIDC_LOG_IN = "oidc_log_in"
    LOG_IN_DELAYED = "log_in_delayed"
    LOG_OUT = "log_out"
    SESSION_ENDED = "session_ended"
    CONFIRMATION = "confirmation"
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - the kind of an event
    EMAIL_VERIFIED = "email_verified"
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105 - the name of an event
    PASSWORD_RESET = "password_reset"  # noqa: S105 - as above
    EXPORT = "export"
    DELETION = "deletion"
    RATE_LIMIT = "rate_limit"


class Reason(StrEnum):
    """The cause or subject of an event: one of a few fixed kinds, never the text of an error."""

    TAKEN = "taken"
    UNKNOWN_ACCOUNT = "unknown_account"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the kind of a failure
    NO_PASSWORD = "no_password"  # noqa: S105 - as above
    UNVERIFIED = "unverified"
    BAD_TOKEN = "bad_token"  # noqa: S105 - as above
    TOO_MANY_FAILURES = "too_many_failures"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - as above
    BY_USER = "by_user"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    QUOTA_EXCEEDED = "quota_exceeded"


SUCCESS, FAILURE = "success", "failure"
# These events happen when something is refused or ended: they have a reason, but nothing failed.
WITHOUT_FAILURE = frozenset({Event.SESSION_ENDED})


class AuditLog:
    """Writes the audit log. signing_key: the key that signs access tokens."""

    def __init__(self, signing_key: str) -> None:
        self.pseudonyms = Pseudonyms(signing_key, "audit-log")

    def record(
        self,
        event: Event,
        *,
        user_id: UUID | None = None,
        email: str | None = None,
        reason: Reason | None = None,
        **fields: str | int,
    ) -> None:
        """Write a line; a reason marks it as a failure. email: its hash stands for an account that may not exist."""
        found: dict[str, Any] = {
            "action": "audit",
            "event": event.value,
            "outcome": FAILURE if reason and event not in WITHOUT_FAILURE else SUCCESS,
        }
        if reason is not None:
            found["reason"] = reason.value
        if user_id is not None:
            found["user_id"] = str(user_id)
        if email is not None:
            found["account"] = self.hashed("account", email)
        address = client_address.get()
        if address is not None:
            found["address"] = self.hashed("address", address)
        log.info("Security event", extra={**found, **fields})

    def hashed(self, purpose: str, value: str) -> str:
        """Return a pseudonym for the value; it is the same in every task."""
        return self.pseudonyms.of(purpose, value)[:HASH_BYTES].hex()

"""Signed tokens: JWT, HS256, the signing key named in the header; access tokens live for 15 minutes.

Keys are rotated in three deployments, each finished before the next: the new key is added; it becomes the signing key
and the old one an additional key; the old one is removed, at least 15 minutes later. The content of a verified token is
cached; its expiry is checked each time. Its session may end earlier: see live_sessions.py. PyJWT imports the
cryptography library, a sixth of the service's start, so both are imported at the first token.
"""

# pylint: disable=import-outside-toplevel

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from app.platform.errors import UnauthenticatedError

ALGORITHM = "HS256"
ISSUER = "spendsense"
LIFETIME = timedelta(minutes=15)
TOKENS_REMEMBERED = 4096


class Caller(NamedTuple):
    """The user and session of an access token; the session is None in tokens of an older release."""

    user_id: UUID
    session_id: UUID | None


class TokenSigner:
    """Signs with one key and accepts every key it knows by its id. now: Unix time, used to expire cached tokens."""

    def __init__(
        self, signing_key: str, additional_keys: Iterable[str] = (), *, now: Callable[[], float] = time.time
    ) -> None:
        self.now = now
        self.signing_key_id = key_id(signing_key)
        self.keys = {key_id(key): key for key in (signing_key, *additional_keys)}
        self.remembered = lru_cache(TOKENS_REMEMBERED)(self.caller_and_expiry)

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        """Issue a token that identifies the user for LIFETIME, while the session lives."""
        return self.sign({"sub": str(user_id), "sid": session_id.hex}, purpose=None, lifetime=LIFETIME)

    def verify(self, token: str) -> Caller:
        """Return the token's user and session, read from the token alone. Errors: UnauthenticatedError."""
        caller, ends_at = self.remembered(token)
        if ends_at <= self.now():
            raise UnauthenticatedError("The token is not valid or has expired: log in again")
        return caller

    def caller_and_expiry(self, token: str) -> tuple[Caller, int]:
        """Return the caller, and the Unix time from which the token is not accepted. Errors: UnauthenticatedError."""
        claims = self.claims_of(token, purpose=None, required=("sub",))
        try:
            session_id = UUID(claims["sid"]) if "sid" in claims else None
            return Caller(UUID(claims["sub"]), session_id), int(claims["exp"])
        except (AttributeError, TypeError, ValueError) as exc:
            raise UnauthenticatedError("The access token is not valid: log in again") from exc

    def sign(self, claims: Mapping[str, object], *, purpose: str | None, lifetime: timedelta) -> str:
        """Sign these claims. purpose: the audience; access tokens have none and are valid for nothing else."""
        import jwt

        now = datetime.now(UTC)
        audience = {} if purpose is None else {"aud": purpose}
        return jwt.encode(
            {**claims, **audience, "iss": ISSUER, "iat": now, "exp": now + lifetime},
            self.keys[self.signing_key_id],
            ALGORITHM,
            headers={"kid": self.signing_key_id},
        )

    def claims_of(self, token: str, *, purpose: str | None, required: Iterable[str] = ()) -> dict[str, Any]:
        """Return the claims of a token that was signed for this purpose. Errors: UnauthenticatedError."""
        import jwt

        try:
            key = self.keys[jwt.get_unverified_header(token)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                [ALGORITHM],
                issuer=ISSUER,
                audience=purpose,
                options={"require": ["exp", "iat", "iss", *required]},
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as exc:
            raise UnauthenticatedError("The token is not valid or has expired: log in again") from exc
        return claims


def key_id(key: str) -> str:
    """Return a name for a key that does not reveal it and is the same in every process that has the key."""
    return hashlib.sha256(f"spendsense-kid:{key}".encode()).hexdigest()[:16]

"""Access tokens: JWT, HS256, 15 minutes, the signing key named in the header.

PyJWT brings the cryptography library with it, a sixth of the service's start: both wait for the first token.
"""

# pylint: disable=import-outside-toplevel

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.errors import UnauthenticatedError

ALGORITHM = "HS256"
ISSUER = "spendsense"
LIFETIME = timedelta(minutes=15)


class TokenSigner:
    """Signs with one key and accepts every key it knows by its id."""

    def __init__(self, signing_key: str) -> None:
        self.signing_key_id = key_id(signing_key)
        self.keys = {self.signing_key_id: signing_key}

    def issue(self, user_id: UUID) -> str:
        """A token that says who the user is for LIFETIME."""
        import jwt

        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "sub": str(user_id), "iat": now, "exp": now + LIFETIME}
        key = self.keys[self.signing_key_id]
        return jwt.encode(claims, key, ALGORITHM, headers={"kid": self.signing_key_id})

    def verify(self, token: str) -> UUID:
        """The user a token speaks for. Errors: UnauthenticatedError."""
        import jwt

        try:
            key = self.keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token, key, [ALGORITHM], issuer=ISSUER, options={"require": ["exp", "iat", "sub", "iss"]}
            )
            return UUID(claims["sub"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as exc:
            raise UnauthenticatedError("The access token is not valid or has expired: log in again") from exc


def key_id(key: str) -> str:
    """A name for a key that does not reveal it and is the same in every process that has it."""
    return hashlib.sha256(f"spendsense-kid:{key}".encode()).hexdigest()[:16]

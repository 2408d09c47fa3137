"""Names in place of what must not be read back: the same for the same value, and of no use without the key.

A plain hash of an account number or of an address tells it: there are few enough to try them all in a second.
"""

import hashlib
import hmac

SEPARATOR = "\0"


class Pseudonyms:
    """Hashes with a key that is derived from a secret for one use: no secret is the key of two things.

    A purpose keeps equal values of different kinds apart.
    """

    def __init__(self, secret: str, use: str) -> None:
        self.key = derived_key(secret, use)

    def of(self, purpose: str, *values: str) -> bytes:
        """32 bytes (HMAC-SHA256)."""
        return hmac.digest(self.key, SEPARATOR.join((purpose, *values)).encode(), hashlib.sha256)


def derived_key(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, which tells nothing of the secret: HKDF (RFC 5869), SHA-256, no salt."""
    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), secret.encode(), hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)

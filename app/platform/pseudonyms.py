"""Pseudonyms for values that must not be read back: equal for equal values, and useless without the key.

A plain hash of an account number or an address reveals it: there are few enough to try them all in a second.
"""

import hashlib
import hmac

SEPARATOR = "\0"


class Pseudonyms:
    """Hashes with a key that is derived from a secret for one use, so that no secret is the key for two uses.

    A purpose separates equal values of different kinds.
    """

    def __init__(self, secret: str, use: str) -> None:
        self.key = derived_key(secret, use)

    def of(self, purpose: str, *values: str) -> bytes:
        """Return 32 bytes (HMAC-SHA256)."""
        return hmac.digest(self.key, SEPARATOR.join((purpose, *values)).encode(), hashlib.sha256)


def derived_key(secret: str, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose that reveals nothing of the secret: HKDF (RFC 5869), SHA-256, no salt."""
    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), secret.encode(), hashlib.sha256)
    return hmac.digest(extracted, purpose.encode() + b"\x01", hashlib.sha256)

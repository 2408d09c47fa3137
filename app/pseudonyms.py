"""Names in place of what must not be read back: the same for the same value, and of no use without the key.

A plain hash of an account number or of an address tells it: there are few enough to try them all in a second.
"""

import hashlib
import hmac

SEPARATOR = "\0"


class Pseudonyms:
    """Hashes with one key. A purpose keeps equal values of different kinds apart."""

    def __init__(self, key: str) -> None:
        self.key = key.encode()

    def of(self, purpose: str, *values: str) -> bytes:
        """32 bytes (HMAC-SHA256)."""
        return hmac.digest(self.key, SEPARATOR.join((purpose, *values)).encode(), hashlib.sha256)

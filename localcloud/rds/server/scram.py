"""PostgreSQL's stored form of a password: SCRAM-SHA-256 (RFC 5802, RFC 7677)."""

import base64
import hashlib
import hmac
import secrets

ITERATIONS = 4096  # PostgreSQL's default


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return the verifier that `ALTER ROLE ... PASSWORD` accepts instead of a password. `password`: printable ASCII."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def matches(known: str, password: str) -> bool:
    """Return whether `known`, made by `verifier`, belongs to this password."""
    salt = base64.b64decode(known.split("$")[1].split(":")[1])
    return hmac.compare_digest(known, verifier(password, salt))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""JSON Web Tokens signed with RS256, the one algorithm of the local issuer (RFC 7515, 7519)."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

ALGORITHM = "RS256"


class Malformed(Exception):
    """The text is not a token."""


class WrongSignature(Exception):
    """The token was signed with another key or algorithm."""


def write(claims: Mapping[str, object], key: RSAPrivateKey, key_id: str) -> str:
    """Return a signed token."""
    header = {"typ": "JWT", "alg": ALGORITHM, "kid": key_id}
    text = f"{_part(header)}.{_part(claims)}"
    return f"{text}.{encoded(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def claims_of(token: str) -> dict[str, Any]:
    """Read the claims without checking the signature. Errors: Malformed."""
    parts = token.split(".")
    if len(parts) != 3:
        raise Malformed
    return _read(parts[1])


def check(token: str, keys: Mapping[str, RSAPublicKey]) -> None:
    """Check the signature. `keys`: by their ids. Errors: Malformed, WrongSignature."""
    text, _, signature = token.rpartition(".")
    header = _read(text.partition(".")[0])
    key = keys.get(str(header.get("kid")))
    if header.get("alg") != ALGORITHM or key is None:
        raise WrongSignature
    try:
        key.verify(_decoded(signature), text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise WrongSignature from error


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(value: Mapping[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Malformed from error


def _read(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except ValueError as error:
        raise Malformed from error
    if not isinstance(found, dict):
        raise Malformed
    return found

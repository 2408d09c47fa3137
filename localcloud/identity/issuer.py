"""The local OpenID Connect issuer, below `/_localcloud/oidc/`: takes the place of GitHub's, with its own key.

`POST token` with the facts of a workflow run as JSON signs a token of GitHub's form. Whoever can reach the endpoint
can request any token: it replaces GitHub's issuer, not GitHub's checks.
Source: GitHub Docs, "OpenID Connect reference".
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from localcloud.identity.json_web_tokens import ALGORITHM, encoded, write
from localcloud.machine.files import write_atomically
from localcloud.protocol.internal import InternalRequest, InternalResponse, problem

GITHUB = "https://token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
LIVES_S = 300
KEY_BITS = 2048
EXPONENT = 65537
DEFAULTS = {"ref": "refs/heads/main", "event_name": "push", "workflow": "ci", "actor": "local", "run_id": "1"}


class Issuer:
    """`directory`: contains the private key, which is created on first use. `url`: this route's URL."""

    def __init__(self, directory: Path, url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = directory / "issuer.pem"
        self._url = url
        self._now = now

    def keys(self) -> dict[str, dict[str, rsa.RSAPublicKey]]:
        """Return the keys that verify tokens: issuer -> key id -> key."""
        return {GITHUB: {self._key_id: self._key.public_key()}}

    def token(self, facts: Mapping[str, str]) -> str:
        """Sign a token. `facts`: `repository`, and others of its claims. Errors: ValueError."""
        return write(self._claims(facts), self._key, self._key_id)

    async def answer(self, request: InternalRequest) -> InternalResponse:
        """Handle a request below the route."""
        if request.method == "GET" and request.rest == ".well-known/openid-configuration":
            return InternalResponse(200, self._configuration())
        if request.method == "GET" and request.rest == ".well-known/jwks":
            return InternalResponse(200, {"keys": [self._public()]})
        if request.method != "POST" or request.rest != "token":
            return problem(
                404, "No such path", f"{request.method} {request.rest}: the paths are token, .well-known/jwks"
            )
        try:
            facts = json.loads(request.body or b"{}")
            return InternalResponse(200, {"value": self.token(facts)})
        except (ValueError, AttributeError, TypeError) as error:
            return problem(400, "No token", f'{error}; send JSON such as {{"repository": "owner/name"}}')

    def _claims(self, facts: Mapping[str, str]) -> dict[str, Any]:
        if not isinstance(facts.get("repository"), str) or facts["repository"].count("/") != 1:
            raise ValueError(f"repository: should be owner/name, got {facts.get('repository')!r}")
        known = {**DEFAULTS, **facts}
        audience = known.pop("aud", AUDIENCE)
        now = int(self._now().timestamp())
        return {
            "jti": str(uuid.uuid4()),
            "sub": _subject(known),
            "aud": audience,
            "repository_owner": known["repository"].partition("/")[0],
            "ref_type": "tag" if known["ref"].startswith("refs/tags/") else "branch",
            **known,
            "iss": GITHUB,
            "iat": now,
            "nbf": now,
            "exp": now + LIVES_S,
        }

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": GITHUB,
            "jwks_uri": f"{self._url}/.well-known/jwks",
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "scopes_supported": ["openid"],
        }

    def _public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        modulus = numbers.n.to_bytes(KEY_BITS // 8, "big")
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": ALGORITHM,
            "kid": self._key_id,
            "n": encoded(modulus),
            "e": encoded(numbers.e.to_bytes(3, "big")),
        }

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        if self._path.is_file():
            kept = load_pem_private_key(self._path.read_bytes(), None)
            assert isinstance(kept, rsa.RSAPrivateKey)  # noqa: S101 - we wrote it
            return kept
        made = rsa.generate_private_key(EXPONENT, KEY_BITS)
        write_atomically(self._path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made

    @cached_property
    def _key_id(self) -> str:
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(public).hexdigest()[:32]


def _subject(facts: Mapping[str, str]) -> str:
    """Return the subject as GitHub forms it."""
    repository = f"repo:{facts['repository']}"
    if environment := facts.get("environment"):
        return f"{repository}:environment:{environment}"
    return f"{repository}:pull_request" if facts["event_name"] == "pull_request" else f"{repository}:ref:{facts['ref']}"

"""Access tokens."""

import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from app.errors import UnauthenticatedError
from app.identity.tokens import TokenSigner

KEY = "k" * 32
USER = uuid.UUID(int=7)


def test_a_token_speaks_for_its_user_and_names_its_key():
    signer = TokenSigner(KEY)
    token = signer.issue(USER)
    assert signer.verify(token) == USER
    assert jwt.get_unverified_header(token)["kid"] == TokenSigner(KEY).signing_key_id
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 15 * 60


def forged(key: str = KEY, algorithm: str = "HS256", **changes: object) -> str:
    now = datetime.now(UTC)
    claims = {"iss": "spendsense", "sub": str(USER), "iat": now, "exp": now + timedelta(minutes=1), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": TokenSigner(KEY).signing_key_id})


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("nonsense", id="not a token"),
        pytest.param(TokenSigner("x" * 32).issue(USER), id="unknown key"),
        pytest.param(forged(key="x" * 32), id="known key id, other key"),
        pytest.param(forged(exp=datetime.now(UTC) - timedelta(seconds=1)), id="expired"),
        pytest.param(forged(exp=None), id="never expires"),
        pytest.param(forged(iss="other"), id="other issuer"),
        pytest.param(forged(sub="not-a-uuid"), id="not a user"),
        pytest.param(forged(key="", algorithm="none"), id="unsigned"),
    ],
)
def test_every_other_token_is_refused(token):
    with pytest.raises(UnauthenticatedError):
        TokenSigner(KEY).verify(token)

"""Access tokens."""

import time
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from app.identity.tokens import TokenSigner
from app.platform.errors import UnauthenticatedError

KEY = "k" * 32
USER = uuid.UUID(int=7)
SESSION = uuid.UUID(int=8)


def test_a_token_identifies_its_user_and_names_its_key():
    signer = TokenSigner(KEY)
    token = signer.issue(USER, SESSION)
    assert signer.verify(token) == (USER, SESSION)
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
        pytest.param(TokenSigner("x" * 32).issue(USER, SESSION), id="unknown key"),
        pytest.param(forged(key="x" * 32), id="known key id, other key"),
        pytest.param(forged(exp=datetime.now(UTC) - timedelta(seconds=1)), id="expired"),
        pytest.param(forged(exp=None), id="never expires"),
        pytest.param(forged(iss="other"), id="other issuer"),
        pytest.param(forged(sub="not-a-uuid"), id="not a user"),
        pytest.param(forged(sid="not-a-uuid"), id="not a session"),
        pytest.param(forged(sid=7), id="a number for a session"),
        pytest.param(forged(key="", algorithm="none"), id="unsigned"),
    ],
)
def test_every_other_token_is_refused(token):
    with pytest.raises(UnauthenticatedError):
        TokenSigner(KEY).verify(token)


def test_a_token_that_was_accepted_before_is_refused_from_its_end_on():
    passed_s = [0]
    signer = TokenSigner(KEY, now=lambda: time.time() + passed_s[0])
    token = signer.issue(USER, SESSION)
    for passed_s[0] in (0, 14 * 60):
        assert signer.verify(token) == (USER, SESSION)
    passed_s[0] = 15 * 60
    with pytest.raises(UnauthenticatedError):
        signer.verify(token)


def test_while_keys_change_tokens_of_both_are_accepted_and_then_the_old_ones_are_not():
    new_key = "n" * 32
    old = TokenSigner(KEY)
    announced, changed, done = TokenSigner(KEY, [new_key]), TokenSigner(new_key, [KEY]), TokenSigner(new_key)
    assert announced.verify(changed.issue(USER, SESSION)) == (USER, SESSION)
    assert changed.verify(old.issue(USER, SESSION)) == (USER, SESSION)
    assert done.verify(changed.issue(USER, SESSION)) == (USER, SESSION)
    with pytest.raises(UnauthenticatedError):
        done.verify(old.issue(USER, SESSION))


def test_a_token_is_good_for_its_purpose_alone():
    signer = TokenSigner(KEY)
    token = signer.sign({"sub": str(USER), "x": 1}, purpose="one", lifetime=timedelta(minutes=1))
    assert signer.claims_of(token, purpose="one")["x"] == 1
    for purpose in ("another", None):
        with pytest.raises(UnauthenticatedError):
            signer.claims_of(token, purpose=purpose)
    with pytest.raises(UnauthenticatedError):
        signer.claims_of(signer.issue(USER, SESSION), purpose="one")


def test_a_token_of_the_release_before_names_no_session_and_is_good_until_it_ends():
    assert TokenSigner(KEY).verify(forged()) == (USER, None)

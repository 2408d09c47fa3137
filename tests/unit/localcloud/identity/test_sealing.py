"""Session tokens: what comes back, and what does not open."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from localcloud.authorization.principals import Kind, Principal
from localcloud.identity.sealing import NoSession, Seal, master_key
from localcloud.protocol.caller import Caller, Session, administrator

PRINCIPAL = Principal(
    kind=Kind.ROLE_SESSION,
    arn="arn:aws:sts::123456789012:assumed-role/r/s",
    account_id="123456789012",
    issuer_arn="arn:aws:iam::123456789012:role/r",
    user_id="AROAX:s",
    tags={"team": "a"},
)
SESSION = Session(
    name="s",
    issued=datetime(2026, 1, 1, tzinfo=UTC),
    expires=datetime(2026, 1, 1, 1, tzinfo=UTC),
    role_arn="arn:aws:iam::123456789012:role/r",
    policies=('{"Statement": []}',),
    policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
    tags={"team": "a"},
    transitive_tag_keys=("team",),
    source_identity="ann",
    provider="arn:p",
    claims={"h:sub": "x"},
    authenticated_at=datetime(2025, 12, 31, tzinfo=UTC),
)


def test_a_token_has_all_of_its_session() -> None:
    seal = Seal(b"k" * 32)
    issued = seal.issue(PRINCIPAL, SESSION)
    secret, caller = seal.open(issued.access_key_id, issued.token)
    assert (secret, caller.principal, caller.session) == (issued.secret, PRINCIPAL, SESSION)
    assert len(issued.access_key_id) == 20
    assert len(issued.secret) == 40


def test_a_token_outlives_the_process_with_its_key_file(tmp_path: Path) -> None:
    path = tmp_path / "session.key"
    issued = Seal(master_key(path)).issue(PRINCIPAL, SESSION)
    assert Seal(master_key(path)).open(issued.access_key_id, issued.token)[1].principal == PRINCIPAL
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_token_does_not_show_what_is_in_it() -> None:
    issued = Seal(b"k" * 32).issue(PRINCIPAL, SESSION)
    assert issued.secret not in issued.token


@pytest.mark.parametrize("token", ["", "!", "YQ==", "A" * 400])
def test_what_was_not_issued_does_not_open(token: str) -> None:
    with pytest.raises(NoSession):
        Seal(b"k" * 32).open("ASIAX", token)


def test_a_token_of_another_key_does_not_open() -> None:
    issued = Seal(b"k" * 32).issue(PRINCIPAL, SESSION)
    with pytest.raises(NoSession):
        Seal(b"j" * 32).open(issued.access_key_id, issued.token)


def test_a_password_stands_for_its_caller_and_is_not_a_token() -> None:
    seal = Seal(b"k" * 32)
    until = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for caller in (Caller(PRINCIPAL, "ASIAX", SESSION), administrator("123456789012", "test")):
        password = seal.password(caller, until)
        assert seal.login(password) == (caller, until)
        with pytest.raises(NoSession):
            seal.open(caller.access_key_id, password)
    issued = seal.issue(PRINCIPAL, SESSION)
    for other in (issued.token, password[:-8], "", "\xff"):
        with pytest.raises(NoSession):
            seal.login(other)

"""`spendsense secrets init`: connections to RDS, and OAuth credentials that are read and not shown."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from ops import secrets
from ops.errors import Misuse
from ops.secrets import Options
from tests.integration.ops.secrets_account import INSTANCE


def test_connections_to_rds_use_tls_only() -> None:
    instance = secrets.connection(INSTANCE, tls=True)
    assert secrets.with_password(instance, "p/w")["url"] == (
        "postgresql://spendsense:p%2Fw@db.example:5432/spendsense?sslmode=verify-full"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "standard input should contain JSON, but does not: line 1, column 1"),
        ("planted", "standard input should contain JSON, but does not: line 1, column 1"),
        ('["planted"]', "standard input should have the keys client_id and client_secret"),
        ('{"client_id": "planted"}', "standard input should have the keys client_id and client_secret"),
        (
            '{"client_id": "planted", "client_secret": ""}',
            "client_secret in standard input should be a non-empty",
        ),
    ],
)
def test_unusable_oauth_credentials_are_refused_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    with pytest.raises(Misuse, match=why) as caught:
        secrets.read_oauth(Path("-"))
    assert "planted" not in caught.value.message
    assert caught.value.__cause__ is None


def test_credentials_stay_out_of_the_options_repr() -> None:
    assert "planted" not in repr(Options(oauth={"client_id": "planted", "client_secret": "planted"}))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "cannot be read: No such file or directory"),
        (Path.mkdir, "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "should contain JSON"),
    ],
)
def test_a_file_of_oauth_credentials_that_cannot_be_read_says_why(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    make(tmp_path / "client.json")
    with pytest.raises(Misuse, match=f"client.json {why}"):
        secrets.read_oauth(tmp_path / "client.json")

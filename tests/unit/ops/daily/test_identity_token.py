"""Claims of a job of GitHub's: of its token, and of a checkout."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from ops.daily import identity_token
from ops.errors import NotReachable

CLAIMS = {"sub": "repo:acme/spendsense:environment:prod", "aud": "sts.amazonaws.com", "exp": 1}


def token(claims: dict[str, object]) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature"


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_WEB_IDENTITY_TOKEN_FILE", "GITHUB_REPOSITORY", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_jobs_token_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(token(CLAIMS) + "\n")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    found = identity_token.claims_here("prod")
    assert found is not None
    assert (found.is_real, found.source, found.said["sub"]) == (True, "the token", CLAIMS["sub"])


def test_what_is_not_a_token_is_reported_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(NotReachable, match="No such file"):
        identity_token.claims_here("prod")
    for text in ("", "a.b.c", f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c"):
        with pytest.raises(NotReachable, match="cannot be decoded"):
            identity_token.decoded(text)


def test_a_job_that_gets_no_token_lacks_a_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/?a=b")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    with pytest.raises(NotReachable, match="issued no token to this job") as caught:
        identity_token.claims_here("prod")
    assert "id-token: write" in (caught.value.next_step or "")


def test_outside_of_a_job_it_is_what_the_checkouts_job_would_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/spendsense")
    found = identity_token.claims_here("prod")
    assert found is not None
    assert (found.is_real, found.said["sub"]) == (False, CLAIMS["sub"])


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("git@github.com:acme/spendsense.git", "acme/spendsense"),
        ("https://github.com/acme/spendsense", "acme/spendsense"),
        ("https://example.com/acme/spendsense.git", None),
    ],
)
def test_the_repository_is_that_of_the_remote(tmp_path: Path, remote: str, expected: str | None) -> None:
    assert identity_token.repository_of(tmp_path) is None
    for words in (["init", "-q"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    assert identity_token.repository_of(tmp_path) == expected

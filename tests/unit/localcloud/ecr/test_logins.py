"""Passwords for the registry: bound to a caller, for 12 hours."""

import base64
import json
from datetime import UTC, datetime

import pytest

from localcloud.ecr.logins import VALID, Logins
from localcloud.ecr.refusals import NotLoggedIn, RegistryError
from localcloud.identity.sealing import Seal
from localcloud.protocol.caller import administrator

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "http://127.0.0.1:4566"
CALLER = administrator("123456789012", "test")


def header(logins: Logins) -> dict[str, str]:
    (data,) = json.loads(logins.token(CALLER).body)["authorizationData"]
    assert (data["proxyEndpoint"], data["expiresAt"]) == (URL, (NOW + VALID).timestamp())
    return {"authorization": f"Basic {data['authorizationToken']}"}


def test_a_token_is_read_as_its_caller_until_it_expires() -> None:
    now = [NOW]
    logins = Logins(Seal(b"k" * 32), URL, lambda: now[0])
    login = header(logins)
    assert logins.caller_of(login) == CALLER
    assert Logins(Seal(b"k" * 32), URL, lambda: NOW).caller_of(login) == CALLER  # after a restart
    now[0] = NOW + VALID
    with pytest.raises(RegistryError, match="has expired"):
        logins.caller_of(login)


def test_anything_else_is_not_a_login() -> None:
    logins = Logins(Seal(b"k" * 32), URL, lambda: NOW)
    for headers in ({}, {"authorization": "Bearer x"}):
        with pytest.raises(NotLoggedIn):
            logins.caller_of(headers)
    right = base64.b64decode(header(logins)["authorization"].split()[1])
    for text in (b"AWS:x", right.replace(b"AWS:", b"test:"), b"\xff"):
        with pytest.raises(RegistryError, match="Your Authorization Token is invalid"):
            logins.caller_of({"authorization": f"Basic {base64.b64encode(text).decode()}"})
    with pytest.raises(RegistryError, match="is invalid"):
        Logins(Seal(b"other" * 8), URL, lambda: NOW).caller_of(header(logins))


def test_a_token_ends_with_the_role_or_user_who_asked_for_it() -> None:
    exists = [True]
    logins = Logins(Seal(b"k" * 32), URL, lambda: NOW, lambda who: exists[0])
    login = header(logins)
    assert logins.caller_of(login) == CALLER
    exists[0] = False
    with pytest.raises(RegistryError, match="Your Authorization Token is invalid"):
        logins.caller_of(login)

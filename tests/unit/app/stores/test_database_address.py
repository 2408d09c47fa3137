"""The address that a secret describes."""

from urllib.parse import unquote, urlsplit

import pytest

from app.stores.database_address import with_credentials

URL = "postgresql://ana:old@db.example:5432/spendsense?application_name=x"


@pytest.mark.parametrize("password", ["plain", "a:b@c/d?e#f", "100% +&= [x]", "pässwörd", ""])
def test_any_password_comes_back_from_the_address_as_it_was(password):
    found = urlsplit(with_credentials(URL, {"password": password}))
    assert unquote(found.password or "") == password
    assert (found.username, found.hostname, found.port) == ("ana", "db.example", 5432)
    assert (found.path, found.query) == ("/spendsense", "application_name=x")


@pytest.mark.parametrize(
    ("url", "secret", "expected"),
    [
        ("postgresql://ana@db/s", {"password": "p"}, "postgresql://ana:p@db/s"),
        ("postgresql://a%40b:old@db/s", {"password": "p"}, "postgresql://a%40b:p@db/s"),
        (
            URL,
            {"password": "p", "username": "b@c"},
            "postgresql://b%40c:p@db.example:5432/spendsense?application_name=x",
        ),
        (URL, {"password": "p", "url": "postgresql://eva@other/t"}, "postgresql://eva:p@other/t"),
        ("postgresql://ana@[::1]:5433/s", {"password": "p"}, "postgresql://ana:p@[::1]:5433/s"),
    ],
)
def test_the_secret_says_who_and_where(url, secret, expected):
    assert with_credentials(url, secret) == expected

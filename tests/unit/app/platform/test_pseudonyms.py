"""Keyed hashes: a hash for one use reveals nothing about a hash for another."""

import secrets

from app.platform.pseudonyms import Pseudonyms, derived_key
from app.platform.settings import Environment, Settings
from app.resources import Resources

SECRET = secrets.token_hex(32)


def test_each_use_of_a_secret_has_a_key_of_its_own():
    keys = [Pseudonyms(SECRET, use).key for use in ("log-in attempts", "audit-log", "account ids")]
    assert len({*keys, SECRET.encode()}) == 4
    assert keys[1] == derived_key(SECRET, "audit-log")


def test_the_key_that_signs_access_tokens_hashes_nothing():
    settings = Settings(
        environment=Environment.LOCAL,
        database_url="postgresql://u:p@127.0.0.1:1/x",
        redis_url="redis://127.0.0.1:1/0",
        jwt_secret_key=SECRET,
        data_bucket="bucket",
        aws_region="us-west-1",
    )
    resources = Resources.of(settings)
    for user in (resources.guard, resources.stuffing, resources.audit):
        assert user.pseudonyms.key != SECRET.encode()
    assert resources.guard.pseudonyms.key != resources.audit.pseudonyms.key

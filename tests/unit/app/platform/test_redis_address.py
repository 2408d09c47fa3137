"""Redis outside `local`: TLS, with its certificate and name checked, whatever the address asks for."""

import ssl

import pytest
from redis.asyncio import Redis

from app.platform.redis_address import encrypted


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("rediss://:token@cache.example:6379/0", "rediss://:token@cache.example:6379/0"),
        ("redis://:t%2Fo@cache.example:6379/0", "rediss://:t%2Fo@cache.example:6379/0"),
        ("rediss://cache.example?ssl_cert_reqs=none&db=2", "rediss://cache.example?db=2"),
        ("rediss://10.0.0.1/0?ssl_check_hostname=false&ssl_ca_certs=a.pem", "rediss://10.0.0.1/0?ssl_ca_certs=a.pem"),
        ("redis://:token@127.3.2.1:6379/0", "redis://:token@127.3.2.1:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_an_address_that_leaves_this_machine_has_tls_and_no_option_that_weakens_it(given, used):
    assert encrypted(given) == used


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_check_hostname=false"])
def test_the_library_would_have_obeyed_and_checks_both_now(option):
    def checks(url):
        context = Redis.from_url(url).connection_pool.make_connection().ssl_context
        return context.cert_reqs is ssl.CERT_REQUIRED and context.check_hostname

    weaker = f"rediss://cache.example:6379/0?{option}"
    assert not checks(weaker)
    assert checks(encrypted(weaker))

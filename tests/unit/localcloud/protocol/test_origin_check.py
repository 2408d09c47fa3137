"""Requests are admitted or refused by their headers."""

import pytest

from localcloud.protocol.origin_check import OriginCheck, is_loopback, is_origin

PAGE = "http://localhost:3000"
HOST = (b"host", b"127.0.0.1:4566")
LOOPBACK = (
    "127.0.0.1",
    "127.0.0.1:4566",
    "127.8.9.10:80",
    "localhost",
    "LocalHost:4566",
    "localhost.:4566",
    "bucket.localhost:4566",
    "bucket.s3.localhost:4566",
    "123456789012.localhost",
    "[::1]:4566",
    "[::1]",
)
ELSEWHERE = (
    "",
    "evil.example",
    "evil.example:4566",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io:4566",
    "localhost.evil.example",
    "localhost.localstack.cloud:4566",
    "notlocalhost",
    "0.0.0.0:4566",
    "128.0.0.1",
    "169.254.169.254",
    "192.168.1.5:4566",
    "[fe80::1]",
    "127.0.0.1@evil.example",
    "127.0.0.1:evil",
    "ecs.us-west-1.amazonaws.com",
)
REFUSED = (
    {b"origin": b"https://evil.example"},
    {b"origin": b"null"},
    {b"origin": b""},
    {b"origin": b"http://127.0.0.1:4566"},
    {b"origin": b"http://localhost:3000.evil.example"},
    {b"origin": b"http://localhost:3001"},
    {b"origin": b"https://localhost:3000"},
    {b"referer": b"https://evil.example/page"},
    {b"referer": b"http://127.0.0.1:4566/bucket/page.html"},
    {b"referer": b"http://["},
    {b"sec-fetch-site": b"cross-site"},
    {b"sec-fetch-site": b"same-site"},
    {b"sec-fetch-site": b"same-origin"},
)


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_loopback_name_with_any_port_comes_in(host: str) -> None:
    assert is_loopback(host)
    assert OriginCheck().refusal([(b"host", host.encode())]) is None


@pytest.mark.parametrize("host", ELSEWHERE)
def test_any_other_name_is_refused_wherever_it_leads(host: str) -> None:
    assert not is_loopback(host)
    assert (OriginCheck().refusal([(b"host", host.encode())]) or "").startswith("Host ")


def test_a_request_without_a_host_or_with_two_is_refused() -> None:
    assert OriginCheck().refusal([]) is not None
    assert OriginCheck().refusal([HOST, (b"host", b"localhost")]) is not None


@pytest.mark.parametrize("marks", REFUSED)
def test_what_only_a_web_page_sends_is_refused(marks: dict[bytes, bytes]) -> None:
    for origin_check in (OriginCheck(), OriginCheck(frozenset({PAGE}))):
        assert origin_check.refusal([HOST, *marks.items()]) is not None


@pytest.mark.parametrize(
    "marks",
    [
        {b"origin": PAGE.encode(), b"sec-fetch-site": b"cross-site", b"referer": b"http://localhost:3000/upload"},
        {b"origin": PAGE.encode()},
        {b"referer": b"http://localhost:3000/", b"sec-fetch-site": b"cross-site"},
    ],
)
def test_a_page_that_was_named_comes_in(marks: dict[bytes, bytes]) -> None:
    assert OriginCheck().refusal([HOST, *marks.items()]) is not None
    assert OriginCheck(frozenset({PAGE})).refusal([HOST, *marks.items()]) is None


def test_an_address_that_the_user_typed_comes_in() -> None:
    assert OriginCheck().refusal([HOST, (b"sec-fetch-site", b"none"), (b"sec-fetch-mode", b"navigate")]) is None


def test_one_strange_origin_among_two_is_enough() -> None:
    both = [HOST, (b"origin", PAGE.encode()), (b"origin", b"https://evil.example")]
    assert OriginCheck(frozenset({PAGE})).refusal(both) is not None


@pytest.mark.parametrize("text", ["*", "null", "localhost:3000", "http://localhost:3000/", "ftp://localhost", ""])
def test_only_an_origin_as_browsers_write_it_can_be_allowed(text: str) -> None:
    assert is_origin(PAGE)
    assert is_origin("https://app.example.org")
    assert not is_origin(text)

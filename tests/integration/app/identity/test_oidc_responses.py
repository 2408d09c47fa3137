"""A provider that answers nonsense, too much or too slowly is distinguished from a fault of ours."""

import gzip
import itertools
import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from app.identity import oidc_responses
from tests.integration.app.identity.openid_provider import CLIENT_ID, CLIENT_SECRET, running_provider
from tests.integration.app.running import settings_with

LOGIN = "/api/v1/auth/oidc/login"
DISCOVERY = "/.well-known/openid-configuration"
NONSENSE = [b"", b"null", b"[]", b"7", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000, b"<html>", b"1" * 10_000]


@pytest.fixture
def provider():
    with running_provider() as provider:
        yield provider


@pytest.fixture
def settings(settings, provider):
    changes = {"oidc_issuer": provider.issuer, "oauth_client_id": CLIENT_ID, "oauth_client_secret": CLIENT_SECRET}
    return settings_with(settings, **changes, public_url="http://test")


async def log_in(client: httpx.AsyncClient) -> httpx.Response:
    begun = await client.get(LOGIN)
    if begun.status_code != 303:
        return begun
    async with httpx.AsyncClient() as browser:
        agreed = await browser.get(begun.headers["location"])
    return await client.get(agreed.headers["location"])


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token", "/userinfo"])
async def test_what_is_not_a_json_object_is_a_bad_gateway(client, provider, path):
    provider.claims = {"sub": "user-1"}
    provider.userinfo = {"sub": "user-1", "email": "ann@example.com", "email_verified": True}
    for body in NONSENSE:
        provider.instead[path] = ({}, [body])
        answer = await log_in(client)
        assert answer.status_code == 502, (body[:20], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_discovery_document_with_a_member_of_another_type_is_a_bad_gateway(client, provider):
    document = provider.document(DISCOVERY)
    for name, value in [
        ("authorization_endpoint", 7),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("token_endpoint", None),
        ("token_endpoint", "http://["),
        ("jwks_uri", ["x"]),
        ("jwks_uri", "file:///etc/passwd"),
        ("userinfo_endpoint", {}),
        ("token_endpoint_auth_methods_supported", "client_secret_basic"),
        ("token_endpoint_auth_methods_supported", [7]),
        ("issuer", 7),
    ]:
        provider.instead[DISCOVERY] = ({}, [json.dumps({**document, name: value}).encode()])
        answer = await log_in(client)
        assert answer.status_code == 502, (name, value, answer.text)
        assert name in answer.json()["detail"]


async def test_tokens_of_another_type_are_no_fault_of_ours(client, provider):
    for body, status in [
        ({"error": "invalid_grant"}, 401),
        ({"error": ["x"]}, 502),
        ({"access_token": "at", "token_type": "Bearer"}, 401),
        ({"access_token": ["at"]}, 502),
        ({"id_token": 7}, 502),
        ({"id_token": "a.b.c"}, 401),
        ({"id_token": "\ud83d"}, 502),
        ({"id_token": "x", "expires_in": "soon"}, 502),
        ({"id_token": "x", "expires_in": 10**400}, 502),
        ({"id_token": "x", "expires_in": []}, 502),
        ({"id_token": "x", "token_type": {}}, 502),
    ]:
        provider.instead["/token"] = ({}, [json.dumps(body).encode()])
        answer = await log_in(client)
        assert answer.status_code == status, (body, answer.text)


@pytest.mark.long
async def test_no_type_of_a_signed_claim_is_a_fault_of_ours(client, provider):
    honest = dict(provider.claims)
    for name in ("iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "amr", "acr", "at_hash"):
        for value in (7, -1.5, 1e400, True, "text", "\ud83d", "", [], ["x", 7], {}, {"x": []}):
            provider.claims = {**honest, name: value}
            answer = await log_in(client)
            assert answer.status_code < 500, (name, value, answer.text)


async def test_no_type_of_an_address_is_a_fault_of_ours(client, provider):
    honest = dict(provider.claims)
    for name in ("email", "email_verified"):
        for value in (7, -1.5, [], {}, "", "a@b\ud83d.com", "a" * 10_000 + "@example.com"):
            provider.claims = {**honest, name: value}
            answer = await log_in(client)
            assert answer.status_code == 401, (name, value, answer.text)


async def test_a_key_that_cannot_be_read_does_not_spoil_the_others(client, application, provider):
    published = provider.published.as_dict(private=False)["keys"]
    for key in [
        {},
        {"kty": 7},
        {"kty": "RSA"},
        {"kty": "RSA", "n": 7, "e": []},
        {"kty": "EC", "crv": "P-0", "x": "", "y": ""},
        {"kty": "post-quantum"},
        {"kty": "RSA", "n": "*", "e": "AQAB", "kid": ["first"]},
    ]:
        provider.instead["/keys"] = ({}, [json.dumps({"keys": [key, *published]}).encode()])
        application.state.resources.provider.known_keys = None  # as a new task has it
        answer = await log_in(client)
        assert answer.status_code == 200, (key, answer.text)


async def test_keys_none_of_which_can_be_read_are_a_bad_gateway(client, provider):
    provider.instead["/keys"] = ({}, [b'{"keys": [{"kty": "RSA"}, {}]}'])
    assert (await log_in(client)).status_code == 502


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
async def test_an_endless_answer_is_not_read_to_its_end(client, provider, path):
    provider.instead[path] = ({}, itertools.repeat(b" " * 65536))
    assert (await log_in(client)).status_code == 503


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
async def test_a_compressed_answer_is_not_unpacked(client, provider, path):
    provider.instead[path] = ({"Content-Encoding": "gzip"}, [gzip.compress(b" " * 10_000_000)])
    assert (await log_in(client)).status_code == 503


@pytest.mark.parametrize("path", [DISCOVERY, "/token"])
async def test_a_response_that_comes_byte_by_byte_is_given_up(client, provider, path, monkeypatch):
    monkeypatch.setattr(oidc_responses, "RESPONSE_TIMEOUT_S", 0.5)
    enough = threading.Event()

    def drops() -> Iterator[bytes]:
        while not enough.wait(0.05):
            yield b" "

    provider.instead[path] = ({}, drops())
    began = time.monotonic()
    try:
        assert (await log_in(client)).status_code == 503
    finally:
        enough.set()
    assert time.monotonic() - began < 20, "the answer has no end of its own"

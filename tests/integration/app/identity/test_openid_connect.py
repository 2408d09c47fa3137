"""Log-in by OpenID Connect, against a provider on loopback that can lie."""

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey

from app.main import create_app
from tests.integration.app.identity.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.integration.app.running import client_of, settings_with

LOGIN = "/api/v1/auth/oidc/login"
CALLBACK = "/api/v1/auth/oidc/callback"
SUMMARY = "/api/v1/insights/summary"


@pytest.fixture
def provider():
    with running_provider() as provider:
        yield provider


@pytest.fixture
def settings(settings, provider):
    return settings_with(
        settings,
        oidc_issuer=provider.issuer,
        oauth_client_id=CLIENT_ID,
        oauth_client_secret=CLIENT_SECRET,
        public_url="http://test",
    )


async def to_provider(client: httpx.AsyncClient) -> str:
    """Begin; returns where the provider sends the browser after the user agreed."""
    begun = await client.get(LOGIN)
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as browser:
        agreed = await browser.get(begun.headers["location"])
    assert agreed.status_code == 302
    return agreed.headers["location"]


async def log_in(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(await to_provider(client))


async def test_a_log_in_brings_tokens_that_work(client, provider):
    answer = await log_in(client)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await client.get(SUMMARY, headers=headers)).status_code == 200
    renewed = await client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert renewed.status_code == 200
    assert provider.requests == ["/.well-known/openid-configuration", "/authorize", "/token", "/keys"]


EXPORT = "/api/v1/account/export"


async def export_status(client, answer) -> int:
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return (await client.get(EXPORT, headers=headers)).status_code


@pytest.mark.parametrize(("age_s", "status"), [(0, 200), (3600, 401), (-3600, 200)], ids=["now", "old", "ahead"])
async def test_a_log_in_without_being_asked_is_as_old_as_the_provider_says(client, provider, age_s, status):
    provider.claims["auth_time"] = int(time.time()) - age_s
    assert await export_status(client, await log_in(client)) == status


async def test_who_wants_a_fresh_log_in_has_the_provider_ask_again(client, provider):
    begun = await client.get(LOGIN, params={"fresh": True})
    assert parse_qs(urlsplit(begun.headers["location"]).query)["max_age"] == ["1"]
    assert "max_age" not in (await client.get(LOGIN)).headers["location"]


@pytest.mark.parametrize(
    ("auth_time", "status"),
    [(0, 200), (None, 200), (3600, 401), ("nonsense", 401)],
    ids=["asked", "does not say", "not asked", "nonsense"],
)
async def test_a_provider_that_did_not_ask_again_is_refused(client, provider, auth_time, status):
    said = int(time.time()) - auth_time if isinstance(auth_time, int) else auth_time
    provider.claims["auth_time"] = said
    begun = await client.get(LOGIN, params={"fresh": True})
    async with httpx.AsyncClient() as browser:
        agreed = await browser.get(begun.headers["location"])
    answer = await client.get(agreed.headers["location"])
    assert answer.status_code == status, answer.text
    if status == 200:
        assert await export_status(client, answer) == 200


async def test_without_a_password_there_is_none_to_change_or_to_confirm_with(client):
    headers = {"Authorization": f"Bearer {(await log_in(client)).json()['access_token']}"}
    change = {"current_password": "", "new_password": "eight grey flamingos"}
    for method, path, body in (("PUT", "password", change), ("POST", "confirmation", {"password": ""})):
        answer = await client.request(method, f"/api/v1/account/{path}", headers=headers, json=body)
        assert answer.status_code == 409, answer.text
        assert "fresh=true" in answer.json()["detail"]


async def test_the_cookie_is_for_this_log_in_alone(client):
    begun = await client.get(LOGIN)
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/api/v1/auth/oidc" in cookie
    assert "Max-Age=600" in cookie
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    assert query["redirect_uri"] == [f"http://test{CALLBACK}"]
    finished = await log_in(client)
    assert 'spendsense_login=""' in finished.headers["set-cookie"]


async def test_the_same_person_is_the_same_user_whatever_their_address_is_now(client, provider):
    users = set()
    for email in ("ann@example.com", "ann@example.com", "ann@elsewhere.example"):
        provider.claims["email"] = email
        token = (await log_in(client)).json()["access_token"]
        me = await client.get("/api/v1/account", headers={"Authorization": f"Bearer {token}"})
        users.add((me.json()["id"], me.json()["email"]))
    assert len(users) == 1


async def test_an_account_with_a_password_is_not_handed_over(client, alice, provider):
    del alice
    provider.claims["email"] = "alice@example.com"
    answer = await log_in(client)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_account_whose_address_is_confirmed_is_linked_to_who_the_provider_verified(
    client, alice, provider, database
):
    await database.execute("UPDATE users SET email_verified_at = now()")
    provider.claims["email"] = "alice@example.com"
    for _ in range(2):
        headers = {"Authorization": f"Bearer {(await log_in(client)).json()['access_token']}"}
        by_provider = (await client.get("/api/v1/account", headers=headers)).json()
        assert by_provider == (await client.get("/api/v1/account", headers=alice)).json()
    provider.claims |= {"sub": "another", "email_verified": False}
    assert (await log_in(client)).status_code == 401
    assert await database.fetchval("SELECT count(*) FROM external_identities") == 1


async def test_whom_the_provider_registers_has_a_confirmed_address(client):
    headers = {"Authorization": f"Bearer {(await log_in(client)).json()['access_token']}"}
    assert (await client.get("/api/v1/account", headers=headers)).json()["email_verified_at"] is not None


async def test_nobody_logs_in_with_a_password_as_a_user_of_the_provider(client):
    await log_in(client)
    for password in ("", "correct horse battery"):
        answer = await client.post("/api/v1/auth/login", json={"email": "ann@example.com", "password": password})
        assert answer.status_code == 401


async def test_another_state_is_refused_before_the_code_is_used(client, provider):
    callback = await to_provider(client)
    answer = await client.get(callback.replace("state=", "state=x"))
    assert answer.status_code == 401
    assert "/token" not in provider.requests


async def test_without_the_cookie_of_this_browser_nothing_is_finished(client, provider):
    callback = await to_provider(client)
    client.cookies.clear()
    assert (await client.get(callback)).status_code == 401
    assert "/token" not in provider.requests


async def test_an_access_token_is_not_a_cookie_and_the_cookie_is_not_an_access_token(client, alice):
    callback = await to_provider(client)
    cookie = client.cookies["spendsense_login"]
    assert (await client.get(SUMMARY, headers={"Authorization": f"Bearer {cookie}"})).status_code == 401
    client.cookies.clear()
    token = alice["Authorization"].removeprefix("Bearer ")
    assert (await client.get(callback, headers={"Cookie": f"spendsense_login={token}"})).status_code == 401


async def test_a_code_works_once(client):
    callback = await to_provider(client)
    cookie = {"Cookie": f"spendsense_login={client.cookies['spendsense_login']}"}
    assert (await client.get(callback, headers=cookie)).status_code == 200
    assert (await client.get(callback, headers=cookie)).status_code == 401


async def test_the_answer_of_another_provider_is_refused(client, provider):
    callback = await to_provider(client)
    answer = await client.get(callback.replace("iss=", "iss=x"))
    assert answer.status_code == 401
    assert "/token" not in provider.requests


async def test_what_the_provider_refuses_is_refused(client):
    callback = await to_provider(client)
    state = parse_qs(urlsplit(callback).query)["state"][0]
    answer = await client.get(CALLBACK, params={"state": state, "error": "access_denied"})
    assert answer.status_code == 401
    assert "access_denied" in answer.json()["detail"]


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "another"}, id="another nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"aud": "another-client"}, id="another audience"),
        pytest.param({"aud": [CLIENT_ID, "other"], "azp": "other"}, id="another authorized party"),
        pytest.param({"iss": "https://other.example"}, id="another issuer"),
        pytest.param({"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param({"exp": None}, id="never expires"),
        pytest.param({"iat": int(time.time()) + 7 * 86400}, id="from the future"),  # also when a run takes hours
        pytest.param({"sub": None}, id="nobody"),
        pytest.param({"sub": ["x"]}, id="subject is a list"),
        pytest.param({"email_verified": False}, id="address not verified"),
        pytest.param({"email_verified": None}, id="address not said to be verified"),
        pytest.param({"email": "not an address"}, id="no usable address"),
        pytest.param({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, id="another access token"),
    ],
)
async def test_an_id_token_that_claims_something_else_is_refused(client, provider, claims):
    provider.claims |= claims
    answer = await log_in(client)
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def signed_by_another_key(provider: Provider) -> None:
    provider.change_keys(published=False)


def signed_by_another_key_of_the_same_name(provider: Provider) -> None:
    published = provider.published
    provider.change_keys(published=False)
    provider.key.ensure_kid()
    provider.published = published
    provider.key = type(provider.key).import_key({**provider.key.as_dict(private=True), "kid": "first"})


def signed_with_the_client_secret(provider: Provider) -> None:
    provider.key, provider.algorithm = OctKey.import_key(CLIENT_SECRET.encode(), {"kid": "first"}), "HS256"


@pytest.mark.parametrize(
    "lie", [signed_by_another_key, signed_by_another_key_of_the_same_name, signed_with_the_client_secret]
)
async def test_a_signature_that_is_not_the_providers_is_refused(client, provider, lie):
    lie(provider)
    answer = await log_in(client)
    assert answer.status_code == 401, answer.text


async def test_a_provider_that_changed_its_keys_is_still_believed(client, application, provider):
    assert (await log_in(client)).status_code == 200
    provider.change_keys(published=True)
    application.state.resources.provider.keys_at -= 61  # the keys were fetched a while ago
    assert (await log_in(client)).status_code == 200
    assert provider.requests.count("/keys") == 2


async def test_unknown_keys_do_not_make_us_ask_the_provider_every_time(client, provider):
    provider.change_keys(published=False)
    for _ in range(3):
        assert (await log_in(client)).status_code == 401
    assert provider.requests.count("/keys") == 1


async def test_the_address_comes_from_the_user_information_when_the_token_has_none(client, provider):
    provider.claims = {"sub": "user-1"}
    provider.userinfo = {"sub": "user-1", "email": "ann@example.com", "email_verified": True}
    assert (await log_in(client)).status_code == 200
    provider.userinfo["sub"] = "user-2"
    assert (await log_in(client)).status_code == 401


async def test_a_provider_that_does_not_respond_is_unavailable_and_not_an_error(settings):
    application = create_app(settings_with(settings, oidc_issuer="http://127.0.0.1:1"))
    async with client_of(application) as client:
        answer = await client.get(LOGIN)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_a_discovery_document_of_another_issuer_is_not_used(client, provider):
    provider.issuer = f"{provider.issuer}/"
    assert (await client.get(LOGIN)).status_code == 503


async def test_the_client_secret_is_in_no_response_and_no_log(client, provider, caplog):
    caplog.set_level("DEBUG")
    provider.claims["nonce"] = "another"
    answer = await log_in(client)
    assert CLIENT_SECRET not in answer.text + caplog.text


@pytest.mark.parametrize("answer", [["sub", "user-1"], "text", 7])
async def test_user_information_that_is_not_an_object_is_a_bad_gateway(client, provider, answer):
    provider.claims = {"sub": "user-1"}
    provider.userinfo = answer
    assert (await log_in(client)).status_code == 502


async def test_user_information_does_not_verify_what_the_token_calls_unverified(client, provider):
    provider.claims = {"sub": "user-1", "email_verified": False}
    provider.userinfo = {"sub": "user-1", "email": "ann@example.com", "email_verified": True}
    assert (await log_in(client)).status_code == 401


async def test_the_tokens_flag_is_not_about_the_address_of_the_user_information(client, provider):
    provider.claims = {"sub": "user-1", "email_verified": True}
    provider.userinfo = {"sub": "user-1", "email": "ann@example.com"}
    assert (await log_in(client)).status_code == 401

"""Two users never see each other's data: every route of the document, walked with the other user's ids."""

import re
from typing import Any

import httpx
import pytest

from app.platform.openapi import METHODS
from tests.integration.app.conftest import PASSWORD

PLANTED = "Alices Secret Merchant"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
ROWS = "".join(
    f"alices-account,2026-01-{day:02},{day}.37,{PLANTED},online,ALICES_CATEGORY,false\n" for day in range(1, 9)
)
UPLOADS = "/api/v1/uploads"
TRANSACTIONS = "/api/v1/transactions"
ACCOUNT = "/api/v1/account"
# What a request brings along where the other user's ids fit nowhere.
BODIES: dict[str, dict[str, Any]] = {
    f"PATCH {TRANSACTIONS}/{{transaction_id}}": {"json": {"category": "STOLEN"}},
    f"POST {UPLOADS}": {"files": {"file": ("e.csv", (HEADER + "b,2026-01-05,1.00,Shop,online,X,false\n").encode())}},
}
BOB = {"email": "bob@example.com", "password": "eight grey flamingos"}
BODIES[f"PUT {ACCOUNT}/password"] = {"json": {"current_password": PASSWORD, "new_password": BOB["password"]}}
BODIES[f"POST {ACCOUNT}/confirmation"] = {"json": {"password": PASSWORD}}
ANNOUNCED = "/api/v1/announced-uploads"
ANNOUNCEMENT = {"json": {"size_bytes": 12, "sha256": "a" * 64}}
BODIES[f"POST {ANNOUNCED}"] = ANNOUNCEMENT
# These come last, in this order.
END_SESSIONS, ENDS_THE_USER = f"DELETE {ACCOUNT}/sessions", f"DELETE {ACCOUNT}"


@pytest.fixture
async def alices(client, alice) -> dict[str, str]:
    """Alice's ids by the name of the parameter they fit."""
    file = {"file": ("export.csv", (HEADER + ROWS).encode(), "text/csv")}
    upload = (await client.post(UPLOADS, headers=alice, files=file)).json()
    uploads = (await client.get(UPLOADS, headers=alice, params={"limit": 1})).json()
    page = (await client.get(TRANSACTIONS, headers=alice, params={"limit": 1})).json()
    [row] = page["items"]
    assert uploads["items"]
    announced = (await client.post(ANNOUNCED, headers=alice, **ANNOUNCEMENT)).json()
    [session] = (await client.get(f"{ACCOUNT}/sessions", headers=alice)).json()["items"]
    return {
        "session_id": session["id"],
        "announcement_id": announced["id"],
        "upload_id": upload["upload_id"],
        "transaction_id": row["id"],
        "account_id": "alices-account",
        "category": "ALICES_CATEGORY",
        "merchant": PLANTED,
        "cursor": page["next_cursor"],
    }


async def everything(client: httpx.AsyncClient, user: dict[str, str]) -> dict[str, Any]:
    """All that the export knows of a user, without what changes by looking."""
    found = (await client.get(f"{ACCOUNT}/export", headers=user)).json()
    for upload in found["uploads"]:
        del upload["download_url"]
    return {name: value for name, value in found.items() if name not in {"exported_at", "sessions"}}


def requests_with(ids: dict[str, str], application) -> list[tuple[str, str, dict[str, str], bool]]:
    """Yield the operations with these ids wherever they fit: name, path, query, whether the path has an id."""
    found = []
    for template, item in application.openapi()["paths"].items():
        for method in METHODS & item.keys():
            names = re.findall(r"\{(\w+)\}", template)
            path = re.sub(
                r"\{(\w+)\}", lambda match: ids[match[1]], template
            )  # KeyError: plant an id for the new route
            offered = [p["name"] for p in item[method].get("parameters", []) if p["in"] == "query"]
            operation = f"{method.upper()} {template}"
            found.append((operation, path, {}, bool(names)))
            found += [(operation, path, {name: ids[name]}, bool(names)) for name in offered if name in ids]
    return sorted(found, key=lambda request: (request[0] == ENDS_THE_USER, request[0] == END_SESSIONS, request[:2]))


async def test_no_route_shows_or_changes_another_users_data(application, client, alice, bob, alices):
    before = await everything(client, alice)
    walked = requests_with(alices, application)
    for operation, path, query, names_one in walked:
        method = operation.partition(" ")[0]
        answer = await client.request(method, path, headers=bob, params=query, **BODIES.get(operation, {}))
        if operation == END_SESSIONS:
            assert answer.status_code == 204
            tokens = (await client.post("/api/v1/auth/login", json=BOB)).json()
            bob = {"Authorization": f"Bearer {tokens['access_token']}"}
        if operation == ENDS_THE_USER:
            assert answer.status_code == 204
        shown = f"{operation} {query}: {answer.status_code} {answer.text}"
        assert answer.status_code < 500, shown
        assert not names_one or answer.status_code == 404, shown
        # A query may be quoted in a complaint about it; what it would have found may not.
        secrets = {PLANTED, "alices-account", "ALICES_CATEGORY", "alice@", *alices.values()} - set(query.values())
        assert not [secret for secret in secrets if secret in answer.text], shown
    assert len({operation for operation, *_ in walked}) >= 20
    assert await everything(client, alice) == before


async def test_the_same_walk_as_the_owner_finds_what_is_theirs(application, client, alice, alices):
    """Otherwise the walk above would prove nothing."""
    seen = set()
    for operation, path, query, names_one in requests_with(alices, application):
        if operation.startswith("GET ") and (names_one or query):
            answer = await client.get(path, headers=alice, params=query)
            assert answer.status_code in {200, 422}, answer.text
            seen |= {operation} if PLANTED in answer.text or alices["upload_id"] in answer.text else set()
    assert {
        f"GET {UPLOADS}/{{upload_id}}",
        f"GET {TRANSACTIONS}/{{transaction_id}}",
        f"GET {TRANSACTIONS}",
    } <= seen


async def test_without_a_token_no_route_of_a_user_answers(application, client, alices):
    open_to_all = re.compile(r"/health|/ready|/version|/api/v1/auth/")
    for operation, path, query, _ in requests_with(alices, application):
        if not open_to_all.match(path):
            method = operation.partition(" ")[0]
            answer = await client.request(method, path, params=query, **BODIES.get(operation, {}))
            assert answer.status_code == 401, f"{operation}: {answer.status_code}"

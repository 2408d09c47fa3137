"""The application around its domains: readiness, errors, log-in, logs."""

import logging
from http import HTTPStatus

import httpx
import pytest

from app.main import create_app
from app.platform.logs import JsonFormatter
from tests.integration.app.running import client_of, settings_with

REGISTER = "/api/v1/auth/register"
LOGIN = "/api/v1/auth/login"
PASSWORD = "correct horse battery"
NOBODY_LISTENS = "127.0.0.1:1"


async def test_ready_asks_every_dependency(client):
    answer = await client.get("/ready")
    assert answer.status_code == 200, answer.text
    checks = answer.json()["checks"]
    assert {name: check["status"] for name, check in checks.items()} == {
        "database": "ok",
        "redis": "ok",
        "storage": "ok",
    }
    assert all(check["latency_ms"] > 0 for check in checks.values())


@pytest.mark.parametrize(
    ("broken", "change"),
    [
        ("database", {"database_url": f"postgresql://u:p@{NOBODY_LISTENS}/x"}),
        ("redis", {"redis_url": f"redis://{NOBODY_LISTENS}/0"}),
        ("storage", {"aws_endpoint_url": f"http://{NOBODY_LISTENS}"}),
        ("storage", {"data_bucket": "no-such-bucket"}),
    ],
)
async def test_ready_names_the_dependency_that_does_not_respond_while_health_responds(settings, broken, change):
    changed = settings_with(settings, **change)
    application = create_app(changed)
    async with client_of(application) as client:
        ready = await client.get("/ready")
        health = await client.get("/health")
    assert (ready.status_code, health.status_code) == (503, 200)
    assert ready.headers["retry-after"]
    problem = ready.json()
    assert [name for name, check in problem["checks"].items() if check["status"] == "failed"] == [broken]
    assert broken in problem["detail"]


async def test_a_request_without_the_database_is_unavailable_and_not_broken(settings):
    changed = settings_with(settings, database_url=f"postgresql://u:p@{NOBODY_LISTENS}/x")
    application = create_app(changed)
    async with client_of(application) as client:
        answer = await client.post(LOGIN, json={"email": "a@example.com", "password": PASSWORD})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/nowhere", None, HTTPStatus.NOT_FOUND),
        ("DELETE", "/health", None, HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", REGISTER, "{", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("POST", REGISTER, '{"email": "a@example.com", "password": "short"}', HTTPStatus.UNPROCESSABLE_ENTITY),
        ("POST", REGISTER, "x" * 100_000, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
async def test_every_error_has_the_same_shape(client, method, path, content, status):
    answer = await client.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"] == status.phrase
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "short" not in problem["detail"]


async def test_an_unexpected_error_is_a_problem_for_the_caller_and_a_traceback_in_the_log(application, caplog):
    @application.get("/broken")
    async def broken() -> None:
        raise RuntimeError("planted")

    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/broken", headers={"X-Request-ID": "from-the-caller"})
    assert answer.status_code == 500
    assert answer.json()["request_id"] == "from-the-caller"
    assert "planted" not in answer.text
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "planted" in JsonFormatter(environment="local", revision="r1").format(record)


async def test_an_address_registers_once_whatever_its_case(client):
    first = await client.post(REGISTER, json={"email": "Ann@Example.com", "password": PASSWORD})
    again = await client.post(REGISTER, json={"email": "ann@example.com", "password": PASSWORD})
    assert (first.status_code, again.status_code) == (201, 409)
    assert first.json()["email"] == "ann@example.com"


async def test_log_in_does_not_say_whether_the_address_or_the_password_is_wrong(client, alice):
    wrong = [
        await client.post(LOGIN, json={"email": email, "password": "wrong password"})
        for email in ("alice@example.com", "nobody@example.com")
    ]
    assert [answer.status_code for answer in wrong] == [401, 401]
    assert wrong[0].json()["detail"] == wrong[1].json()["detail"]


async def test_an_access_line_has_the_whole_template_of_its_route(application, client, caplog):
    caplog.set_level(logging.INFO, "app.access")
    paths = sorted(application.openapi()["paths"])
    for path in paths:
        await client.request("GET", path)
        await client.request("POST", path)
    found = {record.route for record in caplog.records if record.name == "app.access"}
    assert found == set(paths)

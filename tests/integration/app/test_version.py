"""/version: the release for anybody; schema, task and image for operators."""

import http.server
import json
from collections.abc import Iterator

import asyncpg
import pytest

from app.main import create_app
from app.platform.settings import Settings
from app.stores import schema_revisions
from tests.in_thread import in_thread
from tests.integration.app.conftest import logged_in
from tests.integration.app.running import client_of, settings_with

TASK = "0f9de17a6465404e8b1b2356dc13c2f8"
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def metadata() -> Iterator[str]:
    """The task metadata endpoint, as ECS sets its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"Image": f"1.dkr.ecr.us-west-1.amazonaws.com/x@{DIGEST}", "ImageID": "sha256:cd"})
            self.send_response(200 if self.path == f"/v4/{TASK}-123" else 404)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with in_thread(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}/v4/{TASK}-123"


async def version_of(settings: Settings, **changes: object) -> dict[str, object]:
    application = create_app(settings_with(settings, **changes))
    async with client_of(application) as client:
        operator = await logged_in(client, "operator@example.com")
        connection = await asyncpg.connect(settings.database_url.get_secret_value())
        await connection.execute("UPDATE users SET role = 'operator'")
        await connection.close()
        answer = await client.get("/api/v1/operator/version", headers=operator)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("url", [None, "postgresql://u:p@127.0.0.1:1/x"], ids=["database", "no database"])
async def test_anybody_learns_the_release_and_nothing_of_image_task_or_schema(settings, metadata, url):
    changes = {"ecs_container_metadata_uri_v4": metadata, **({"database_url": url} if url else {})}
    application = create_app(settings_with(settings, **changes))
    async with client_of(application) as client:
        answer = await client.get("/version")
    assert answer.json() == {"version": "0.1.0", "revision": "test-revision"}


async def test_what_runs_is_for_operators(client, alice):
    assert (await client.get("/api/v1/operator/version")).status_code == 401
    assert (await client.get("/api/v1/operator/version", headers=alice)).status_code == 403


async def test_it_says_what_runs_and_that_the_schema_is_current(settings):
    head = schema_revisions.head()
    assert await version_of(settings) == {
        "version": "0.1.0",
        "revision": "test-revision",
        "image_digest": None,
        "task_id": None,
        "schema": {"found": head, "wanted": head, "state": "current"},
    }


async def test_task_and_image_come_from_the_platform(settings, metadata):
    found = await version_of(settings, ecs_container_metadata_uri_v4=metadata)
    assert (found["task_id"], found["image_digest"]) == (TASK, DIGEST)


async def test_a_platform_that_does_not_report_it_is_not_an_error(settings):
    found = await version_of(settings, ecs_container_metadata_uri_v4=f"http://127.0.0.1:1/v4/{TASK}-123")
    assert (found["task_id"], found["image_digest"]) == (TASK, None)


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "ahead"),
        ("UPDATE alembic_version SET version_num = '0001'", "behind"),
        ("DROP TABLE alembic_version", "empty"),
    ],
)
async def test_a_schema_that_the_code_does_not_want_is_named(settings, statement, state):
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await connection.execute(statement)
    await connection.close()
    found = await version_of(settings)
    assert found["schema"]["state"] == state

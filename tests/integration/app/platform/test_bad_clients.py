"""Text that cannot be encoded, and clients that hang up: neither is an error of the service."""

import asyncio
import socket

import asyncpg
import httpx
import pytest

from app.main import create_app
from tests.integration.app.process import HEADER, ROW, lines_of, logged_in, serving
from tests.integration.app.running import client_of
from tests.waiting import until, wait_until

LOGIN = "/api/v1/auth/login"
REGISTER = "/api/v1/auth/register"
HALF = "\\ud83d"
DEADLINE_S = 30


@pytest.mark.parametrize("path", [LOGIN, REGISTER])
@pytest.mark.parametrize(
    "body",
    [
        f'{{"email":"a@example.com","password":"{HALF * 4} aaaaaaaaaaaaaa"}}',
        f'{{"email":"a{HALF}@example.com","password":"aaaaaaaaaaaaaaaa"}}',
        f'{{"email":"a@example.com","password":"aaaaaaaaaaaaaaaa","{HALF}":1}}',
        f'{{"email":{{"{HALF}":1}},"password":["{HALF}"]}}',
        b'{"email":"a@example.com","password":"aaaaaaaaaaaaaa\xed\xa0\xbd"}',
    ],
)
async def test_half_of_a_surrogate_pair_is_refused_wherever_it_stands(settings, path, body):
    application = create_app(settings)
    async with client_of(application, raise_app_exceptions=False) as client:
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [LOGIN, "/api/v1/uploads"])
def test_a_client_that_hangs_up_is_not_an_error_of_ours(settings, tmp_path, path):
    with serving(settings, tmp_path) as (_, port, output):
        token = logged_in(port)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 50000\r\n"
            "Expect: 100-continue\r\n"
            f"Content-Type: {'multipart/form-data; boundary=b' if 'uploads' in path else 'application/json'}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 100"), "the server begins to read"
            connection.sendall(b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n')

        def statuses() -> list[int]:
            served = [line["status"] for line in lines_of(output) if line.get("action") == "request_served"]
            return [status for status in served if status in (499, 500, 400)]

        assert wait_until(statuses, DEADLINE_S, "the access line") == [499]
    assert not [line for line in lines_of(output) if line["level"] == "ERROR"]


MANY_ROWS = """
    INSERT INTO transactions SELECT more.* FROM transactions t, generate_series(1, 40000) n, jsonb_populate_record(
        NULL::transactions, to_jsonb(t) || jsonb_build_object('id', gen_random_uuid(), 'transaction_id', n)
    ) more
"""


def test_a_client_that_hangs_up_in_the_middle_of_an_export_is_not_an_error_of_ours(settings, tmp_path, postgres_url):
    with serving(settings, tmp_path) as (_, port, output):
        token = logged_in(port)
        address = f"http://127.0.0.1:{port}/api/v1/uploads"
        headers = {"Authorization": f"Bearer {token}"}
        uploaded = httpx.post(address, files={"file": ("x.csv", HEADER + ROW)}, headers=headers, timeout=DEADLINE_S)
        assert uploaded.status_code == 201, uploaded.text
        executed(postgres_url, MANY_ROWS)
        for _ in range(3):
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(DEADLINE_S)
                connection.connect(("127.0.0.1", port))
                request = f"GET /api/v1/account/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"
                connection.sendall(request.encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 200")

        def exports() -> list[dict[str, object]]:
            lines = lines_of(output)
            assert not [line for line in lines if line["level"] == "ERROR"]
            ended = [line for line in lines if line.get("action") == "request_served"]
            return [line for line in ended if line["route"] == "/api/v1/account/export"]

        asyncio.run(until(lambda: len(exports()) == 3, DEADLINE_S))
        assert [line["status"] for line in exports()] == [499] * 3
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        assert executed(postgres_url, busy) == 0


def executed(url: str, statement: str) -> object:
    async def execute() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(execute())

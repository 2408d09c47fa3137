"""The record of decisions, read from an endpoint that answers as scripted."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ops.environment import EnvironmentName, LocalEndpoint, local_environment
from ops.errors import Misuse, NotFound, NotReachable
from ops.permissions import decision_record
from tests.in_thread import in_thread
from tests.unit.ops.permissions.roles import ARN, SERVICE, decided

ENTRY = {"principal": ARN, "action": "ecs:DescribeServices", "resource": SERVICE, "outcome": "allowed", "count": 4}
ANSWERS = {
    "/_localcloud/permissions": (
        200,
        {"mode": "audit", "decisions": [ENTRY, ENTRY | {"outcome": "implicitDeny"}], "denials": []},
    )
}


class Handler(BaseHTTPRequestHandler):
    answers = ANSWERS

    def do_GET(self) -> None:
        status, value = self.answers.get(self.path, (404, {}))
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class OfAnOlderVersion(Handler):
    answers: dict[str, tuple[int, dict[str, object]]] = {}  # noqa: RUF012 - nobody changes it


@pytest.fixture(params=[Handler])
def endpoint(request: pytest.FixtureRequest) -> Iterator[LocalEndpoint]:
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), request.param)) as server:
        yield LocalEndpoint(
            endpoint=f"http://127.0.0.1:{server.server_address[1]}",
            region="us-west-1",
            account_id="123456789012",
            pid=1,
            image_store=Path("/images"),
            speed=5.0,
        )


def test_the_record_is_read(endpoint: LocalEndpoint) -> None:
    record = decision_record.read(local_environment(endpoint))
    expected = decided("ecs:DescribeServices", SERVICE, count=4)
    assert record.mode == "audit"
    assert record.decided == (expected, decided("ecs:DescribeServices", SERVICE, is_allowed=False, count=4))


@pytest.mark.parametrize("endpoint", [OfAnOlderVersion], indirect=True)
def test_a_local_cloud_without_a_record_has_to_be_restarted(endpoint: LocalEndpoint) -> None:
    with pytest.raises(NotFound, match="keeps no record of decisions") as found:
        decision_record.read(local_environment(endpoint))
    assert "`spendsense down`, then `spendsense up`" in str(found.value.next_step)


def test_a_local_cloud_that_does_not_respond_is_not_reachable() -> None:
    gone = LocalEndpoint(
        endpoint="http://127.0.0.1:1", region="r", account_id="a", pid=1, image_store=Path("/images"), speed=5.0
    )
    with pytest.raises(NotReachable, match="did not respond"):
        decision_record.read(local_environment(gone))


def test_nobody_else_keeps_a_record_that_could_be_read() -> None:
    with pytest.raises(Misuse, match="prod is on AWS") as found:
        decision_record.check(EnvironmentName.PROD)
    assert "Access Analyzer" in str(found.value.next_step)
    decision_record.check(EnvironmentName.LIKE_PROD)

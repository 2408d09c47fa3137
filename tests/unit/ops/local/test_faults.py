"""`spendsense faults` against a scripted internal API, and its help against the list of faults."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from localcloud.faults.kinds import KINDS as KNOWN
from localcloud.faults.kinds import LONGEST_S, SERVICES, Checks, ErrorResponse, Shortage
from ops.cli import fault_kinds
from ops.cli.faults import KINDS, app
from ops.environment import EnvironmentName, LocalEndpoint, local_environment
from ops.errors import FaultRefused, Misuse, NotFound, NotReachable
from ops.local import faults
from tests.in_thread import in_thread

LOCAL = EnvironmentName.LOCAL
FAULT = {
    "id": "f1",
    "kind": "break-service",
    "parameters": {"service": "s3", "share": 0.3},
    "state": "active",
    "began_at": "2026-01-01T00:00:00+00:00",
    "ends_at": "2026-01-01T00:01:00+00:00",
    "duration_s": 60,
    "left_s": 60,
    "affected": [],
    "times": 4,
}


class Side:
    """An endpoint that answers as scripted, and records the requests."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, Any]] = []
        self.status, self.answer = 200, {}
        side = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                side.received.append((self.command, self.path, json.loads(self.rfile.read(length) or "null")))
                body = json.dumps(side.answer).encode()
                self.send_response(side.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_DELETE = do_GET  # noqa: N815 - the names that the base class calls

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def side(monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    created = Side()
    where = LocalEndpoint(
        endpoint=created.url, region="r", account_id="a", pid=1, image_store=Path("/images"), speed=5.0, faults=True
    )
    monkeypatch.setattr(faults, "resolve", lambda name: local_environment(where))
    with in_thread(created.server):
        yield created


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_add_sends_what_was_given_and_nothing_else(side: Side) -> None:
    side.answer = FAULT
    done = run("add", "break-service", "--service", "s3", "--share", "0.3", "--for", "60")
    assert (done.exit_code, side.received) == (
        0,
        [
            (
                "POST",
                "/_localcloud/faults",
                {"kind": "break-service", "duration_s": 60.0, "service": "s3", "share": 0.3},
            )
        ],
    )
    assert "f1: break-service (service=s3 share=0.3, 4 times) until" in done.output
    assert json.loads(run("add", "break-service", "--service", "s3", "--json").output) == FAULT


def test_list_shows_active_and_ended_faults(side: Side) -> None:
    side.answer = {"active": [FAULT], "recent": [FAULT | {"id": "f0", "state": "expired"}], "speed": 5.0}
    shown = run("list").output
    assert "break-service" in shown
    assert "expired" in shown
    assert json.loads(run("list", "--json").output) == side.answer


def test_remove_ends_one_or_all(side: Side) -> None:
    side.answer = {"removed": [FAULT | {"state": "removed"}]}
    assert run("remove", "f1").exit_code == run("remove", "--all").exit_code == 0
    assert [received[:2] for received in side.received] == [
        ("DELETE", "/_localcloud/faults/f1"),
        ("DELETE", "/_localcloud/faults"),
    ]
    side.answer = {"removed": [FAULT | {"state": "failed"}]}
    assert run("remove", "f1").exit_code == 1
    for wrong in ([], ["f1", "--all"]):
        assert isinstance(run("remove", *wrong).exception, Misuse)


@pytest.mark.parametrize(
    ("status", "error"), [(400, Misuse), (403, FaultRefused), (404, NotFound), (409, FaultRefused), (500, FaultRefused)]
)
def test_an_error_response_becomes_an_error_with_its_detail(side: Side, status: int, error: type[Exception]) -> None:
    side.status, side.answer = status, {"title": "t", "status": status, "detail": "this and that"}
    with pytest.raises(error, match="this and that"):
        faults.list_all(LOCAL)


def test_a_response_without_detail_is_reported_by_its_status(side: Side) -> None:
    side.status, side.answer = 502, {}
    with pytest.raises(FaultRefused, match="the local cloud returned 502"):
        faults.list_all(LOCAL)


def test_a_local_cloud_that_has_ended_is_not_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    where = LocalEndpoint(
        endpoint="http://127.0.0.1:1", region="r", account_id="a", pid=1, image_store=Path("/images"), speed=5.0
    )
    monkeypatch.setattr(faults, "resolve", lambda name: local_environment(where))
    with pytest.raises(NotReachable):
        faults.list_all(LOCAL)


def test_only_the_local_environment_has_faults() -> None:
    with pytest.raises(Misuse, match="nothing in prod was changed"):
        faults.add(EnvironmentName.PROD, "kill-task", {})


def test_help_names_every_kind_of_fault() -> None:
    listed = [line.split()[0] for line in KINDS.split("\b\n")[1].split("\n\n")[0].splitlines()]
    assert listed == list(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_the_command_knows_the_options_of_each_kind_as_the_local_cloud_does(name: str) -> None:
    here, there = fault_kinds.KINDS[name], fields(KNOWN[name])
    assert {fault_kinds.parameter(option) for option in here.options} == {each.name for each in there}
    needed = {each.name for each in there if each.default is MISSING}
    assert {fault_kinds.parameter(option) for option in here.needed} == needed
    assert here.is_instant == KNOWN[name].is_instant


def test_the_command_knows_the_values_that_the_local_cloud_accepts() -> None:
    assert (fault_kinds.SERVICES, fault_kinds.LONGEST_S) == (SERVICES, LONGEST_S)
    assert (tuple(ErrorResponse), tuple(Checks)) == (fault_kinds.RESPONSES, fault_kinds.CHECKS)
    assert tuple(Shortage) == fault_kinds.SHORTAGES

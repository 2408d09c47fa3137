"""Calls outlast hiccups of AWS, and nothing that must happen once happens twice."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from ops.aws import once, retries
from ops.aws.clients import Aws, explain
from ops.errors import AnswerLost, AwsRefused, NotReachable
from ops.waiter import Deadline
from tests.in_thread import in_thread
from tests.unit.ops.scripted_cluster import ARN, Cluster

URL = "http://127.0.0.1:1"
NEVER_SENT = EndpointConnectionError(endpoint_url=URL)
LOST = ConnectionClosedError(endpoint_url=URL)
SLOW = ReadTimeoutError(endpoint_url=URL)
THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}
Answer = Callable[[dict[str, Any]], dict[str, Any]]


def failing(times: int, how: Exception | dict[str, Any], answers: Answer, *, carries_out: bool = False) -> Answer:
    """Let the first requests fail; carries_out: they take effect all the same."""
    left = times

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if left == 0:
            return answers(request)
        left -= 1
        if carries_out:
            answers(request)
        if isinstance(how, Exception):
            raise how
        return how

    return answer


@pytest.mark.parametrize("how", [NEVER_SENT, LOST, SLOW, THROTTLED], ids=["gone", "cut", "slow", "throttled"])
@pytest.mark.parametrize("operation", ["DescribeServices", "RunTask", "ListTasks", "DescribeTaskDefinition"])
def test_a_repeatable_request_is_repeated_until_it_is_answered(
    cluster: Cluster, scripted: Aws, operation: str, how: Exception | dict[str, Any]
) -> None:
    cluster.ecs.on(operation, failing(5, how, cluster.ecs.answer_of(operation)))
    received = {
        "DescribeServices": lambda: scripted.ecs.describe_services(services=["s"]),
        "RunTask": lambda: scripted.ecs.run_task(taskDefinition="t"),
        "ListTasks": lambda: scripted.ecs.list_tasks(desiredStatus="RUNNING"),
        "DescribeTaskDefinition": lambda: scripted.ecs.describe_task_definition(taskDefinition=f"{ARN}:6"),
    }
    received[operation]()
    assert len(cluster.ecs.sent(operation)) == 6


def test_a_repeated_run_task_is_recognized_by_its_token(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("RunTask", failing(3, LOST, cluster.ecs.answer_of("RunTask")))
    scripted.ecs.run_task(taskDefinition="t")
    assert len({each["clientToken"] for each in cluster.ecs.sent("RunTask")}) == 1


@pytest.mark.parametrize("carries_out", [True, False])
def test_a_revision_whose_registration_was_lost_is_looked_for(
    cluster: Cluster, scripted: Aws, *, carries_out: bool
) -> None:
    expected = {"family": "spendsense-backend", "containerDefinitions": [{"name": "backend", "image": "new"}]}

    def register(request: dict[str, Any]) -> dict[str, Any]:
        cluster.newest = request | {"taskDefinitionArn": f"{ARN}:7", "revision": 7}
        return {"taskDefinition": cluster.newest}

    cluster.ecs.on("RegisterTaskDefinition", failing(1, LOST, register, carries_out=carries_out))
    assert once.register(scripted, expected)["revision"] == 7
    assert len(cluster.ecs.sent("RegisterTaskDefinition")) == (1 if carries_out else 2)


def test_an_unrepeatable_request_is_repeated_when_it_was_certainly_refused(cluster: Cluster, scripted: Aws) -> None:
    register = failing(3, THROTTLED, cluster.ecs.answer_of("RegisterTaskDefinition"))
    cluster.ecs.on("RegisterTaskDefinition", failing(3, NEVER_SENT, register))
    scripted.ecs.register_task_definition(family="f", containerDefinitions=[])
    assert len(cluster.ecs.sent("RegisterTaskDefinition")) == 7


def test_an_unrepeatable_request_is_not_repeated_when_it_may_have_been_carried_out(
    cluster: Cluster, scripted: Aws
) -> None:
    cluster.ecs.on("RegisterTaskDefinition", failing(1, LOST, lambda _: {}))
    with pytest.raises(AnswerLost, match="AWS may or may not have carried out RegisterTaskDefinition") as raised:
        scripted.ecs.register_task_definition(family="f", containerDefinitions=[])
    assert raised.value.exit_code == 3
    assert len(cluster.ecs.sent("RegisterTaskDefinition")) == 1


def test_retries_end_after_their_time_and_the_error_names_the_cause(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        nonlocal now
        now += 10.0
        return THROTTLED

    monkeypatch.setattr(scripted.retries, "_clock", lambda: now)
    cluster.ecs.on("ListTasks", refuse)
    with pytest.raises(ClientError) as raised:
        scripted.ecs.list_tasks()
    reported = explain(raised.value)
    assert isinstance(reported, NotReachable)
    assert "ListTasks got no usable response: ThrottlingException: Rate exceeded" in reported.message
    assert capsys.readouterr().err.count("waiting until AWS responds again ...") == 1
    assert len(cluster.ecs.sent("ListTasks")) == 1 + retries.HICCUP_S / 10.0


def test_retries_end_with_the_deadline_of_the_watch(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("ListTasks", THROTTLED)
    with pytest.raises(ClientError), scripted.retries.until(Deadline(0)):
        scripted.ecs.list_tasks()
    assert len(cluster.ecs.sent("ListTasks")) == 1


def test_a_refusal_is_not_waited_for(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("ListTasks", {"__type": "AccessDeniedException", "message": "no"})
    with pytest.raises(ClientError) as raised:
        scripted.ecs.list_tasks()
    assert isinstance(explain(raised.value), AwsRefused)
    assert len(cluster.ecs.sent("ListTasks")) == 1


def test_an_operation_that_is_not_implemented_is_not_repeated() -> None:
    assert not retries.is_hiccup(
        None, {"ResponseMetadata": {"HTTPStatusCode": 501}, "Error": {"Code": "InvalidAction"}}
    )


@contextmanager
def answering() -> Iterator[str]:
    """An endpoint at a port of its own that answers everything with an empty object."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    with in_thread(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_local_cloud_that_came_back_at_another_port_is_found(scripted: Aws, tmp_path: Path) -> None:
    assert scripted.environment.local is not None
    known = replace(scripted.environment.local, data_dir=tmp_path)
    scripted.environment = replace(scripted.environment, local=known)
    client = scripted.ecs
    with answering() as endpoint:
        written = {"endpoint": endpoint, "region": "us-west-1", "account_id": "1", "pid": 1, "speed": 5}
        (tmp_path / "endpoint.json").write_text(json.dumps(written | {"image_store": "/"}))
        client.list_tasks()
        assert scripted.environment.endpoint == endpoint
        scripted.ssm.get_parameters(Names=["n"])


def test_a_response_in_another_thread_does_not_end_the_retries_of_this_one(scripted: Aws) -> None:
    operation = scripted.ecs.meta.service_model.operation_model("DescribeServices")
    request: dict[str, Any] = {"body": "", "url": URL}
    received = {"operation": operation, "caught_exception": LOST}
    assert scripted.retries._look(response=None, request_dict=request, **received) is None
    fine = (None, {"ResponseMetadata": {"HTTPStatusCode": 200}})
    scripted.retries._look(response=fine, operation=operation, caught_exception=None, request_dict=request)
    assert scripted.retries._decide(response=None, **received) is not None

"""`spendsense exec`, against scripted responses of ECS; the local cloud's sessions are in tests/integration/."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.daily import exec as verb
from ops.environment import Environment, EnvironmentName
from ops.errors import AwsRefused, CouldNotStart
from ops.sessions.plugin import PROGRAM, SESSION_VARIABLE
from tests.unit.ops.scripted_cluster import Cluster
from tests.unit.ops.sessions.test_plugin import written

OPTIONS = verb.Options(command=["sh", "-c", "echo a b"], quiet=True)
SESSION = {"sessionId": "s1", "streamUrl": "wss://example", "tokenValue": "secret"}


def entered(aws: Aws) -> verb.EndedSession:
    return verb.run(aws, OPTIONS, Console(), lambda _: None)


@pytest.fixture
def on_aws(cluster: Cluster, scripted: Aws) -> Aws:
    cluster.running[0]["containers"][0]["runtimeId"] = "old1-0001"
    cluster.ecs.on("ExecuteCommand", {"session": SESSION})
    scripted.environment = Environment(name=EnvironmentName.PROD, region="us-west-1")
    return scripted


def test_on_aws_the_plugin_carries_the_session(
    cluster: Cluster, on_aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = written(tmp_path, monkeypatch, "1.2.764.0")
    left = entered(on_aws)
    [request] = cluster.ecs.sent("ExecuteCommand")
    assert (request["container"], request["command"]) == ("backend", "sh -c 'echo a b'")
    assert request["interactive"] is True
    lines = log.read_text().splitlines()
    assert (lines[0], lines[4]) == (SESSION_VARIABLE, '{"Target": "ecs:spendsense-prod_old1_old1-0001"}')
    assert json.loads(lines[-1].partition(": ")[2])["TokenValue"] == "secret"
    assert left.as_json()["command"] == "sh -c 'echo a b'"


def test_without_the_plugin_no_session_is_requested(
    cluster: Cluster, on_aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CouldNotStart, match=PROGRAM):
        entered(on_aws)
    assert cluster.ecs.sent("ExecuteCommand") == []


@pytest.mark.parametrize(
    "refusal",
    [
        {"__type": "InvalidParameterException", "message": "... because execute command was not enabled when the ..."},
        {"__type": "TargetNotConnectedException", "message": "The execute command failed due to an internal error."},
    ],
)
def test_where_tasks_cannot_be_entered_the_switch_is_the_next_step(
    cluster: Cluster, scripted: Aws, refusal: dict[str, Any]
) -> None:
    cluster.ecs.on("ExecuteCommand", refusal)
    with pytest.raises(AwsRefused, match="ECS opened no session in task old1") as caught:
        entered(scripted)
    assert "execute_command_enabled = true in environments/local.tfvars" in (caught.value.next_step or "")


def test_another_refusal_stays_what_it_is(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("ExecuteCommand", {"__type": "InvalidParameterException", "message": "command can not be blank."})
    with pytest.raises(scripted.ecs.exceptions.InvalidParameterException, match="can not be blank"):
        entered(scripted)

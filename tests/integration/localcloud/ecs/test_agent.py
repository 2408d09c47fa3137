"""A task's view of its agent: the metadata endpoint, and ECS Exec with a client like session-manager-plugin."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import httpx
import psutil
import pytest
from botocore.credentials import ContainerProvider
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from localcloud.tasks.agent.channel_messages import Message, PayloadType, acknowledgement
from ops.sessions.channel import converse
from tests.integration.localcloud.ecs.daemon import Shell, until
from tests.integration.localcloud.ecs.test_tasks import sh

SAY_WHERE = "echo $ECS_CONTAINER_METADATA_URI_V4; while :; do sleep 0.1; done"


def get(uri: str) -> Any:
    return httpx.get(uri, timeout=30).raise_for_status().json()


def metadata_uri(shell: Shell, arn: str, container: str = "c0") -> str:
    shell.until_status(arn, "RUNNING")

    def said() -> list[str]:
        try:
            return shell.output(arn, container)
        except shell.logs.exceptions.ResourceNotFoundException:
            return []

    return until(said, "the container's word")[0]


def test_a_container_learns_about_itself_and_its_task(shell: Shell) -> None:
    definition = shell.register(sh(SAY_WHERE, cpu=64, memory=128), sh("sleep 600"), family="asks")
    arn = shell.run(definition, tags=[{"key": "team", "value": "core"}])
    uri = metadata_uri(shell, arn)
    own = get(uri)
    assert (own["Name"], own["KnownStatus"], own["Limits"]) == ("c0", "RUNNING", {"CPU": 64, "Memory": 128})
    assert own["Labels"]["com.amazonaws.ecs.task-arn"] == arn
    assert own["LogOptions"]["awslogs-stream"] == f"t/c0/{arn.rsplit('/', 1)[1]}"
    task = get(f"{uri}/task")
    assert (task["TaskARN"], task["Family"], task["LaunchType"]) == (arn, "asks", "FARGATE")
    assert task["Limits"] == {"CPU": 0.25, "Memory": 512}
    described = shell.task(arn)
    assert [c["DockerId"] for c in task["Containers"]] == [c["runtimeId"] for c in described["containers"]]
    assert "TaskTags" not in task
    assert get(f"{uri}/taskWithTags")["TaskTags"] == {"team": "core"}
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        get(uri)


def test_a_task_has_the_credentials_of_its_role_and_no_others(shell: Shell) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust["Condition"] = {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-west-1:123456789012:*"}}  # type: ignore[assignment]
    policy = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = shell.daemon.client("iam").create_role(RoleName="task", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    say = sh("echo ${AWS_ACCESS_KEY_ID:-none} $AWS_CONTAINER_CREDENTIALS_FULL_URI; while :; do sleep 0.1; done")
    arn = shell.run(shell.register(say, family="has-a-role", taskRoleArn=role))
    key, uri = metadata_uri(shell, arn).split()
    assert key == "none"
    with patch.dict("os.environ", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}):
        found = ContainerProvider().load()
    assert found is not None
    keys = found.get_frozen_credentials()
    named = {"aws_access_key_id": keys.access_key, "aws_secret_access_key": keys.secret_key}
    sts = shell.daemon.client("sts", named | {"aws_session_token": keys.token})
    own = sts.get_caller_identity()["Arn"]
    assert own == f"arn:aws:sts::123456789012:assumed-role/task/{arn.rsplit('/', 1)[1]}"
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")
    assert httpx.get(uri).status_code == 404


def test_a_task_whose_role_does_not_trust_ecs_does_not_start(shell: Shell) -> None:
    role = "arn:aws:iam::123456789012:role/missing"
    arn = shell.run(shell.register(sh("sleep 600"), family="lacks-a-role", taskRoleArn=role))
    stopped = shell.until_status(arn, "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith(f"ECS was unable to assume the role '{role}'")


def test_stats_are_the_processes_real_numbers(shell: Shell) -> None:
    busy = "echo $ECS_CONTAINER_METADATA_URI_V4; while :; do :; done"
    arn = shell.run(shell.register(sh(busy), sh("exit 0", essential=False)))
    uri = metadata_uri(shell, arn)
    until(lambda: shell.task(arn)["containers"][1]["lastStatus"] == "STOPPED", "the second container's end")
    first = get(f"{uri}/stats")

    def cpu_ns(stats: Any) -> int:
        return int(stats["cpu_stats"]["cpu_usage"]["total_usage"])

    until(lambda: cpu_ns(get(f"{uri}/stats")) > cpu_ns(first), "more CPU time")
    assert 0 < first["memory_stats"]["usage"] < first["memory_stats"]["limit"] == 512 * 1024 * 1024
    containers = shell.task(arn)["containers"]
    stats = get(f"{uri}/task/stats")
    assert stats[containers[0]["runtimeId"]]["pids_stats"]["current"] == 1
    assert stats[containers[1]["runtimeId"]] is None
    shell.ecs.stop_task(cluster="c", task=arn)


def test_another_token_learns_nothing(shell: Shell) -> None:
    arn = shell.run(shell.register(sh(SAY_WHERE)))
    uri = metadata_uri(shell, arn)
    for wrong in (uri[:-1], uri + "/credentials", uri.rsplit("/", 1)[0]):
        with pytest.raises(httpx.HTTPStatusError, match="404"):
            get(wrong)
    shell.ecs.stop_task(cluster="c", task=arn)


@pytest.mark.parametrize(
    "mark", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "x"}]
)
def test_a_web_page_learns_nothing_and_runs_nothing(shell: Shell, mark: dict[str, str]) -> None:
    arn = shell.run(shell.register(sh(SAY_WHERE)), enableExecuteCommand=True)
    uri = metadata_uri(shell, arn)
    answer = httpx.get(f"{uri}/task", headers=mark, timeout=30)
    assert (answer.status_code, arn in answer.text) == (403, False)
    command = shell.ecs.execute_command(cluster="c", task=arn, container="c0", interactive=True, command="id")
    url = command["session"]["streamUrl"]
    if "host" not in mark:  # the client writes that header itself
        with pytest.raises(InvalidStatus, match="403"), connect(url, additional_headers=mark):
            pass
    with connect(url) as channel:
        Plugin(channel, command["session"]["tokenValue"]).hear_until(b"uid=")
    shell.ecs.stop_task(cluster="c", task=arn)


def ports_of(process: psutil.Process) -> set[int]:
    """Return the ports on which a process listens; none for one that has ended meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        connections = process.net_connections("tcp")
        return {held.laddr.port for held in connections if held.status == psutil.CONN_LISTEN}
    return set()


def test_only_the_endpoint_and_the_agent_listen_before_there_are_servers(shell: Shell) -> None:
    process = psutil.Process(shell.daemon.process.pid)
    listening = {port for each in (process, *process.children(recursive=True)) for port in ports_of(each)}
    for port in listening:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/quitquitquit",
            headers={"content-type": "text/plain", "origin": "null"},
            timeout=30,
        )
        assert answer.status_code == 403
    assert len(listening) == 2


# --- exec ---


class Plugin:
    """The client's end of a data channel. `ignore_first`: drop output once, as before its shell is ready."""

    def __init__(self, channel: ClientConnection, token: str, *, ignore_first: bool = False) -> None:
        self.channel = channel
        self.said = 0
        self.expected = 0
        self.printed = b""
        self.closed: dict[str, Any] | None = None
        self.ignore_first = ignore_first
        channel.send(json.dumps({"MessageSchemaVersion": "1.0", "RequestId": "r", "TokenValue": token}))

    def say(self, kind: PayloadType, payload: bytes) -> None:
        message = Message(
            kind="input_stream_data", payload=payload, payload_type=kind, sequence_number=self.said, id=uuid.uuid4()
        )
        self.said += 1
        self.channel.send(message.encode())

    def hear_until(self, words: bytes) -> None:
        while words not in self.printed and self.closed is None:
            self.hear()
        assert words in self.printed, (self.printed, self.closed)

    def hear_all(self) -> dict[str, Any]:
        while self.closed is None:
            self.hear()
        return self.closed

    def hear(self) -> None:
        frame = self.channel.recv(timeout=20)
        assert isinstance(frame, bytes)
        message = Message.decode(frame)
        if message.kind == "channel_closed":
            self.closed = json.loads(message.payload)
        if message.kind != "output_stream_data":
            return
        if message.payload_type == PayloadType.OUTPUT and self.ignore_first:
            self.ignore_first = False
            return
        self.channel.send(acknowledgement(message).encode())
        if message.sequence_number != self.expected:
            return
        self.expected += 1
        if message.payload_type == PayloadType.HANDSHAKE_REQUEST:
            [action] = json.loads(message.payload)["RequestedClientActions"]
            assert action["ActionParameters"]["SessionType"] == "InteractiveCommands"
            self.say(PayloadType.HANDSHAKE_RESPONSE, b'{"ClientVersion":"1.2.707.0","ProcessedClientActions":[]}')
        elif message.payload_type == PayloadType.OUTPUT:
            self.printed += message.payload


@pytest.fixture(scope="module")
def entered(shell: Shell) -> str:
    """Run a task with exec enabled; return its ARN."""
    container = sh("sleep 600", environment=[{"name": "WHO", "value": "ana"}], workingDirectory="/usr")
    arn = shell.run(shell.register(container, family="exec"), enableExecuteCommand=True)
    shell.until_status(arn, "RUNNING")
    return arn


def execute(shell: Shell, arn: str, command: str) -> dict[str, str]:
    answer = shell.ecs.execute_command(cluster="c", task=arn, command=command, interactive=True)
    return dict(answer["session"])


def test_a_shell_runs_on_a_terminal_in_the_containers_environment(shell: Shell, entered: str) -> None:
    session = execute(shell, entered, "/bin/sh")
    with connect(session["streamUrl"]) as channel:
        plugin = Plugin(channel, session["tokenValue"])
        plugin.say(PayloadType.SIZE, b'{"cols":91,"rows":33}')
        plugin.say(PayloadType.OUTPUT, b'echo "$WHO in $PWD $(stty size)"\r')
        plugin.hear_until(b"ana in /usr 33 91")
        plugin.say(PayloadType.OUTPUT, b"exit\r")
        assert plugin.hear_all()["SessionId"] == session["sessionId"]
    assert b"job control" not in plugin.printed


def test_output_that_the_client_was_not_ready_for_comes_again(shell: Shell, entered: str) -> None:
    session = execute(shell, entered, "sh -c 'echo once; sleep 1; echo twice'")
    with connect(session["streamUrl"]) as channel:
        plugin = Plugin(channel, session["tokenValue"], ignore_first=True)
        plugin.hear_all()
    assert plugin.printed == b"once\r\ntwice\r\n"


def test_a_wrong_token_and_a_used_session_are_refused(shell: Shell, entered: str) -> None:
    session = execute(shell, entered, "true")

    def is_refused(token: str) -> None:
        with connect(session["streamUrl"]) as channel:
            Plugin(channel, token)
            with pytest.raises(ConnectionClosedError, match="1008"):
                channel.recv(timeout=20)

    is_refused("wrong")
    with connect(session["streamUrl"]) as channel:
        Plugin(channel, session["tokenValue"]).hear_all()
    is_refused(session["tokenValue"])


def test_a_program_that_is_missing_is_reported(shell: Shell, entered: str) -> None:
    session = execute(shell, entered, "no-such-program")
    with connect(session["streamUrl"]) as channel:
        assert "no-such-program" in Plugin(channel, session["tokenValue"]).hear_all()["Output"]


def test_the_session_ends_with_its_container(shell: Shell) -> None:
    arn = shell.run(shell.register(sh("sleep 600"), family="exec"), enableExecuteCommand=True)
    shell.until_status(arn, "RUNNING")
    session = execute(shell, arn, "sh -c 'echo in; sleep 600'")
    with connect(session["streamUrl"]) as channel:
        plugin = Plugin(channel, session["tokenValue"])
        plugin.hear_until(b"in\r\n")
        shell.ecs.stop_task(cluster="c", task=arn)
        plugin.hear_all()
    shell.until_status(arn, "STOPPED")


def test_exec_needs_to_be_enabled_when_the_task_starts(shell: Shell, entered: str) -> None:
    [container] = shell.task(entered)["containers"]
    [agent] = container["managedAgents"]
    assert (agent["name"], agent["lastStatus"]) == ("ExecuteCommandAgent", "RUNNING")
    assert shell.task(entered)["enableExecuteCommand"]
    arn = shell.run(shell.register(sh("sleep 600")))
    shell.until_status(arn, "RUNNING")
    with pytest.raises(ClientError, match="execute command was not enabled when the task was run") as caught:
        execute(shell, arn, "sh")
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "managedAgents" not in shell.task(arn)["containers"][0]
    shell.ecs.stop_task(cluster="c", task=arn)


def test_a_service_hands_exec_to_its_tasks(shell: Shell) -> None:
    shell.ecs.create_service(
        cluster="c",
        serviceName="entered",
        taskDefinition=shell.register(sh("sleep 600"), family="entered"),
        desiredCount=1,
        networkConfiguration=shell.daemon.network,
        enableExecuteCommand=True,
    )
    shell.until_steady("entered")
    [arn] = shell.ecs.list_tasks(cluster="c", serviceName="entered")["taskArns"]
    assert shell.task(arn)["enableExecuteCommand"]
    shell.ecs.delete_service(cluster="c", service="entered", force=True)


class Keys:
    """Types lines, and then nothing."""

    def __init__(self, *lines: bytes) -> None:
        self._lines = lines

    @contextmanager
    def forwarded(self, send: Callable[[bytes], None], resize: Callable[[int, int], None]) -> Iterator[None]:
        resize(91, 33)
        for line in self._lines:
            send(line)
        yield


def test_the_client_of_spendsense_exec_has_a_terminal_in_the_container(shell: Shell, entered: str) -> None:
    printed = bytearray()
    session = execute(shell, entered, "/bin/sh")
    ended = converse(session, Keys(b'echo "$WHO in $PWD $(stty size)"\r', b"exit\r"), printed.extend)
    assert (ended, b"ana in /usr 33 91" in printed) == ("", True)
    missing = converse(execute(shell, entered, "no-such-program"), Keys(), printed.extend)
    assert "no-such-program" in missing

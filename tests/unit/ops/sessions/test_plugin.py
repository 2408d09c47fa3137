"""session-manager-plugin, in whose place stands a script that writes down how it was called."""

import json
import signal
from pathlib import Path

import pytest

from ops.errors import CouldNotStart, OpsError
from ops.sessions import plugin

SESSION = {"SessionId": "s1", "TokenValue": "very secret", "StreamUrl": "wss://example"}


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the script on PATH; it ends with the exit code that STATUS says."""
    return written(tmp_path, monkeypatch, "1.2.764.0")


def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    log, script = tmp_path / "calls", tmp_path / plugin.PROGRAM
    script.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = --version ]; then echo "{version}"; exit; fi\n'
        f'printf "%s\\n" "$@" "in the environment: ${plugin.SESSION_VARIABLE}" > {log}\n'
        'echo "of the session"; exit "${STATUS:-0}"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("AWS_PROFILE", "ops")
    return log


def run(*, quiet: bool = False) -> None:
    request = {"Target": "ecs:c_t_r"}
    plugin.run(
        plugin.find(), SESSION, request, region="us-west-1", endpoint="https://ssm.example", profile=None, quiet=quiet
    )


def test_the_sessions_token_is_on_no_command_line(calls: Path) -> None:
    run()
    lines = calls.read_text().splitlines()
    words = [
        plugin.SESSION_VARIABLE,
        "us-west-1",
        "StartSession",
        "ops",
        '{"Target": "ecs:c_t_r"}',
        "https://ssm.example",
    ]
    assert lines[:-1] == words
    assert json.loads(lines[-1].removeprefix("in the environment: ")) == SESSION


def test_with_quiet_its_output_is_not_a_result(calls: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(quiet=True)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "of the session\n")


@pytest.mark.usefixtures("calls")
def test_a_failure_of_the_plugin_is_one_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "5")
    with pytest.raises(OpsError, match="ended with exit code 5"):
        run()


@pytest.mark.usefixtures("calls")
def test_signals_of_the_terminal_end_nothing_here_and_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with plugin.left_to_the_plugin():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_without_the_plugin_the_next_step_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CouldNotStart, match="session-manager-plugin is not on PATH") as caught:
        plugin.find()
    assert "https://docs.aws.amazon.com/" in (caught.value.next_step or "")


@pytest.mark.parametrize("version", ["1.2.497.0", "1.1.9", "", "unknown"])
def test_an_old_one_would_show_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    written(tmp_path, monkeypatch, version)
    with pytest.raises(CouldNotStart, match=r"a version after 1\.2\.497\.0 is needed"):
        plugin.find()

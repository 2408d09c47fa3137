"""Runs AWS's session-manager-plugin for sessions on AWS, as `aws ecs execute-command` does."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ops.errors import CouldNotStart, OpsError

PROGRAM = "session-manager-plugin"
# Reads the session's token from this variable: on its command line everybody on this machine could read it.
SESSION_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
LAST_WITHOUT_VARIABLE = (1, 2, 497, 0)
VERSION_S = 10
INSTALL = (
    "install it: https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)
# Typed at a terminal, they reach both processes; the plugin passes them on to the task.
OF_THE_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)


def find() -> str:
    """Return the program's path. Errors: CouldNotStart when it is missing or too old; nothing was started then."""
    path = shutil.which(PROGRAM)
    if path is None:
        raise CouldNotStart(f"{PROGRAM} is not on PATH, and sessions on AWS need it", next_step=INSTALL)
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=VERSION_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise CouldNotStart(f"{path} --version did not respond: {exc}", next_step=INSTALL) from exc
    version = shown.stdout.strip()
    if not re.fullmatch(r"\d+(\.\d+){1,3}", version) or numbers(version) <= LAST_WITHOUT_VARIABLE:
        raise CouldNotStart(
            f"{path} prints {version or 'no version'}; a version after 1.2.497.0 is needed, because older ones show "
            "the session's token on the command line",
            next_step=INSTALL,
        )
    return path


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def run(
    path: str,
    session: Mapping[str, str],
    request: Mapping[str, object],
    *,
    region: str,
    endpoint: str,
    profile: str | None,
    quiet: bool,
) -> None:
    """Run a session to its end. Errors: OpsError when the plugin fails.

    session: id, URL and token as SSM names them. request: what the session was started with. quiet: its output goes to
    stderr.
    """
    words = [path, SESSION_VARIABLE, region, "StartSession", profile or os.environ.get("AWS_PROFILE", "")]
    environment = os.environ | {SESSION_VARIABLE: json.dumps(session)}
    with left_to_the_plugin():
        output = sys.stderr if quiet else None
        with subprocess.Popen([*words, json.dumps(request), endpoint], env=environment, stdout=output) as process:
            try:
                status = process.wait()
            except BaseException:
                process.terminate()
                raise
    if status != 0:
        raise OpsError(
            f"{PROGRAM} ended with exit code {status}",
            next_step="its own message says why; `spendsense tasks --stopped` shows whether the task has stopped",
        )


@contextmanager
def left_to_the_plugin() -> Iterator[None]:
    """Handle the terminal's signals by doing nothing: ignored ones would stay ignored in the plugin."""
    before = {each: signal.signal(each, lambda *_: None) for each in OF_THE_TERMINAL}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)

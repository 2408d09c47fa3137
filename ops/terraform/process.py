"""A running Terraform: followed line by line, interrupted once, and found again after its command has ended.

It runs in a session of its own and writes to a file, so that it finishes even if the command is killed or gets a second
signal; the next command waits for it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops.local_process import look_at
from ops.terraform.messages import Messages

LOOK_S = 0.05
RUNNING, OUTPUT = "running.pid", "output.jsonl"
STOPPING = "Stopping Terraform: it finishes what it is doing and saves its state (a second signal does not wait) ..."
LEFT = (
    "Terraform (process {pid}) is still finishing what it is doing and saving its state; the next command waits for it"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """A Terraform that has ended."""

    status: int
    messages: Messages


@dataclass(slots=True)
class Lines:
    """A growing file, read line by line."""

    path: Path
    position: int = 0
    waiting: deque[str] = field(default_factory=deque)

    def new(self, *, last: bool = False) -> Iterator[str]:
        """Yield the lines that have come. last: nothing more comes, so an incomplete line counts, too."""
        with self.path.open("rb") as file:
            file.seek(self.position)
            come = file.read()
        whole = len(come) if last else come.rfind(b"\n") + 1
        self.waiting.extend(come[:whole].decode(errors="replace").splitlines())
        self.position += whole
        while self.waiting:
            yield self.waiting.popleft()


def run(
    directory: Path,
    command: Sequence[str],
    environment: Mapping[str, str],
    on_messages: Callable[[Messages], None],
    say: Callable[[str], None],
    *,
    changes: bool,
) -> Ran:
    """Run Terraform with `-json`; `on_messages` sees all that it has said so far. directory: of its output.

    A signal is passed on to it once, and raised again when it has ended. A second signal is raised immediately: then a
    run that `changes` something is left to finish, and any other is killed.
    """
    output = directory / OUTPUT
    with output.open("wb") as written:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    messages, lines = Messages(), Lines(output)

    def follow() -> None:
        _announce(child, directory)
        ended = False
        while not ended:
            ended = child.poll() is not None
            for line in lines.new(last=ended):
                messages.read(line)
            on_messages(messages)
            if not ended:
                time.sleep(LOOK_S)
        (directory / RUNNING).unlink(missing_ok=True)

    try:
        follow()
    except KeyboardInterrupt as exc:
        _stop(child, follow, say, changes=changes, because=exc)
        raise
    return Ran(child.returncode, messages)


def _stop(
    child: "subprocess.Popen[bytes]",
    follow: Callable[[], None],
    say: Callable[[str], None],
    *,
    changes: bool,
    because: KeyboardInterrupt,
) -> None:
    """Interrupt Terraform and follow it to its end. At the next signal, `because` gets a note on what is left."""
    try:
        child.send_signal(signal.SIGINT)
        say(STOPPING)
        follow()
    except KeyboardInterrupt:
        if changes:
            because.add_note(LEFT.format(pid=child.pid))
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # with its provider; it has nothing to save
        child.wait()


def _announce(child: "subprocess.Popen[bytes]", directory: Path) -> None:
    """Record the process for the next command. On a full disk, stop it: no unrecorded process may change the state."""
    try:
        (directory / RUNNING).write_text(str(child.pid))
    except OSError:
        child.send_signal(signal.SIGINT)
        child.wait()
        raise


def wait_for_earlier(directory: Path, say: Callable[[str], None]) -> None:
    """Wait for a Terraform that works on this state, started by another or a killed command."""
    pid = earlier(directory)
    if pid is None:
        return
    say(f"Terraform (process {pid}) is still running, perhaps left by a killed command; waiting for it to finish ...")
    while earlier(directory) is not None:
        time.sleep(LOOK_S)


def earlier(directory: Path) -> int | None:
    """Return the process of a Terraform that works here; None when there is none."""
    try:
        pid = int((directory / RUNNING).read_text())
    except (OSError, ValueError):
        return None
    return pid if look_at(pid) is not None and _works_in(pid, directory) else None


def _works_in(pid: int, directory: Path) -> bool:
    """Check by its command line that a process is this directory's Terraform: process ids are reused."""
    try:
        shown = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:  # it has ended, or there is no /proc on this system
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return f"-chdir={directory}" in shown


def finished(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a quick command to its end; the caller checks the exit status."""
    return subprocess.run(
        command, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

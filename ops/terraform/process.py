"""A running Terraform: followed line by line, interrupted once, and found again when its command was killed.

It runs in a session of its own and writes to a file, so a command that is killed does not end it halfway: it finishes,
and the next command waits for it.
"""

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
STOPPING = "Stopping Terraform: it finishes what it is doing and saves its state ..."
STILL_STOPPING = "Terraform is still stopping ..."


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
        """Yield the lines that have come. last: nothing more comes, so what has no line's end is a line too."""
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
    on_news: Callable[[Messages], None],
    say: Callable[[str], None],
) -> Ran:
    """Run Terraform with `-json`; `on_news` sees all that it has said so far. directory: of its output.

    A signal is passed on to it once, and raised again when it has ended.
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
    signalled: KeyboardInterrupt | None = None
    ended = False
    while not ended:
        try:
            _announce(child, directory)
            while not ended:
                ended = child.poll() is not None
                for line in lines.new(last=ended):
                    messages.read(line)
                on_news(messages)
                if not ended:
                    time.sleep(LOOK_S)
        except KeyboardInterrupt as exc:
            if signalled is None:
                child.send_signal(signal.SIGINT)
            say(STOPPING if signalled is None else STILL_STOPPING)
            signalled, ended = signalled or exc, False
    (directory / RUNNING).unlink(missing_ok=True)
    if signalled is not None:
        raise signalled
    return Ran(child.returncode, messages)


def _announce(child: "subprocess.Popen[bytes]", directory: Path) -> None:
    """Write down the process for the next command. On a full disk, stop it: nothing may work on the state unseen."""
    try:
        (directory / RUNNING).write_text(str(child.pid))
    except OSError:
        child.send_signal(signal.SIGINT)
        child.wait()
        raise


def wait_for_earlier(directory: Path, say: Callable[[str], None]) -> None:
    """Wait for a Terraform that works on this state, of another command or of one that was killed."""
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

"""The local cloud's process: start it detached, wait until it is ready, stop it and no other process."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ops.aws.clients import explain
from ops.environment import LocalEndpoint, answers, command_at, read_endpoint
from ops.errors import CouldNotStart, OpsError, WaitTimedOut
from ops.local import data_files
from ops.local_health import look
from ops.local_process import Standstill, birth, is_local_cloud
from ops.log_text import last_of
from ops.signals import from_now_on, have_come_twice
from ops.waiter import Deadline, wait_for

START_TIMEOUT_S = 300.0
# Longer than the longest stop: at --speed 1 a container may take 120 s, the most that stopTimeout allows; then the
# load balancer, the databases and the caches end, each within its own limit.
STOP_TIMEOUT_S = 240.0
SILENT_END_S = 20.0  # at the end it waits only for its guardian
KILL_WAIT_S = 10.0
POLL_INTERVAL_S = 0.05
LAST_LINES = 20
END_READ = 256 * 1024  # bytes
LOG_NAME = "localcloud.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    data_dir: Path
    port: int | None  # of the endpoint; None lets the local cloud choose
    speed: float
    faults: bool = False
    allowed_origins: tuple[str, ...] = ()  # whose web pages may call the endpoint
    iam: str | None = None  # None: as in the run before
    container_engine: str | None = None  # None: the first that works


@dataclass(frozen=True, slots=True)
class Ended:
    """A local cloud that was ended. was_killed: it did not react to SIGTERM."""

    pid: int
    was_killed: bool


def log_path(data_dir: Path) -> Path:
    return data_dir / LOG_NAME


def is_running(data_dir: Path) -> bool:
    """Return whether a local cloud holds the data directory's lock."""
    try:
        lock = (data_dir / "lock").open()
    except (FileNotFoundError, IsADirectoryError):
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def leftovers_ended(names: Sequence[str]) -> str:
    return f"Ended the processes that a killed local cloud had left behind: {', '.join(names)}"


def end_leftovers(data_dir: Path) -> list[str]:
    """End what a local cloud that was killed together with its guardian left running; return the processes' names.

    Call it only while no local cloud runs. Nothing else ends them, and a remaining server blocks its address for the
    next start.
    """
    ended_names: list[str] = []
    for ledger in sorted(data_dir.glob("processes-*.jsonl")):
        run = ledger.stem.removeprefix("processes-")
        command = [sys.executable, "-P", "-m", "localcloud.guardian", str(ledger), run]
        swept = subprocess.run(command, cwd=data_dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        ended_names += swept.stdout.decode().split("\n")[:-1]
    return ended_names


def start(
    options: StartOptions, before_waiting: Callable[[], None], before_stopping: Callable[[], None]
) -> tuple[LocalEndpoint, subprocess.Popen[bytes]]:
    """Start the local cloud in a session of its own and wait until it is ready; `before_waiting` runs meanwhile.

    Errors: CouldNotStart, with the last lines of its log. Whatever interrupts the wait ends the process first;
    `before_stopping` is called before a running process is ended.
    """
    data_dir = options.data_dir
    log = data_files.free_path(log_path(data_dir))
    if log.exists():
        log.replace(data_files.free_path(log.with_suffix(".log.1")))
    data_files.free_path(data_dir / "endpoint.json").unlink(missing_ok=True)  # left by a local cloud that was killed
    # -P: a folder in the caller's current directory must not be mistaken for the package.
    command = [sys.executable, "-P", "-m", "localcloud"]
    command += ["--data-dir", str(data_dir), "--speed", f"{options.speed:g}"]
    if options.faults:
        command += ["--faults"]
    if options.iam is not None:
        command += ["--iam", options.iam]
    if options.container_engine is not None:
        command += ["--container-engine", options.container_engine]
    for origin in options.allowed_origins:
        command += ["--allow-origin", origin]
    if options.port is not None:
        command += ["--port", str(options.port)]
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=data_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        before_waiting()
        return wait_until_ready(data_dir, child), child
    except BaseException:
        if child.poll() is None:
            before_stopping()
        stop_child(child)
        raise


def wait_until_ready(data_dir: Path, child: subprocess.Popen[bytes]) -> LocalEndpoint:
    """Wait for its endpoint. Errors: CouldNotStart when the process ends or is suspended, or the deadline passes."""
    log = log_path(data_dir)
    watch = Standstill(child.pid)

    def look() -> LocalEndpoint | None:
        if child.poll() is not None:
            raise ended(data_dir, child, "the local cloud ended while starting")
        local = read_endpoint(data_dir)
        if local is not None and local.pid == child.pid and answers(local, watch):
            return local
        raise_if_still(watch, data_dir)
        return None

    local = wait_for(look, Deadline(START_TIMEOUT_S), interval_s=POLL_INTERVAL_S)
    if local is None:
        raise CouldNotStart(
            f"the local cloud was not ready within {START_TIMEOUT_S:g} s; its last lines:\n{last_lines(log)}",
            next_step=f"the full log is {log}",
        )
    return local


def ended(data_dir: Path, child: "subprocess.Popen[bytes]", what: str, more: str = "") -> CouldNotStart:
    """Return the error for a local cloud that was started here and has ended, with its last lines."""
    log = log_path(data_dir)
    return CouldNotStart(
        f"{what} (exit status {child.returncode}); its last lines:\n{last_lines(log)}",
        next_step=f"the full log is {log}{more}",
    )


def clearer_error(
    exc: BaseException, local: LocalEndpoint, data_dir: Path, child: "subprocess.Popen[bytes] | None"
) -> CouldNotStart | None:
    """Return an error that says more than `exc`: the local cloud has ended, or a part has failed; None if neither.

    A signal is no error, and stays as it is.
    """
    if not isinstance(exc, Exception):
        return None
    if child is not None and child.poll() is not None:
        more = f"; data stays, and {command_at(data_dir, 'up')} continues from there"
        return ended(data_dir, child, "the local cloud ended meanwhile", more)
    explained = exc if isinstance(exc, OpsError) else explain(exc)
    failed = "; ".join(look(local.endpoint).failed)
    if explained is None or not failed or failed in explained.message:
        return None
    return CouldNotStart(
        f"{explained.message}; a part of the local cloud has failed: {failed}", next_step=f"see {log_path(data_dir)}"
    )


def last_lines(path: Path) -> str:
    """Return the end of a log, indented."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - END_READ))
            text = log.read().decode(errors="replace")
    except OSError:
        return "  (no log)"
    return "\n".join(f"  {line}" for line in last_of(text.splitlines()[-LAST_LINES:])) or "  (nothing was logged)"


def stop_child(child: subprocess.Popen[bytes]) -> None:
    """Stop a local cloud that this command started. After a second signal, do not wait for its end."""
    if child.poll() is not None:
        return
    if have_come_twice():
        _request_stop(child.pid)
    else:
        _end(child.pid, lambda: child.poll() is not None, STOP_TIMEOUT_S)
        child.wait()


def _end(pid: int, has_ended: Callable[[], bool], timeout_s: float) -> bool:
    """TERM, deadline, KILL; say whether it ended without KILL. A suspended process gets KILL immediately.

    The local cloud's guardian ends everything that it started.
    """
    watch = Standstill(pid, silent_s=SILENT_END_S)
    _request_stop(pid)
    ended = wait_for(lambda: has_ended() or watch.reason(), Deadline(timeout_s), interval_s=POLL_INTERVAL_S)
    if ended is True:
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return False


def _request_stop(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGCONT)  # a suspended process takes no other signal


def attach(data_dir: Path) -> LocalEndpoint | None:
    """Find the local cloud that holds the lock; wait while it is starting. None: it was stopping, and has ended.

    Errors: CouldNotStart.
    """
    watch: Standstill | None = None

    def look() -> LocalEndpoint | Literal[False] | None:
        nonlocal watch
        if not is_running(data_dir):
            return False
        pid = process_of(data_dir)
        if pid is not None and (watch is None or watch.pid != pid):
            watch = Standstill(pid)
        local = read_endpoint(data_dir)
        if local is not None and answers(local, watch):
            return local
        if watch is not None and is_local_cloud(watch.pid, data_dir):
            raise_if_still(watch, data_dir)
        return None

    found: LocalEndpoint | Literal[False] | None = wait_for(look, Deadline(START_TIMEOUT_S), interval_s=POLL_INTERVAL_S)
    if found is None:
        raise CouldNotStart(
            f"a local cloud uses {data_dir} but does not respond; its last lines:\n{last_lines(log_path(data_dir))}",
            next_step=f"stop it ({command_at(data_dir, 'down')}), then start it again",
        )
    return None if found is False else found


def raise_if_still(watch: Standstill, data_dir: Path) -> None:
    """Check the local cloud's process. Errors: CouldNotStart when it hangs, as waiting does not help then."""
    if (still := watch.reason()) is not None:
        raise CouldNotStart(
            f"the local cloud of {data_dir} does not respond: {still}; "
            f"its last lines:\n{last_lines(log_path(data_dir))}",
            next_step=watch.next_step,
        )


def stop(data_dir: Path, *, timeout_s: float = STOP_TIMEOUT_S) -> Ended | None:
    """Stop the local cloud of a data directory; return None when none runs.

    Errors: OpsError when the process named there is not this directory's local cloud; WaitTimedOut.
    """
    if not is_running(data_dir):
        return None
    pid = wait_for(lambda: process_of(data_dir), Deadline(timeout_s), interval_s=POLL_INTERVAL_S)
    if pid is None:
        raise WaitTimedOut(
            f"a local cloud uses {data_dir}, but its process id is not known",
            next_step=f"find it with `ps`, and see {log_path(data_dir)}",
        )
    if not is_local_cloud(pid, data_dir):
        raise OpsError(
            f"process {pid} is not the local cloud of {data_dir}, so it was not stopped",
            next_step="find the process that uses the data directory with `ps`",
        )
    from_now_on("the local cloud is stopping; its data stays")
    began = birth(pid)

    def has_ended() -> bool:
        # The lock is free a little before the process has ended. Its id may then be another's.
        now = birth(pid)
        return not is_running(data_dir) and (now is None or now != began)

    if _end(pid, has_ended, timeout_s):
        return Ended(pid, was_killed=False)
    if wait_for(lambda: has_ended() or None, Deadline(KILL_WAIT_S), interval_s=POLL_INTERVAL_S) is None:
        raise WaitTimedOut(
            f"the local cloud (process {pid}) did not exit, even after SIGKILL",
            next_step=f"see {log_path(data_dir)}, and check whether its disk responds: `ps -o state,wchan -p {pid}`",
        )
    return Ended(pid, was_killed=True)


def process_of(data_dir: Path) -> int | None:
    """Return the process that holds the data directory, from the lock file, which it writes before anything else."""
    written = data_files.read(data_dir / "lock")
    if written.isdigit():
        return int(written)
    local = read_endpoint(data_dir)
    return local.pid if local is not None else None

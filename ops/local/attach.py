"""The local cloud that `up` works with: the running one if its settings fit, else a new one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ops.aws.clients import load_models
from ops.configuration import DEFAULT_REGION
from ops.console import Console
from ops.environment import LocalEndpoint, command_at
from ops.errors import CouldNotStart, DataGone, Misuse
from ops.local import daemon, last_endpoint, last_url
from ops.local_health import Health, look
from ops.signals import from_now_on
from ops.waiter import Deadline, wait_for

DEFAULT_SPEED = 5.0
RECOVERS_WITHIN_S = 30.0
"""The local cloud retries after 10 s at most; the rest is for the start of a database."""
LOOK_S = 0.5
STOPPING = "Stopping what was started ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The requested settings of the local cloud; None accepts any, or the default for a new one."""

    port: int | None = None  # of the AWS endpoint
    listener_port: int | None = None  # of the load balancer
    speed: float | None = None
    faults: bool = False
    allowed_origins: tuple[str, ...] = ()  # whose web pages may call the AWS endpoint
    iam: str | None = None  # enforce, audit or off
    container_engine: str | None = None  # auto, none, docker or podman


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCloud:
    """A running local cloud. child: its process, when this command started it."""

    local: LocalEndpoint
    data_dir: Path
    child: subprocess.Popen[bytes] | None
    was_running: bool

    @property
    def has_died(self) -> bool:
        """True when the process that this command started has ended."""
        return self.child is not None and self.child.poll() is not None


def stop_first(data_dir: Path | None) -> str:
    return f"stop it first: {command_at(data_dir or Path(), 'down')}"


def resumes(data_dir: Path) -> str:
    return f"data stays, and running {command_at(data_dir, 'up')} again continues from there"


def attach_or_start(settings: Settings, data_dir: Path, console: Console) -> LocalCloud:
    """Return the running local cloud, or start one. Errors: Misuse, CouldNotStart."""
    if daemon.is_running(data_dir) and (local := daemon.attach(data_dir)) is not None:
        check_settings(local, settings)
        from_now_on(f"the local cloud was already running and keeps running; {resumes(data_dir)}")
        return LocalCloud(local=local, data_dir=data_dir, child=None, was_running=True)
    if left := daemon.end_leftovers(data_dir):
        console.say(daemon.leftovers_ended(left))
    if settings.listener_port is None:
        last_url.check_port(data_dir)
    if settings.port is None:
        last_endpoint.await_release(data_dir)
    options = daemon.StartOptions(
        data_dir=data_dir,
        port=settings.port,
        speed=settings.speed or DEFAULT_SPEED,
        faults=settings.faults,
        allowed_origins=settings.allowed_origins,
        iam=settings.iam,
        container_engine=settings.container_engine,
    )
    local, child = daemon.start(
        options,
        before_waiting=lambda: load_models(DEFAULT_REGION),
        before_stopping=lambda: say_stopping(data_dir, console),
    )
    if settings.port is None and (line := last_endpoint.moved(data_dir, local.endpoint)):
        console.say(line, style="yellow")
    last_endpoint.keep(data_dir, local.endpoint)
    return LocalCloud(local=local, data_dir=data_dir, child=child, was_running=False)


def check_settings(local: LocalEndpoint, settings: Settings) -> None:
    """Check that a running local cloud has the requested settings. Errors: Misuse."""
    for name, requested, present in (
        ("--speed", settings.speed, local.speed),
        ("--port", settings.port or None, urlsplit(local.endpoint).port),  # 0: any port
    ):
        if requested is not None and requested != present:
            raise Misuse(
                f"the local cloud is already running, with {name} {present:g} instead of {requested:g}",
                next_step=stop_first(local.data_dir),
            )
    if settings.faults and not local.faults:
        raise Misuse("the local cloud is already running, without --faults", next_step=stop_first(local.data_dir))
    for option, wanted, found in (
        ("--iam", settings.iam, local.iam),
        ("--container-engine", settings.container_engine, local.container_engine),
    ):
        if wanted not in (None, found):
            raise Misuse(
                f"the local cloud is already running, with {option} {found} instead of {wanted}",
                next_step=stop_first(local.data_dir),
            )
    missing = sorted(set(settings.allowed_origins) - set(local.allowed_origins))
    if missing:
        raise Misuse(
            f"the local cloud is already running, without --allow-origin {missing[0]}",
            next_step=stop_first(local.data_dir),
        )


def check_parts(cloud: LocalCloud, settings: Settings, console: Console) -> None:
    """Report stored state that could not be read. Errors: CouldNotStart when a part has failed.

    A failed part is restarted every few seconds, and may start once its disk has room. With a new port for the load
    balancer a failed part is not an error, since the port may be the cause.
    """
    health = look(cloud.local.endpoint)
    for each in health.set_aside:
        console.say(f"Set aside: {each}", style="yellow")
    if settings.listener_port is not None:
        return
    if health.failed:
        console.say(f"Failed: {'; '.join(health.failed)}; waiting for it to recover ...", style="yellow")
        health = _recovered(cloud) or look(cloud.local.endpoint)
    if health.failed:
        raise CouldNotStart(
            f"a part of the local cloud has failed: {'; '.join(health.failed)}",
            next_step=f"see {daemon.log_path(cloud.data_dir)}; then {command_at(cloud.data_dir, 'down')} and "
            f"{command_at(cloud.data_dir, 'up')}",
        )


def _recovered(cloud: LocalCloud) -> Health | None:
    """Wait until every part is healthy; None after the time limit."""

    def well() -> Health | None:
        health = look(cloud.local.endpoint)
        return health if health.has_answered and not health.failed else None

    return wait_for(well, Deadline(RECOVERS_WITHIN_S), interval_s=LOOK_S)


@contextmanager
def stopped_on_failure(cloud: LocalCloud, console: Console) -> Iterator[None]:
    """Stop a local cloud that this command started, on an error or a signal, and raise the clearest error.

    If data is lost, it keeps running: the recovery needs it.
    """
    try:
        yield
    except DataGone:
        raise
    except BaseException as exc:
        clearer = daemon.clearer_error(exc, cloud.local, cloud.data_dir, cloud.child)
        if cloud.child is not None and not cloud.has_died:
            say_stopping(cloud.data_dir, console)
            daemon.stop_child(cloud.child)
            if cloud.has_died:
                from_now_on(f"what this command started was stopped; {resumes(cloud.data_dir)}")
        if clearer is not None:
            raise clearer from exc
        raise


def say_stopping(data_dir: Path, console: Console) -> None:
    """Print that the local cloud is being stopped; a second signal then reports that this continues."""
    console.say(STOPPING)
    from_now_on(f"what this command started is being stopped; {resumes(data_dir)}")

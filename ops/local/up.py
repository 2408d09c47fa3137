"""`spendsense up`: starts everything up to a healthy service behind the load balancer; safe to repeat."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops import guide
from ops.aws.clients import Aws
from ops.aws.service import Service
from ops.console import Console
from ops.environment import EnvironmentName, LocalEndpoint, certificate_in, data_directory, local_environment
from ops.errors import CouldNotStart, Misuse
from ops.local import daemon, first_apply, last_url
from ops.local.attach import LocalCloud, Settings, attach_or_start, check_parts, stop_first, stopped_on_failure
from ops.local.lock import sole_operator
from ops.signals import from_now_on
from ops.terraform.apply import Applied
from ops.terraform.program import Provider
from ops.waiter import Deadline

TIMEOUT_S = 600.0
LOG_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Settings):
    """refresh: apply although nothing has changed."""

    environment: EnvironmentName = EnvironmentName.LOCAL
    provider: Provider = Provider.STAND_IN
    refresh: bool = False
    source: Path | None = None  # default: this project
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The running environment, and how long each step took."""

    url: str
    local: LocalEndpoint
    data_dir: Path
    service: Service
    was_running: bool
    duration_s: float
    phases_s: dict[str, float]
    child: subprocess.Popen[bytes] | None  # None unless this command started it
    environment: EnvironmentName = EnvironmentName.LOCAL
    applied: Applied

    exit_code = 0

    @property
    def mail(self) -> Path:
        return self.data_dir / "mail"

    def as_json(self) -> dict[str, object]:
        return {
            "url": self.url,
            "endpoint": self.local.endpoint,
            "registry": guide.registry_host(self.local.endpoint),
            "region": self.local.region,
            "account_id": self.local.account_id,
            "pid": self.local.pid,
            "speed": self.local.speed,
            "data_dir": str(self.data_dir),
            "log": str(daemon.log_path(self.data_dir)),
            "mail": str(self.mail),
            "revision": self.service.revision,
            "running": self.service.running,
            "was_running": self.was_running,
            "duration_s": round(self.duration_s, 3),
            "phases_s": self.phases_s,
            "terraform": self.applied.as_json(),
        }

    def show(self, console: Console) -> None:
        state = "was already up" if self.was_running else "is up"
        like = "" if self.environment is EnvironmentName.LOCAL else f" like {self.environment.settings}"
        console.result(f"SpendSense{like} {state}, healthy after {self.duration_s:.1f} s", style="bold green")
        log = daemon.log_path(self.data_dir)
        for line in guide.what_runs(self.url, self.local, self.service, log, self.mail, self.environment):
            console.result(line)
        console.result()
        for line in guide.next_commands(self.url, self.environment, certificate_in(self.data_dir)):
            console.result(line)


def run(options: Options, console: Console) -> Running:
    """Start the local environment, or verify that it is running.

    Errors: Misuse, CouldNotStart, BuildFailed, TaskFailed. On an error and on Ctrl-C, a local cloud that this command
    started is stopped again; data stays.
    """
    check(options)
    started = time.monotonic()
    data_dir = data_directory(options.environment)
    with sole_operator(data_dir, console):
        with console.phase("local_cloud"):
            cloud = attach_or_start(options, data_dir, console)
        with stopped_on_failure(cloud, console):
            check_parts(cloud, options, console)
            applied, service, url = bring_up(cloud, options, console)
        from_now_on(f"the environment is running: `{guide.command_for(options.environment, 'status')}`")
        last_url.keep(data_dir, url)
    return Running(
        url=url,
        local=cloud.local,
        data_dir=data_dir,
        service=service,
        was_running=cloud.was_running,
        duration_s=time.monotonic() - started,
        phases_s=console.phases_s,
        child=cloud.child,
        environment=options.environment,
        applied=applied,
    )


def check(options: Options) -> None:
    """Errors: Misuse for an environment on AWS, and for two servers on one port."""
    environment = options.environment
    if not environment.is_local:
        raise Misuse(
            f"`up` works only on this machine; {environment} is on AWS",
            next_step=f"see infrastructure/README.md; to rehearse it here: `spendsense up --like {environment}`",
        )
    if options.port and options.port == options.listener_port:
        raise Misuse(
            f"--port and --listener-port are both {options.port}, but each server needs a port of its own",
            next_step="leave one of them out, and a free port is chosen",
        )


def bring_up(cloud: LocalCloud, options: Options, console: Console) -> tuple[Applied, Service, str]:
    """Create what is missing, up to a service that responds; return what was applied, the service and its URL."""
    aws = Aws(local_environment(cloud.local, options.environment), lambda text: console.say(text, style="yellow"))
    aws.retries.should_give_up = lambda: cloud.has_died
    deadline = Deadline(options.timeout_s)
    request = first_apply.Request(
        listener_port=options.listener_port,
        source=options.source,
        provider=options.provider,
        refresh=options.refresh,
    )
    return first_apply.bring_up(cloud, aws, request, console, deadline)


def stay_attached(running: Running, write: Callable[[str], object] = sys.stderr.write) -> None:
    """Stay in the foreground and copy the local cloud's log to `write` until it ends or Ctrl-C ends it.

    Errors: Misuse when the local cloud was running already; CouldNotStart when it ends by itself.
    """
    child = running.child
    if child is None:
        raise Misuse("the local cloud is already running, in the background", next_step=stop_first(running.data_dir))
    from_now_on("the local cloud ends with this command; data stays")
    log = daemon.log_path(running.data_dir)
    with log.open(errors="replace") as lines:
        lines.seek(0, 2)
        try:
            while child.poll() is None:
                write(lines.read())
                time.sleep(LOG_POLL_S)
        finally:
            daemon.stop_child(child)
            write(lines.read())
    raise CouldNotStart(
        f"the local cloud ended (exit status {child.returncode}); its last lines:\n{daemon.last_lines(log)}"
    )

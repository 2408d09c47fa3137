"""`spendsense up`: starts everything up to a healthy service behind the load balancer; safe to repeat."""

import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

from ops import guide
from ops.aws import task_definition
from ops.aws.clients import Aws, load_models
from ops.aws.once import update_service
from ops.aws.service import (
    RolloutState,
    Service,
    describe_service,
    describe_targets,
    find_service,
    stopped_tasks,
    url_of,
)
from ops.console import Console, command_name
from ops.deploying import deploy
from ops.environment import (
    DEFAULT_REGION,
    PROJECT_ROOT,
    EnvironmentName,
    LocalEndpoint,
    data_directory,
    local_environment,
)
from ops.errors import CouldNotStart, DataGone, Misuse
from ops.image import build
from ops.local import daemon, last_url
from ops.local.operator import sole_operator
from ops.local.provision import alarms, everything
from ops.local.provision import service as provision_service
from ops.local_health import look, open_directly
from ops.parameters import deployed, recovery_shape
from ops.rollout import migration
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import Seen, follow
from ops.rollout.verdict import ExpectedDeployment, Verdict, all_healthy, is_rollback
from ops.signals import from_now_on
from ops.waiter import Deadline, wait_for

DEFAULT_SPEED = 5.0
TIMEOUT_S = 600.0
HEALTH_REQUEST_S = 2.0
STOPPING = "Stopping what was started ..."
GOES_ON = "data stays, and `spendsense up` goes on from there"
IS_STOPPED = f"what this command started goes on stopping; {GOES_ON}"
STOPPED = f"what this command started was stopped; {GOES_ON}"
LOG_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    environment: EnvironmentName = EnvironmentName.LOCAL
    port: int | None = None  # of the AWS endpoint
    listener_port: int | None = None  # of the load balancer
    speed: float | None = None
    faults: bool = False
    allowed_origins: tuple[str, ...] = ()  # whose web pages may call the AWS endpoint
    source: Path | None = None  # default: this project
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What runs, and how long each step took."""

    url: str
    local: LocalEndpoint
    data_dir: Path
    service: Service
    was_running: bool
    duration_s: float
    phases_s: dict[str, float]
    child: subprocess.Popen[bytes] | None  # None unless this run started it

    exit_code = 0

    @property
    def mail(self) -> Path:
        return self.data_dir / "mail"

    def as_json(self) -> dict[str, object]:
        return {
            "url": self.url,
            "endpoint": self.local.endpoint,
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
        }

    def show(self, console: Console) -> None:
        how = "was up already" if self.was_running else "is up"
        console.result(f"SpendSense {how}, healthy after {self.duration_s:.1f} s", style="bold green")
        for line in guide.what_runs(self.url, self.local, self.service, daemon.log_path(self.data_dir), self.mail):
            console.result(line)
        console.result()
        for line in guide.next_commands(self.url):
            console.result(line)


def run(options: Options, console: Console) -> Running:
    """Start the local environment, or verify that it runs.

    Errors: Misuse, CouldNotStart, BuildFailed, TaskFailed. On an error and on Ctrl-C, a local cloud that this run
    started is stopped again; data stays.
    """
    if options.environment is not EnvironmentName.LOCAL:
        raise Misuse(
            f"`up` brings up the local environment; {options.environment} is made by Terraform",
            next_step="infrastructure/README.md tells how",
        )
    started = time.monotonic()
    data_dir = data_directory()
    with sole_operator(data_dir, console):
        was_running = daemon.is_running(data_dir)
        if not was_running and (left := daemon.end_leftovers(data_dir)):
            console.say(f"Ended what a local cloud that was killed had left: {', '.join(left)}")
        with console.phase("local_cloud"):
            local, child = attach_or_start(options, data_dir, console, was_running=was_running)
        if child is None:
            from_now_on(f"the local cloud that was there runs on; {GOES_ON}")
        try:
            check_parts(local, options, console)
            aws = Aws(local_environment(local), lambda text: console.say(text, style="yellow"))
            aws.patience.is_hopeless = lambda: child is not None and child.poll() is not None
            deadline = Deadline(options.timeout_s)
            foundation = aws.patience.persist(  # safe to repeat: it checks what exists before it makes anything
                lambda: everything.provision(aws, options.listener_port, deadline, console)
            )
            service = serve(aws, foundation, options, deadline, console, was_running=was_running)
            deployed.settle(aws, service, console.say)
            alarms.watch_deployments(aws, service)
            recovery_shape.record(aws)
            url = answering_url(aws, deadline, console)
        except DataGone:  # the recovery needs a running local cloud
            raise
        except BaseException as exc:
            told = daemon.better_told(exc, local, data_dir, child) if isinstance(exc, Exception) else exc
            if child is not None and child.poll() is None:
                say_stopping(console)
                daemon.stop_child(child)
                from_now_on(STOPPED)
            if told is not exc:
                raise told from exc
            raise
        from_now_on(f"the local environment is up: `{command_name()} status`")
        last_url.keep(data_dir, url)
    return Running(
        url=url,
        local=local,
        data_dir=data_dir,
        service=service,
        was_running=was_running,
        duration_s=time.monotonic() - started,
        phases_s=console.phases_s,
        child=child,
    )


def attach_or_start(
    options: Options, data_dir: Path, console: Console, *, was_running: bool
) -> tuple[LocalEndpoint, subprocess.Popen[bytes] | None]:
    """Return the local cloud, and its process when it was started here. Errors: Misuse, CouldNotStart."""
    if not was_running:
        if options.listener_port is None:
            last_url.check_port(data_dir)
        wanted = daemon.StartOptions(
            data_dir=data_dir,
            port=options.port,
            speed=options.speed or DEFAULT_SPEED,
            faults=options.faults,
            allowed_origins=options.allowed_origins,
        )
        return daemon.start(
            wanted,
            before_waiting=lambda: load_models(DEFAULT_REGION),
            before_stopping=lambda: say_stopping(console),
        )
    local = daemon.attach(data_dir)
    for name, wanted_value, value in (
        ("--speed", options.speed, local.speed),
        ("--port", options.port or None, urlsplit(local.endpoint).port),  # 0: any port
    ):
        if wanted_value is not None and wanted_value != value:
            raise Misuse(
                f"the local cloud runs already, with {name} {value:g}, not {wanted_value:g}",
                next_step="stop it first: `spendsense down`",
            )
    if options.faults and not local.faults:
        raise Misuse("the local cloud runs already, without --faults", next_step="stop it first: `spendsense down`")
    missing = sorted(set(options.allowed_origins) - set(local.allowed_origins))
    if missing:
        raise Misuse(
            f"the local cloud runs already, without --allow-origin {missing[0]}",
            next_step="stop it first: `spendsense down`",
        )
    return local, None


def say_stopping(console: Console) -> None:
    """Say that the local cloud is being stopped; a second signal then reports that this continues."""
    console.say(STOPPING)
    from_now_on(IS_STOPPED)


def check_parts(local: LocalEndpoint, options: Options, console: Console) -> None:
    """Report stored state that could not be read. Errors: CouldNotStart when a part has failed.

    With a new port for the load balancer a failed part is no error, since the port may cure it.
    """
    health = look(local.endpoint)
    for kept in health.set_aside:
        console.say(f"Set aside: {kept}", style="yellow")
    if health.failed and options.listener_port is None:
        raise CouldNotStart(
            f"a part of the local cloud has failed: {'; '.join(health.failed)}",
            next_step=f"see {daemon.log_path(data_directory())}; then `spendsense down` and `spendsense up`",
        )


def serve(
    aws: Aws,
    foundation: everything.Foundation,
    options: Options,
    deadline: Deadline,
    console: Console,
    *,
    was_running: bool,
) -> Service:
    """Make sure that the service exists and serves. Errors: BuildFailed, TaskFailed, CouldNotStart."""
    service = find_service(aws)
    if service is None:
        first_deployment(aws, foundation, options, deadline, console)
        return describe_service(aws)
    primary = service.primary
    goes_back = primary is not None and is_rollback(primary.reason)
    completed = next((each for each in service.deployments if each.rollout_state is RolloutState.COMPLETED), None)
    serving = completed.task_definition if completed else service.task_definition
    followed = provision_service.follow_secrets(aws, foundation, serving)
    provision_service.register_missing_secrets(aws, foundation, console)
    if completed is None and not goes_back:
        # No revision has ever served here, or none does now: the present source may.
        shipped = deploy.run(aws, deploy.Options(source=options.source, force=True), console)
        if shipped.exit_code != 0:
            raise CouldNotStart(shipped.message)
        return describe_service(aws)
    if options.source is not None:
        console.say(
            f"--source {options.source} was not built: revision {service.revision} is there already. To ship it: "
            f"`{guide.command_in(aws.environment, f'deploy --source {shlex.quote(str(options.source))}')}`",
            style="yellow",
        )
    if followed is not None:
        definition, why = followed
        console.say(why, style="yellow")
        update_service(aws, service, taskDefinition=definition)
    elif completed and primary and primary.rollout_state is RolloutState.FAILED and not was_running:
        # Its tasks ended with the last local cloud, and ECS starts none for a failed deployment.
        console.say(
            f"Deployment {primary.id} of revision {primary.revision} has failed ({primary.reason}): "
            f"going back to revision {completed.revision} ..."
        )
        update_service(aws, service, taskDefinition=completed.task_definition, forceNewDeployment=True)
    elif foundation.secrets_changed:
        console.say("Database or cache have moved: starting tasks that know the new address ...")
        update_service(aws, service, forceNewDeployment=True)
    with console.phase("tasks"):
        wait_until_served(aws, deadline, console, has_served=True)
    return describe_service(aws)


def first_deployment(
    aws: Aws, foundation: everything.Foundation, options: Options, deadline: Deadline, console: Console
) -> None:
    """Build, migrate, create the service and watch it start."""
    with console.phase("build"):
        built = build.run(aws, build.Options(source=options.source or PROJECT_ROOT), console)
    arn = provision_service.register_first_task_definition(aws, foundation, built.image, built.tag)
    with console.phase("migrate"):
        migration.run(aws, arn, foundation.network, deadline)
    with console.phase("tasks"):
        provision_service.create_service(aws, foundation, arn)
        wait_until_served(aws, deadline, console)


def wait_until_served(aws: Aws, deadline: Deadline, console: Console, *, has_served: bool = False) -> None:
    """Watch the service's current deployment. Errors: CouldNotStart, after the reasons were printed.

    has_served: some revision was completed. It is enough that this one serves: one in progress needs no watching.
    """
    service = describe_service(aws)
    primary = service.primary
    if primary is None:
        raise CouldNotStart(f"service {service.name} has no deployment")
    arn = primary.task_definition
    definition = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    image = task_definition.container_of(definition, aws.environment.container)["image"]
    seen = Seen(
        events=frozenset(event.id for event in service.events),
        tasks=frozenset(task.id for task in stopped_tasks(aws)),
    )
    ours = ExpectedDeployment(deployment=primary.id, task_definition=arn, image=image)
    url = url_of(aws)

    def serves_meanwhile(now: Service) -> bool:
        return has_served and not now.is_steady and url is not None and is_healthy(aws, url)

    outcome = follow(aws, ours, definition, seen, deadline, console, is_enough=serves_meanwhile)
    if outcome.verdict is Verdict.DEPLOYED:
        return
    message, _ = conclusion(outcome, primary.revision, deadline, aws.environment)
    if has_served and url is not None:
        if outcome.verdict is Verdict.TIMED_OUT:
            message = f"Deployment {primary.id} of revision {primary.revision} goes on: `{command_name()} status`"
        if wait_for(lambda: is_healthy(aws, url) or None, deadline, interval_s=0.1):
            console.say(message)
            return
    raise CouldNotStart(
        f"the service did not become steady. {message}",
        next_step=f"correct the cause and run `up` again; the log is {daemon.log_path(data_directory())}",
    )


def answering_url(aws: Aws, deadline: Deadline, console: Console) -> str:
    """Return the URL once the load balancer has healthy targets and /health answers through it."""
    url = url_of(aws)
    if url is None:
        raise CouldNotStart("the load balancer has no listener")
    with console.phase("healthy"):
        found = wait_for(lambda: is_healthy(aws, url) or None, deadline, interval_s=0.1)
    if found is None:
        targets = describe_targets(aws, describe_service(aws).target_groups)
        states = ", ".join(f"{each.id}:{each.port} {each.state.value}" for each in targets) or "none"
        failed = "; ".join(look(aws.environment.local.endpoint).failed) if aws.environment.local else ""
        raise CouldNotStart(
            f"{url}/health did not answer within {deadline.timeout_s:g} s; targets: {states}"
            + (f"; failed: {failed}" if failed else ""),
            next_step=f"see {daemon.log_path(data_directory())}; is {urlsplit(url).netloc} another program's?",
        )
    return url


def is_healthy(aws: Aws, url: str) -> bool:
    service = describe_service(aws)
    if service.desired == 0:
        return True  # scaled to zero on purpose
    if not all_healthy(service, describe_targets(aws, service.target_groups)):
        return False
    try:
        with open_directly(f"{url}/health", timeout=HEALTH_REQUEST_S) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def hold(running: Running, write: Callable[[str], object] = sys.stderr.write) -> None:
    """Stay in the foreground and copy the local cloud's log to `write` until it ends or Ctrl-C ends it.

    Errors: Misuse when the local cloud was running already; CouldNotStart when it ends by itself.
    """
    child = running.child
    if child is None:
        raise Misuse("the local cloud runs already, in the background", next_step="stop it first: `spendsense down`")
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

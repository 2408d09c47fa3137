"""`spendsense port-forward`: access to the private database or cache; on AWS through a task, here directly.

On AWS this is Session Manager's document AWS-StartPortForwardingSessionToRemoteHost, through a task with ECS Exec.
"""

import shlex
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

from ops.aws.clients import Aws, Wire, error_code
from ops.aws.secret_store import SecretStore
from ops.aws.service import Task
from ops.aws.stores import Store, find_instance, find_replication_group
from ops.configuration import PROJECT_ROOT
from ops.console import Console
from ops.environment import Environment
from ops.errors import AwsRefused, Misuse, NotFound
from ops.sessions import plugin
from ops.sessions.task import switch_on, target, to_enter
from ops.signals import from_now_on

DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
HERE = "127.0.0.1"
PASSWORD_KEY, TOKEN_KEY = "password", "token"
ROOTS = PROJECT_ROOT / "app" / "certificates" / "rds.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """task: an id or its first characters; None: any. local_port: None: a free one. quiet: as in exec.py."""

    store: Store
    task: str | None = None
    local_port: int | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A client's settings. name: the server's name in its certificate. secret: None where no password is needed."""

    environment: Environment
    store: Store
    name: str
    host: str
    port: int
    task: str | None = None
    user: str | None = None
    database: str | None = None
    secret: str | None = None
    secret_key: str | None = None

    exit_code = 0

    @property
    def client(self) -> str:
        """A client's command, without the password: the client asks for it."""
        if self.store is Store.REDIS:
            tls = ["--tls", "--sni", self.name] if self.task else []
            asks = ["--askpass"] if self.secret else []
            return shlex.join(["redis-cli", "-h", self.host, "-p", str(self.port), *tls, *asks])
        tls_words = f" hostaddr={self.host} sslmode=verify-full sslrootcert={ROOTS}" if self.task else ""
        host = self.name if self.task else self.host
        return shlex.join(["psql", f"host={host} port={self.port} dbname={self.database} user={self.user}{tls_words}"])

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment.name.value,
            "store": self.store.value,
            "host": self.host,
            "port": self.port,
            "name": self.name,
            "task": self.task,
            "user": self.user,
            "database": self.database,
            "secret": self.secret,
            "secret_key": self.secret_key,
            "command": self.client,
        }

    def show(self, console: Console) -> None:
        console.result(f"{self.store.value} of {self.environment.name.value} at {self.host}:{self.port}")
        console.result(f"  {self.client}")
        if self.secret:
            console.result(f"  password: key {self.secret_key} of the secret {self.secret}, if you may read it")
        if self.task:
            console.result(f"  forwarded through task {self.task} until Ctrl-C")


def run(aws: Aws, options: Options, show: Callable[[Connection], None]) -> None:
    """Print how to connect; on AWS also forward the port until the session ends.

    RDS DescribeDBInstances, ElastiCache DescribeReplicationGroups; SSM StartSession, TerminateSession. Errors:
    NotFound; CouldNotStart without session-manager-plugin; AwsRefused where tasks cannot be entered; Misuse.
    """
    where = aws.environment
    if where.local:
        if options.local_port is not None or options.task is not None:
            raise Misuse(
                f"{where.name} runs on this machine: clients reach its {options.store} directly",
                next_step="leave out `--local-port` and `--task`",
            )
        show(connection_to(aws, options.store))
        return
    program = plugin.find()
    direct = connection_to(aws, options.store)
    task = to_enter(aws, options.task)
    local_port = options.local_port or free_port()
    request = {
        "Target": target(aws, task, where.container),
        "DocumentName": DOCUMENT,
        "Parameters": {
            "host": [direct.name],
            "portNumber": [str(direct.port)],
            "localPortNumber": [str(local_port)],
        },
    }
    session = start(aws, task, request)
    from_now_on("the port is no longer forwarded")
    show(replace(direct, host=HERE, port=local_port, task=task.id))
    try:
        plugin.run(
            program,
            session,
            request,
            region=where.region,
            endpoint=aws.ssm.meta.endpoint_url,
            profile=aws.profile,
            quiet=options.quiet,
        )
    except BaseException:
        aws.ssm.terminate_session(SessionId=session["SessionId"])
        raise


def connection_to(aws: Aws, store: Store) -> Connection:
    """Return the server's address and the other details that a client needs. Errors: NotFound."""
    where = aws.environment
    if store is Store.REDIS:
        group = existing(find_replication_group(aws, where.prefix), store, where)
        endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
        secret = SecretStore(aws).name("redis") if group.get("AuthTokenEnabled") else None
        return Connection(
            environment=where,
            store=store,
            name=endpoint["Address"],
            host=endpoint["Address"],
            port=int(endpoint["Port"]),
            secret=secret,
            secret_key=TOKEN_KEY if secret else None,
        )
    instance = existing(find_instance(aws, where.prefix), store, where)
    endpoint = instance["Endpoint"]
    managed = instance.get("MasterUserSecret", {}).get("SecretArn")
    return Connection(
        environment=where,
        store=store,
        name=endpoint["Address"],
        host=endpoint["Address"],
        port=int(endpoint["Port"]),
        user=instance["MasterUsername"],
        database=instance["DBName"],
        secret=managed or SecretStore(aws).name("database"),
        secret_key=PASSWORD_KEY,
    )


def existing(found: Wire | None, store: Store, where: Environment) -> Wire:
    if found is None:
        raise NotFound(
            f"there is no {store} named {where.prefix}",
            next_step="apply the Terraform of this environment first; check `--env` and the region",
        )
    return found


def start(aws: Aws, task: Task, request: Wire) -> dict[str, str]:
    """Start a session. Errors: AwsRefused, with the switch as the next step where no agent is connected."""
    try:
        response = aws.ssm.start_session(**request)
    except aws.ssm.exceptions.ClientError as exc:
        if error_code(exc) != "TargetNotConnected":
            raise
        raise AwsRefused(
            f"task {task.id} does not forward the port: {exc.response['Error'].get('Message')}",
            next_step=switch_on(aws.environment),
        ) from exc
    return {name: response[name] for name in ("SessionId", "TokenValue", "StreamUrl")}


def free_port() -> int:
    """Return a port of this machine that nothing uses."""
    with socket.socket() as bound:
        bound.bind((HERE, 0))
        return int(bound.getsockname()[1])

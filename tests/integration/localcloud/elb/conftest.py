"""A cloud with a load balancer, and small HTTP servers to put behind it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from localcloud.elb.load_balancing import LoadBalancing
from tests.ports import free_port

KEEP_ALIVE_S = 75
HEALTHY, FAILING, HANGING = "healthy", "failing", "hanging"


@dataclass
class Backend:
    """An HTTP server that answers with its name. `/slow?<seconds>` delays the response, `/close` hangs up,
    `/headers?<count>x<bytes>` adds so many headers, `/echo` is a websocket as far as its handshake, and `/health`
    answers as configured.
    """

    name: str
    address: str
    port: int = 0
    health: str = HEALTHY
    requests: int = 0
    heads: list[str] = field(default_factory=list)
    """Request heads, except those of health checks."""
    checks: list[str] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.address, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        async with asyncio.timeout(KEEP_ALIVE_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        if path == "/health":
            self.checks = [*self.checks[-9:], head]
            if self.health == HANGING:
                await asyncio.sleep(30)
            status = "200 OK" if self.health == HEALTHY else "503 Service Unavailable"
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            return False
        self.requests += 1
        self.heads = [*self.heads[-9:], head]
        if path == "/close":
            return False
        if path == "/echo":
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n")
            while data := await reader.read(100):
                writer.write(data)
            return False
        if path.startswith("/slow?"):
            await asyncio.sleep(float(path.split("?")[1]))
        more = b""
        if path.startswith("/headers?"):
            count, size = map(int, path.split("?")[1].split("x"))
            more = b"".join(b"x-%d: %s\r\n" % (number, b"a" * size) for number in range(count))
        body = self.name.encode()
        answer = b"HTTP/1.1 200 OK\r\nserver: backend\r\n%scontent-length: %d\r\n\r\n%s" % (more, len(body), body)
        writer.write(answer)
        await writer.drain()
        return True


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


async def ask(port: int, path: str = "/", head: str = "", method: str = "GET") -> Answer:
    """Send one request on a new connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{head}\r\n".encode())
        raw = (await reader.read()).decode()
    finally:
        writer.close()
        await writer.wait_closed()
    top, _, body = raw.partition("\r\n\r\n")
    status, *lines = top.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answer(int(status.split(" ")[1]), headers, body)


@dataclass
class Balancer:
    """A load balancer created through boto3, with one listener and one target group."""

    cloud: Any
    arn: str = ""
    group: str = ""
    listener: str = ""
    port: int = 0
    vpc: str = ""

    @property
    def part(self) -> LoadBalancing:
        part = self.cloud.parts["elasticloadbalancing"]
        assert isinstance(part, LoadBalancing)
        return part

    async def call(self, operation: str, **parameters: Any) -> Any:
        return await self.cloud.call("elbv2", operation, **parameters)

    async def create(self, deregistration_delay_s: int = 10) -> None:
        self.vpc = (await self.cloud.call("ec2", "create_vpc", CidrBlock="10.1.0.0/16"))["Vpc"]["VpcId"]
        subnets = [
            (await self.cloud.call("ec2", "create_subnet", VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone))[
                "Subnet"
            ]["SubnetId"]
            for block, zone in (("10.1.1.0/24", "us-west-1a"), ("10.1.2.0/24", "us-west-1b"))
        ]
        created = await self.call("create_load_balancer", Name="test", Subnets=subnets, Scheme="internet-facing")
        self.arn = created["LoadBalancers"][0]["LoadBalancerArn"]
        self.group = await self.create_group("test", deregistration_delay_s)
        self.listener, self.port = await self.create_listener([{"Type": "forward", "TargetGroupArn": self.group}])

    async def delete(self) -> None:
        """Delete the load balancer and every target group, whoever created it."""
        await self.call("delete_load_balancer", LoadBalancerArn=self.arn)
        for group in (await self.call("describe_target_groups"))["TargetGroups"]:
            await self.call("delete_target_group", TargetGroupArn=group["TargetGroupArn"])

    async def create_group(self, name: str, deregistration_delay_s: int = 10, **more: Any) -> str:
        created = await self.call(
            "create_target_group", Name=name, Port=8000, VpcId=self.vpc, TargetType="ip",
            HealthCheckPath="/health", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2, UnhealthyThresholdCount=2,
            **{"Protocol": "HTTP"} | more,
        )  # fmt: skip
        arn: str = created["TargetGroups"][0]["TargetGroupArn"]
        await self.call(
            "modify_target_group_attributes",
            TargetGroupArn=arn,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(deregistration_delay_s)}],
        )
        return arn

    async def create_listener(self, actions: list[dict[str, Any]]) -> tuple[str, int]:
        port = free_port()
        created = await self.call(
            "create_listener", LoadBalancerArn=self.arn, Protocol="HTTP", Port=port, DefaultActions=actions
        )
        return created["Listeners"][0]["ListenerArn"], port

    async def register(self, *backends: Backend, group: str = "") -> None:
        targets = [{"Id": backend.address, "Port": backend.port} for backend in backends]
        await self.call("register_targets", TargetGroupArn=group or self.group, Targets=targets)

    async def deregister(self, *backends: Backend) -> None:
        targets = [{"Id": backend.address, "Port": backend.port} for backend in backends]
        await self.call("deregister_targets", TargetGroupArn=self.group, Targets=targets)

    async def health(self, group: str = "") -> dict[str, dict[str, str]]:
        """Return address -> State, Reason, Description from DescribeTargetHealth."""
        described = await self.call("describe_target_health", TargetGroupArn=group or self.group)
        return {target["Target"]["Id"]: target["TargetHealth"] for target in described["TargetHealthDescriptions"]}

    async def until_state(self, backend: Backend, state: str, group: str = "") -> None:
        """Wait until a backend is in this state and Envoy routes by it."""

        def reached() -> bool:
            health = self.part.target_health(group or self.group, backend.address, backend.port)
            return health.state.value == state

        await self.cloud.until(reached)
        await self.part.settle()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory, cloud_in: Callable[..., Any]) -> AsyncIterator[Any]:
    """A cloud for each test module: starting moto and Envoy takes longer than most tests."""
    async with cloud_in(tmp_path_factory.mktemp("cloud"), {"elasticloadbalancing": LoadBalancing}) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def balancer(cloud: Any) -> AsyncIterator[Balancer]:
    """A balancer with one listener, one group and no targets.

    Health checks run each second (speed 5), draining takes 2 s.
    """
    created = Balancer(cloud)
    await created.create()
    yield created
    await created.delete()


@pytest_asyncio.fixture(loop_scope="module")
async def start_backend() -> AsyncIterator[Callable[[str], Any]]:
    """`await start_backend(name)`: each backend has its own address."""
    async with AsyncExitStack() as stack:
        count = 0

        async def start(name: str, tls: ssl.SSLContext | None = None) -> Backend:
            nonlocal count
            count += 1
            backend = Backend(name, f"127.0.77.{count}", tls=tls)
            await backend.start()
            stack.push_async_callback(backend.stop)
            return backend

        yield start


class Load:
    """Steady requests, half on reused connections and half on new ones; counts responses other than 200."""

    def __init__(self, port: int, per_second: float) -> None:
        self._port = port
        self._pause_s = 1 / per_second
        self._stopped = False
        self._under_way: set[asyncio.Task[None]] = set()
        self.answers: dict[str, int] = {}
        self.failures: list[str] = []
        self.latencies_s: list[float] = []

    async def run(self) -> None:
        """Send requests until `stop`, then wait for those in flight."""
        loop = asyncio.get_running_loop()
        pool: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        due, count = loop.time(), 0
        while not self._stopped:
            count += 1
            task = asyncio.create_task(self._request(pool, keep=count % 2 == 0))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            due += self._pause_s
            await asyncio.sleep(max(0.0, due - loop.time()))
        await self.begun_have_ended()
        for _, writer in pool:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def begun_have_ended(self) -> None:
        await asyncio.gather(*self._under_way)

    def stop(self) -> None:
        self._stopped = True

    async def _request(self, pool: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]], *, keep: bool) -> None:
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(10):
                reader, writer = pool.pop() if keep and pool else await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length: ")[1].split("\r\n")[0])
                body = (await reader.readexactly(length)).decode()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.failures.append(repr(error))
            return
        self.latencies_s.append(asyncio.get_running_loop().time() - started)
        if not head.startswith("http/1.1 200 "):
            self.failures.append(head.split("\r\n")[0])
        self.answers[body] = self.answers.get(body, 0) + 1
        if keep:
            pool.append((reader, writer))
        else:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.fixture
def load() -> type[Load]:
    return Load


@pytest.fixture
def request_once() -> Callable[..., Any]:
    """Return `await request_once(port, path, head, method)`."""
    return ask

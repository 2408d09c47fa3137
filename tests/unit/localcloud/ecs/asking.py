"""The ECS API in front of a world without processes."""

import asyncio
import json
from pathlib import Path
from typing import Any

from localcloud.ecs.api import EcsApi
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.addresses import Addresses
from localcloud.machine.ledger import Ledger
from localcloud.moto.server import MotoServer
from localcloud.protocol.wire import AwsRequest
from tests.unit.localcloud.ecs.world import World

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


class Asker:
    """Sends requests for operations."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory, desired=100)
        del self.world.control.store.services[self.world.service.arn]
        host = Host(
            data_directory=directory,
            endpoint_url="http://127.0.0.1:1",
            clock=self.world.clock,
            ledger=Ledger(directory / "ledger"),
            addresses=Addresses(directory),
            moto=MotoServer(directory / "moto"),
        )
        self._api = EcsApi(host, self.world.control)
        self.ask("CreateCluster", clusterName="c")

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send a request and return the response. Errors: AwsError."""
        return self.send(operation, json.dumps(parameters).encode())

    def send(self, operation: str, body: bytes) -> dict[str, Any]:
        """Send a request with any body, and return the response. Errors: AwsError."""
        request = AwsRequest("POST", "/", "", {}, body, service="ecs", operation=operation)
        response = asyncio.run(self._api.handle(request))
        assert response is not None
        return dict(json.loads(response.body))

    def refusal(self, operation: str, **parameters: Any) -> str:
        """Return `Code: message` of the error; fail if the request is accepted."""
        try:
            answer = self.ask(operation, **parameters)
        except AwsError as error:
            return f"{error.code}: {error.message}"
        raise AssertionError(f"taken: {answer}")

    def register(self, family: str = "f", **more: Any) -> str:
        """Register a revision of one container whose tasks become healthy; return its ARN."""
        definition = {
            "family": family,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [{"name": "c", "image": "good", "portMappings": [{"containerPort": 80}]}],
        } | more
        return str(self.ask("RegisterTaskDefinition", **definition)["taskDefinition"]["taskDefinitionArn"])

    def create(self, name: str = "s", **more: Any) -> dict[str, Any]:
        """Create a service of `f`."""
        parameters = {"taskDefinition": "f", "desiredCount": 1, "networkConfiguration": NETWORK} | more
        return dict(self.ask("CreateService", cluster="c", serviceName=name, **parameters)["service"])

    def run(self, **more: Any) -> list[dict[str, Any]]:
        """Run tasks of `f`."""
        parameters = {"cluster": "c", "taskDefinition": "f", "networkConfiguration": NETWORK} | more
        return list(self.ask("RunTask", **parameters)["tasks"])

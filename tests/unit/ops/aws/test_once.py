"""Requests that must take effect once: their effect is looked for before they are repeated."""

import ast
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import botocore.session
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from ops.aws import once
from ops.aws.clients import Aws
from ops.aws.retries import is_repeatable
from ops.configuration import PROJECT_ROOT
from tests.sources import parsed
from tests.unit.ops.api_calls import CLIENTS
from tests.unit.ops.conftest import Raw
from tests.unit.ops.scripted_cluster import Cluster, deployment

LOST = ConnectionClosedError(endpoint_url="http://127.0.0.1:1")
# Modules whose requests are sent by `once` or `RetryPolicy.persist`, which look first what came of them.
LOOKED_FOR = {
    "ops/aws/once.py": {
        "RegisterTaskDefinition",
        "UpdateService",
        "StopServiceDeployment",
        "ContinueServiceDeployment",
        "DeleteDBInstance",
        "DeleteService",
    },
    # Not repeated at all: when its response is lost, the user decides whether the command is to run again.
    "ops/daily/exec.py": {"ExecuteCommand"},
    "ops/daily/port_forward.py": {"StartSession", "TerminateSession"},  # SSM ends what is idle by itself
    "ops/image/registry.py": {"PutImage"},
    # Called by ops/image/copy.py alone; each attempt begins an upload of its own.
    "ops/image/repository.py": {"PutImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"},
    "ops/recovery/database.py": {"RestoreDBInstanceFromDBSnapshot", "RestoreDBInstanceToPointInTime"},
}


def unrepeatable() -> Iterator[tuple[str, str]]:
    """Return file and operation of each request that RetryPolicy does not repeat by itself."""
    session = botocore.session.Session()
    models = {name: session.get_service_model(service) for name, (service, _) in CLIENTS.items()}
    operations = {name: {xform_name(each): each for each in model.operation_names} for name, model in models.items()}
    for path in sorted((PROJECT_ROOT / "ops").rglob("*.py")):
        for node in ast.walk(parsed(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            client = node.func.value
            name = operations.get(client.attr, {}).get(node.func.attr) if isinstance(client, ast.Attribute) else None
            if name and not is_repeatable(models[client.attr].operation_model(name), {}):
                yield str(path.relative_to(PROJECT_ROOT)), name


def test_the_effect_of_each_unrepeatable_request_is_looked_for() -> None:
    found = list(unrepeatable())
    assert found
    for file, name in found:
        assert name in LOOKED_FOR.get(file, set()), f"{file}: {name}: send it by `ops.aws.once`, and name it here"


@pytest.mark.parametrize("carries_out", [True, False])
@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
def test_a_service_whose_deletion_was_lost_is_deleted_once(
    cluster: Cluster, scripted: Aws, status: str, *, carries_out: bool
) -> None:
    def delete(request: dict[str, Any]) -> dict[str, Any]:
        gone = len(cluster.ecs.sent("DeleteService")) > 1 or carries_out
        if gone:
            described = cluster.service() | {"status": status}
            cluster.ecs.on("DescribeServices", {"services": [described], "failures": []})
        if len(cluster.ecs.sent("DeleteService")) == 1:
            raise LOST
        return {"service": cluster.service()}

    cluster.deployments = [deployment(6, "PRIMARY", "COMPLETED")]
    cluster.ecs.on("DeleteService", delete)
    once.delete_service(scripted)
    assert len(cluster.ecs.sent("DeleteService")) == (1 if carries_out else 2)


INSTANCE = """<{operation}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><{operation}Result><DBInstances>
<DBInstance><DBInstanceIdentifier>main</DBInstanceIdentifier><DBInstanceStatus>{status}</DBInstanceStatus></DBInstance>
</DBInstances></{operation}Result></{operation}Response>"""
NO_INSTANCE = """<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>no</Message></Error></ErrorResponse>"""


@pytest.mark.parametrize(("carries_out", "afterwards"), [(True, "deleting"), (True, None), (False, "deleting")])
def test_a_database_whose_deletion_was_lost_is_deleted_once(
    scripted: Aws, *, carries_out: bool, afterwards: str | None
) -> None:
    state = SimpleNamespace(status="available", deletions=0)

    def send(request: Any, **_: Any) -> AWSResponse:
        operation = parse_qs(request.body)["Action"][0]
        if operation == "DeleteDBInstance":
            state.deletions += 1
            if state.deletions > 1 or carries_out:
                state.status = afterwards
            if state.deletions == 1:
                raise LOST
        body = INSTANCE.format(operation=operation, status=state.status) if state.status else NO_INSTANCE
        return AWSResponse(request.url, 200 if state.status else 404, {}, Raw(body.encode()))

    scripted.rds.meta.events.register("before-send", send)
    once.delete_database(scripted, "main")
    assert state.deletions == (1 if carries_out else 2)

"""Operations that create something in moto, each called once: the result is stored and restored, or refused."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from tests.integration.localcloud.conftest import Cloud, running_cloud

pytestmark = pytest.mark.full

MAKING = ("Create", "Put", "Register", "Start", "Run", "Submit", "Add", "Import", "Publish", "Send", "Enable", "Update")
STREAMS = ("StartLiveTail", "StartStreamTranscription")
DEEPEST = 5
WORDS = {"arn": "arn:aws:iam::123456789012:role/test", "cidr": "10.0.0.0/16", "policy": "{}", "template": "{}"}


def sample(shape: Any, name: str = "", depth: int = 0) -> Any:
    """Return the smallest value that the model accepts."""
    limits = shape.metadata
    match shape.type_name:
        case "structure":
            members = shape.members.items() if depth < DEEPEST else ()
            return {key: sample(member, key, depth + 1) for key, member in members if key in shape.required_members}
        case "list":
            return [sample(shape.member, name, depth + 1)]
        case "map":
            return {"key": sample(shape.value, name, depth + 1)}
        case "string" if shape.enum:
            return shape.enum[0]
        case "string":
            known = next((text for word, text in WORDS.items() if word in name.lower()), "test-name")
            return known.ljust(min(limits.get("min", 0), 2000), "x")
        case "integer" | "long" | "float" | "double":
            return max(1, limits.get("min", 1))
        case "boolean":
            return True
        case "blob":
            return b"data"
    return 1_790_000_000


def calls(client: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    model = client.meta.service_model
    for operation in model.operation_names:
        if operation.startswith(MAKING) and operation not in STREAMS:
            shape = model.operation_model(operation).input_shape
            yield operation, sample(shape) if shape is not None else {}


def client_of(cloud: Cloud, service: str) -> Any:
    settings = Config(
        retries={"max_attempts": 1}, parameter_validation=False, inject_host_prefix=False, read_timeout=120
    )
    return boto3.client(service, endpoint_url=cloud.host.endpoint_url, region_name="us-west-1", config=settings)


async def test_resources_that_moto_creates_are_stored_or_refused(tmp_path: Path) -> None:
    created = 0
    async with running_cloud(tmp_path, {}) as cloud:
        for service in Loader().list_available_services("service-2"):
            client = client_of(cloud, service)
            for operation, parameters in calls(client):
                try:
                    await asyncio.to_thread(getattr(client, xform_name(operation)), **parameters)
                    created += 1
                except ClientError as error:
                    assert "is not saved" not in str(error), (service, operation)
                    if "the service" in str(error):  # moto lacks the operation
                        break
                except (BotoCoreError, ResponseParserError, ValueError, AttributeError, TypeError):
                    continue  # botocore would not send it, or not read the response
            client.close()
        assert cloud.host.moto.status()["failures"] == {}
        await cloud.call("secretsmanager", "create_secret", Name="canary", SecretString="s")
    assert created > 100
    async with running_cloud(tmp_path, {}) as cloud:
        assert cloud.set_aside == []
        assert (await cloud.call("secretsmanager", "get_secret_value", SecretId="canary"))["SecretString"] == "s"

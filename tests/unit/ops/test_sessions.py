"""The clients that commands ask AWS with: all can be made, here and for AWS, and only S3's needs boto3."""

import subprocess
import sys
from functools import cached_property
from urllib.parse import urlsplit

import pytest

from ops.aws import Aws
from ops.environment import Environment, EnvironmentName
from ops.sessions import SERVICES

CLIENTS = [name for name, value in vars(Aws).items() if isinstance(value, cached_property) and name[0] != "_"]


@pytest.mark.parametrize("name", CLIENTS)
def test_each_client_of_this_machine_goes_to_its_endpoint(scripted: Aws, name: str) -> None:
    client = getattr(scripted, name)
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert client.meta.region_name == "us-west-1"
    assert client.meta.service_model.service_name in SERVICES


def test_no_service_is_named_that_no_client_asks(scripted: Aws) -> None:
    assert sorted(getattr(scripted, name).meta.service_model.service_name for name in CLIENTS) == sorted(SERVICES)


@pytest.mark.parametrize("name", CLIENTS)
def test_each_client_of_aws_goes_to_aws(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = getattr(Aws(Environment(name=EnvironmentName.DEV, region="eu-central-1")), name)
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    assert host.endswith(".amazonaws.com")
    assert client.meta.region_name in {"eu-central-1", "aws-global"}


def test_boto3_is_imported_for_s3_alone() -> None:
    script = """
import sys
from pathlib import Path
from ops.aws import Aws
from ops.environment import Environment, EnvironmentName, LocalEndpoint
local = LocalEndpoint(endpoint="http://127.0.0.1:1", region="r", account_id="1", pid=1, image_store=Path(), speed=1)
aws = Aws(Environment(name=EnvironmentName.LOCAL, region="us-west-1", local=local))
aws.ecs, aws.elbv2, aws.ssm, aws.cloudwatch
assert "boto3" not in sys.modules
assert hasattr(aws.s3, "copy")
assert hasattr(Aws(aws.environment).s3, "copy")
assert "boto3" in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

"""The page's "First apply in an empty account", walked through command by command in an empty local cloud."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest

from localcloud.machine.addresses import can_bind
from ops.terraform.program import environment_of
from tests import documented
from tests.acceptance.command import BIN, PROJECT
from tests.certificates import Authority
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.terraform.planning import program, workspace
from tests.tls_front import tls_before

pytestmark = pytest.mark.full

PAGE = PROJECT / "infrastructure" / "README.md"
BOOTSTRAP_PAGE = PROJECT / "infrastructure" / "bootstrap" / "README.md"
TIMEOUT_S = 1500
HTTP = 80
"""The port on which the local load balancer listens without a certificate."""
ACCOUNT_ID = "123456789012"
CLUSTER, SERVICE, SECRET = "spendsense-dev", "spendsense-backend", "spendsense-dev/{}"
# A bucket is no host name here.
OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
REPLICA = 'provider "aws" {\n  alias             = "replica"\n  s3_use_path_style = true\n}\n'


@dataclass
class Reader:
    """A reader with a checkout and an administrator's credentials, who types the page's commands."""

    daemon: Daemon
    checkout: Path
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.daemon.endpoint["endpoint"],
            region_name="us-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def types(self, commands: str, where: Path) -> Path:
        """Run the commands in one shell, which ends at the first that fails; return its last directory."""
        ended_in = self.checkout.parent / "ended-in"
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", f"{commands}\npwd > {ended_in}"],
            cwd=where,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return Path(ended_in.read_text().strip())

    def service(self) -> dict[str, Any]:
        (found,) = self.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        return dict(found)

    def failed_tasks(self) -> list[str]:
        arns = self.client("ecs").list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
        tasks = self.client("ecs").describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        # The migration ran to its end.
        return [
            f"{task['group']}: {task.get('stoppedReason')}"
            for task in tasks
            if any(each.get("exitCode") != 0 for each in task["containers"] if each["name"] == "backend")
        ]


def steps() -> dict[str, str]:
    """Return each numbered step of the page by its first words."""
    section = PAGE.read_text().partition("## First apply in an empty account")[2].partition("\n## ")[0]
    parts = re.split(r"^\d\. \*\*([^*]+)\*\*", section, flags=re.MULTILINE)
    return {name.strip(". "): text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def blocks(text: str) -> list[str]:
    found = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [documented.joined(each) for each in found]


def inline(text: str, start: str) -> str:
    """Return the only command in backquotes that begins with these words."""
    (found,) = [piece for piece in documented.inline(text) if piece.startswith(start)]
    return found


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    workspace()  # skips without Terraform or a provider
    if not can_bind("127.0.0.1", HTTP):
        pytest.skip(f"the load balancer's port is not to be had on 127.0.0.1: {HTTP}")
    checkout, tools = tmp_path / "checkout", tmp_path / "bin"
    checkout.mkdir()
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")
    for name in ("infrastructure", "app"):
        shutil.copytree(PROJECT / name, checkout / name, ignore=ignored)
    for name in ("Dockerfile", "requirements.txt"):
        shutil.copy(PROJECT / name, checkout)
    (checkout / "infrastructure" / "bootstrap" / "zz_local_override.tf").write_text(OVERRIDE)
    (checkout / "infrastructure" / "terraform" / "zz_local_override.tf").write_text(OVERRIDE + REPLICA)
    tools.mkdir()
    written = {
        "terraform": f'exec "{program()}" "$@"',
        "docker": f'exec "{sys.executable}" -m tests.acceptance.docker_stand_in "$@"',
    }
    for name, text in written.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    daemon = start(tmp_path / "cloud")
    endpoint = daemon.endpoint["endpoint"]
    identity = {"GIT_AUTHOR_NAME": "r", "GIT_AUTHOR_EMAIL": "r@example.com"}
    identity |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in identity.items()}
    environment = environment_of(endpoint) | identity | {
        "PATH": f"{tools}:{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT),
        "LOCAL_CLOUD": str(daemon.directory),
        "AWS_DEFAULT_REGION": "us-west-1",
        "AWS_PAGER": "",
        "SPENDSENSE_HOME": str(tmp_path / "home"),
        # What a reader answers when asked, and what differs on a machine that is no AWS.
        "TF_CLI_ARGS_apply": "-auto-approve -input=false",
        "TF_CLI_ARGS_init": "-force-copy",
        **{f"AWS_ENDPOINT_URL_{service}": endpoint for service in ("S3", "DYNAMODB", "STS", "IAM")},
    }  # fmt: skip
    created = Reader(daemon, checkout, environment)
    created.types("git init -q && git add -A && git commit -qm first", checkout)
    try:
        yield created
    finally:
        assert daemon.stop() == 0


def test_the_page_leads_from_an_empty_account_to_a_running_service(reader: Reader, tmp_path: Path) -> None:
    reported, checkout = steps(), reader.checkout
    assert list(reported) == ["State", "Certificate", "Apply", "Secrets", "Image and first deploy", "Name", "Confirm"]
    first, _, moved = blocks(BOOTSTRAP_PAGE.read_text())[:3]

    assert roles_of_services(reader) == set()
    there = reader.types(first.replace("role/Administrator", "user/test"), checkout)
    assert {"AWSServiceRoleForECS", "AWSServiceRoleForElastiCache"} <= roles_of_services(reader)
    reader.environment["TF_CLI_ARGS_init"] += " -backend-config=use_path_style=true"
    reader.types(moved, there)
    assert state_keys(reader) == {"bootstrap/terraform.tfstate"}
    (backend,) = blocks(reported["State"])
    reader.types(backend, checkout)

    # What the page lets one ask before.
    received = reader.types(inline(reported["Certificate"], "aws elasticache"), checkout)
    assert received == checkout

    authority = Authority(tmp_path)
    believed = {name: str(authority.certificate) for name in ("DATABASE_CA_FILE", "SSL_CERT_FILE")}
    reader.environment["TF_VAR_extra_environment"] = json.dumps(believed)
    here = reader.types(blocks(reported["Apply"])[0], checkout)
    assert state_keys(reader) == {"bootstrap/terraform.tfstate", "dev/terraform.tfstate"}
    service = reader.service()
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (0, 0, 0)

    reader.types(inline(reported["Secrets"], "spendsense secrets init"), here)
    assert reader.failed_tasks() == []
    assert reader.client("ecs").list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"] == []

    with ExitStack() as fronts:
        encrypt_stores(reader, authority, fronts)
        (ship,) = blocks(reported["Image and first deploy"])
        reader.types(ship, here)
        service = reader.service()
        assert (service["desiredCount"], service["runningCount"]) == (1, 1)
        (deployment,) = service["deployments"]
        assert deployment["rolloutState"] == "COMPLETED"
        assert reader.failed_tasks() == []
        assert httpx.get("http://127.0.0.1/ready", trust_env=False).status_code == 200
        # What was deployed is what Terraform takes for serving: nothing is left to do.
        reader.types("terraform plan -detailed-exitcode -input=false -var-file=environments/dev.tfvars", here)


def roles_of_services(reader: Reader) -> set[str]:
    roles = reader.client("iam").list_roles(PathPrefix="/aws-service-role/")["Roles"]
    return {role["RoleName"] for role in roles}


def state_keys(reader: Reader) -> set[str]:
    found = reader.client("s3").list_objects_v2(Bucket=f"spendsense-terraform-state-{ACCOUNT_ID}")
    return {each["Key"] for each in found.get("Contents", [])}


def encrypt_stores(reader: Reader, authority: Authority, fronts: ExitStack) -> None:
    """Allow connections without TLS: the local cloud's database and cache have none."""
    secrets = reader.client("secretsmanager")
    for part, asks_first in (("database", True), ("redis", False)):
        name = SECRET.format(part)
        value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
        parts = urlsplit(value["url"])
        assert parts.hostname is not None
        assert parts.port is not None
        assert not can_bind(parts.hostname, parts.port)
        certificate = authority.sign("127.0.0.1")
        front = fronts.enter_context(tls_before(parts.port, certificate, host=parts.hostname, asks_first=asks_first))
        value["url"] = value["url"].replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{front.port}")
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps(value))

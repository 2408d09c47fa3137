"""The page's "First apply in an empty account", walked through command by command in an empty local cloud."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from localcloud.machine.addresses import can_bind
from tests.acceptance.reader import BOOTSTRAP_PAGE, Reader, blocks, inline, reading, steps
from tests.certificates import Authority
from tests.ports import free_pair
from tests.terraform.planning import program, workspace
from tests.tls_front import tls_before
from tests.waiting import wait_until

pytestmark = pytest.mark.full

READY_S = 60
ACCOUNT_ID = "123456789012"
CLUSTER, SERVICE, SECRET = "spendsense-dev", "spendsense-backend", "spendsense-dev/{}"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    workspace()  # skips without Terraform or a provider
    with reading(tmp_path, [program()], {}) as created:
        created.environment["TF_VAR_listener_port"] = str(free_pair())
        yield created


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
    service = service_of(reader)
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (0, 0, 0)

    reader.types(inline(reported["Secrets"], "spendsense secrets init"), here)
    assert failed_tasks(reader) == []
    assert reader.client("ecs").list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"] == []

    with ExitStack() as fronts:
        encrypt_stores(reader, authority, fronts)
        (ship,) = blocks(reported["Image and first deploy"])
        reader.types(ship, here)
        service = service_of(reader)
        assert (service["desiredCount"], service["runningCount"]) == (1, 1)
        (deployment,) = service["deployments"]
        assert deployment["rolloutState"] == "COMPLETED"
        assert failed_tasks(reader) == []
        # A new task's first query may take longer than /ready waits.
        url = f"http://127.0.0.1:{reader.environment['TF_VAR_listener_port']}/ready"
        wait_until(lambda: httpx.get(url, trust_env=False).status_code == 200, READY_S)
        # What was deployed is what Terraform takes for serving: nothing is left to do.
        reader.types("terraform plan -detailed-exitcode -input=false -var-file=environments/dev.tfvars", here)


def service_of(reader: Reader) -> dict[str, Any]:
    (found,) = reader.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
    return dict(found)


def failed_tasks(reader: Reader) -> list[str]:
    ecs = reader.client("ecs")
    arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
    # The migration ran to its end.
    return [
        f"{task['group']}: {task.get('stoppedReason')}"
        for task in tasks
        if any(each.get("exitCode") != 0 for each in task["containers"] if each["name"] == "backend")
    ]


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

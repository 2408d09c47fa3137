"""The database's password moves from RDS and back, as in the runbook of secret rotations, and is lost once."""

from typing import Any

import httpx
import pytest

from tests.acceptance.command import Spendsense, client
from tests.waiting import wait_until

pytestmark = pytest.mark.long

ACCOUNT = {"email": "lost-secrets@example.com", "password": "a phrase that nobody has leaked"}
REREAD = ("run", "--", "python", "-m", "app.reread")


def test_a_task_finds_the_password_that_was_taken_over_and_that_rds_has_after_the_next_up(
    up: Any, spendsense: Spendsense
) -> None:
    rds = client(up, "rds")

    def database() -> dict[str, Any]:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier="spendsense-local")["DBInstances"]
        return dict(found)

    spendsense("secrets", "init", "--own-database-password")
    assert "MasterUserSecret" not in database()
    assert spendsense(*REREAD).returncode == 0
    spendsense("up")
    rds.modify_db_instance(
        DBInstanceIdentifier="spendsense-local", ManageMasterUserPassword=True, ApplyImmediately=True
    )
    wait_until(lambda: database().get("MasterUserSecret", {}).get("SecretStatus") == "active", 60)
    # As on AWS: RDS's new secret has an ARN that no task knows before Terraform has seen it, and a deploy names it.
    refused = spendsense(*REREAD, expect=1)
    assert "InvalidPasswordError" in refused.stdout
    again = spendsense("up", "--refresh")
    assert "The tasks' secrets have new ARNs" in again.stderr
    assert spendsense(*REREAD).returncode == 0
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200


def test_secrets_that_are_lost_are_replaced_by_the_next_up_and_the_rows_stay(up: Any, spendsense: Spendsense) -> None:
    assert httpx.post(f"{up['url']}/api/v1/auth/register", json=ACCOUNT, timeout=30).status_code == 201
    spendsense("down")
    for path in (spendsense.home / "local" / "moto").glob("secretsmanager.state*"):
        path.unlink()
    again = spendsense("up", "--port", "0")
    assert "Gone since the last apply: arn:aws:secretsmanager:" in again.stderr
    assert "Everybody has to log in again" in " ".join(again.stderr.split())
    # The first question of a new task may take longer than /ready waits.
    wait_until(lambda: httpx.get(f"{up['url']}/ready", timeout=30).json()["status"] == "ready", 60)
    assert httpx.post(f"{up['url']}/api/v1/auth/login", json=ACCOUNT, timeout=30).status_code == 200
    assert "The secrets were lost" not in spendsense("up").stderr
    assert spendsense.json("deploy", "--tag", spendsense.json("build")["tag"])["verdict"] == "deployed"

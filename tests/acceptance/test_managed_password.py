"""The database's password moves to RDS and back, as the runbook of secret rotations has it: the tasks follow it."""

from typing import Any

import boto3
import httpx

from tests.acceptance.command import Spendsense, wait_until

REREAD = ("run", "--", "python", "-m", "app.reread")


def test_a_task_finds_the_password_that_rds_has_taken_over_after_the_next_up_and_that_was_taken_back(
    up: Any, spendsense: Spendsense
) -> None:
    rds = boto3.client(
        "rds",
        endpoint_url=up["endpoint"],
        region_name="us-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

    def database() -> dict[str, Any]:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier="spendsense-local")["DBInstances"]
        return dict(found)

    assert spendsense(*REREAD).returncode == 0
    rds.modify_db_instance(
        DBInstanceIdentifier="spendsense-local", ManageMasterUserPassword=True, ApplyImmediately=True
    )
    wait_until(lambda: database().get("MasterUserSecret", {}).get("SecretStatus") == "active", 60)
    # As on AWS: RDS's new secret has an ARN that no task knows before Terraform, here `up`, has told it.
    refused = spendsense(*REREAD, expect=1)
    assert "InvalidPasswordError" in refused.stdout
    spendsense("up")
    assert spendsense(*REREAD).returncode == 0
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200
    spendsense("secrets", "init", "--own-database-password")
    assert "MasterUserSecret" not in database()
    assert spendsense(*REREAD).returncode == 0
    spendsense("up")
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200

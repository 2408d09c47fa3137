"""The steps of docs/region-lost.md: a replica is added while the service serves, and the service continues with it.

The local cloud runs tasks in one region only. So the apply of the second region (step 3 of the way back) is not part of
this, nor the peering of networks: the tasks of the first region use the promoted database.
"""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

from tests import documented
from tests.acceptance.command import BIN, PROJECT, Spendsense, client
from tests.acceptance.load import Load
from tests.waiting import wait_until

pytestmark = pytest.mark.full

PAGE = PROJECT / "docs" / "region-lost.md"
ELSEWHERE = "us-west-2"
NAME, REPLICA, SECRET = "spendsense-local", "spendsense-local-replica", "spendsense-local/database"
CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"


def typed(spendsense: Spendsense, up: Any, containing: str) -> None:
    """Run the page's only command with this in it, in a shell, for the local environment."""
    [found] = {each.text for each in documented.shell(PAGE) if containing in each.text}
    text = found.replace("spendsense-prod", NAME).replace("--env prod", "--env local")
    environment = spendsense.environment | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": up["endpoint"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": up["region"],
        "AWS_PAGER": "",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


@contextmanager
def logged_in(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as user:
        answer = user.post("/api/v1/auth/login", json=CREDENTIALS)
        assert answer.status_code == 200, answer.text
        user.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        yield user


def upload(url: str, merchant: str) -> None:
    rows = f"{HEADER}checking,2026-01-05,4.50,{merchant},in store,FOOD_AND_DRINK,false\n"
    with logged_in(url) as user:
        answer = user.post("/api/v1/uploads", files={"file": ("e.csv", rows.encode(), "text/csv")})
        assert answer.status_code == 201, answer.text


def merchants(url: str) -> list[str]:
    with logged_in(url) as user:
        return sorted(row["merchant_name"] for row in user.get("/api/v1/transactions").json()["items"])


def address_at(url: str, instance: dict[str, Any]) -> str:
    """Return the address of the same database and user on another instance."""
    parts, endpoint = urlsplit(url), instance["Endpoint"]
    who = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{who}@{endpoint['Address']}:{endpoint['Port']}"))


async def rows(url: str) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM transactions"))
    finally:
        await connection.close()


def test_the_service_gets_a_replica_and_continues_with_it(spendsense: Spendsense, up: Any) -> None:
    rds, there = client(up, "rds"), client({**up, "region": ELSEWHERE}, "rds")
    secrets = client(up, "secretsmanager")

    def replica() -> dict[str, Any]:
        return dict(there.describe_db_instances(DBInstanceIdentifier=REPLICA)["DBInstances"][0])

    def stored() -> dict[str, Any]:
        return dict(json.loads(secrets.get_secret_value(SecretId=SECRET)["SecretString"]))

    assert httpx.post(f"{up['url']}/api/v1/auth/register", json=CREDENTIALS, timeout=30).status_code == 201
    upload(up["url"], "Before")
    with Load(up["url"], per_second=10, workers=2, path="/ready") as tally:
        typed(spendsense, up, "--own-database-password")
        [source] = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
        assert "MasterUserSecret" not in source
        # As the apply of step 2 does; the local environment has no such variable.
        there.create_db_instance_read_replica(
            DBInstanceIdentifier=REPLICA, SourceDBInstanceIdentifier=source["DBInstanceArn"], SourceRegion=up["region"]
        )
        spendsense("up")
        wait_until(lambda: replica()["DBInstanceStatus"] == "available", 300)
        typed(spendsense, up, 'spendsense deploy --env prod --image "$image"')
        upload(up["url"], "Replicated")
    assert tally.failures == []
    assert tally.answered.total() > 0

    copy = address_at(stored()["url"], replica())

    wait_until(lambda: asyncio.run(rows(copy)) == 2, 60)
    typed(spendsense, up, "aws rds promote-read-replica")
    wait_until(lambda: "ReadReplicaSourceDBInstanceIdentifier" not in replica(), 300)
    wait_until(lambda: replica()["DBInstanceStatus"] == "available", 300)
    assert replica()["BackupRetentionPeriod"] == 30
    secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps({**stored(), "url": copy}))
    typed(spendsense, up, 'spendsense deploy --env prod --image "$image"')
    rds.delete_db_instance(DBInstanceIdentifier=NAME, SkipFinalSnapshot=True)
    assert merchants(up["url"]) == ["Before", "Replicated"]
    upload(up["url"], "Afterwards")
    assert merchants(up["url"]) == ["Afterwards", "Before", "Replicated"]

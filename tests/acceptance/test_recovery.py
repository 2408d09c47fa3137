"""Damaged data, and a total loss: restored by the command, interrupted, and measured."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ops.aws.clients import Aws
from ops.environment import local_environment, read_endpoint
from tests.acceptance.command import BIN, Spendsense
from tests.acceptance.prepared import PreparedHome
from tests.waiting import wait_until

pytestmark = pytest.mark.long

CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
# Logs are kept every 300 AWS seconds; at this speed every 30.
SPEED = "10"


@pytest.fixture(scope="module")
def up(spendsense: Spendsense, prepared: PreparedHome) -> Any:
    return prepared.up(spendsense, "--speed", SPEED)


@pytest.fixture(scope="module")
def aws(up: Any, spendsense: Spendsense) -> Aws:
    endpoint = read_endpoint(spendsense.home / "local")
    assert endpoint is not None
    return Aws(local_environment(endpoint))


@pytest.fixture
def user(up: Any) -> Iterator[httpx.Client]:
    """The requests of one user, who has to log in again after a recovery."""
    with httpx.Client(base_url=up["url"], timeout=30) as client:
        client.post("/api/v1/auth/register", json=CREDENTIALS)
        log_in(client)
        yield client


def log_in(client: httpx.Client) -> None:
    answer = client.post("/api/v1/auth/login", json=CREDENTIALS)
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


def upload(client: httpx.Client, merchant: str) -> None:
    rows = f"{HEADER}checking,2026-01-05,4.50,{merchant},in store,FOOD_AND_DRINK,false\n"
    answer = client.post("/api/v1/uploads", files={"file": ("e.csv", rows.encode(), "text/csv")})
    assert answer.status_code == 201, answer.text


def merchants(client: httpx.Client) -> list[str]:
    return sorted(row["merchant_name"] for row in client.get("/api/v1/transactions").json()["items"])


def restorable(aws: Aws) -> float:
    [found] = aws.rds.describe_db_instances(DBInstanceIdentifier=aws.environment.prefix)["DBInstances"]
    return float(found["LatestRestorableTime"].timestamp()) if "LatestRestorableTime" in found else 0.0


def instances(aws: Aws) -> list[str]:
    return sorted(each["DBInstanceIdentifier"] for each in aws.rds.describe_db_instances()["DBInstances"])


def test_data_is_restored_to_a_moment_even_if_the_command_is_killed_meanwhile(
    spendsense: Spendsense, aws: Aws, user: httpx.Client
) -> None:
    upload(user, "Good")
    moment = int(time.time()) + 1
    wait_until(lambda: time.time() > moment + 1, 10)
    upload(user, "Bad")
    bucket = aws.environment.data_bucket
    [first, *_] = aws.s3.list_objects_v2(Bucket=bucket, Prefix="uploads/")["Contents"]
    aws.s3.delete_object(Bucket=bucket, Key=first["Key"])
    wait_until(lambda: restorable(aws) > moment, 90)

    to = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    command = [BIN / "spendsense", "recover", "--to", to, "--yes"]
    with subprocess.Popen(
        command, env=spendsense.environment_of("recover"), stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("hold "):
                break
        os.kill(running.pid, signal.SIGKILL)
        running.stderr.read()
    assert "recovery" in spendsense("status", expect=1).stdout
    assert "a recovery has been in progress" in spendsense("deploy", expect=1).stderr
    planned = spendsense.json("recover", "--dry-run")
    assert "restore" in planned["plan"][0]

    done = spendsense.json("recover", "--yes")
    assert (done["data"]["uploads"], done["data"]["files_missing"]) == (1, 0)
    assert sorted(instances(aws)) == [aws.environment.prefix, done["set_aside"]]
    log_in(user)
    assert merchants(user) == ["Good"]
    upload(user, "After")
    assert merchants(user) == ["After", "Good"]
    assert "Nothing is missing" in spendsense("recover").stdout
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, 180)


def test_a_drill_destroys_everything_and_meets_its_goals(spendsense: Spendsense, aws: Aws, user: httpx.Client) -> None:
    upload(user, "Before the drill")
    kept = merchants(user)
    drilled = spendsense.json("drill", "--yes")
    assert drilled["problems"] == []
    assert drilled["rto_s"] < drilled["goals"]["rto_s"]
    assert 0 <= drilled["rpo_s"] < drilled["goals"]["rpo_s"]
    assert drilled["marks"]["acknowledged"] > drilled["marks"]["lost"]
    log_in(user)
    assert merchants(user) == kept, "other people's data came back, too"
    assert "the database was recovered after the last apply" in spendsense("plan", expect=1).stderr
    assert "Imported the recovered database" in spendsense("up").stderr
    assert spendsense.json("plan")["changes"] == []


def test_the_drill_refuses_to_run_where_it_would_do_harm(spendsense: Spendsense, up: Any) -> None:
    del up
    assert "does not run on prod" in spendsense("drill", "--env", "prod", "--yes", expect=2).stderr
    assert "nothing was destroyed" in spendsense("drill", expect=2).stderr
    assert "no backup covers this time" in spendsense("recover", "--to", "300d", "--yes", expect=2).stderr
    assert "with a time zone" in spendsense("recover", "--to", "yesterday", expect=2).stderr

"""Each command that runbooks and pages tell people to type is run, against a local environment that serves."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import asyncpg
import boto3
import pytest

from tests import documented
from tests.acceptance.command import BIN, Spendsense, wait_until
from tests.documented import PAGES, Documented

pytestmark = pytest.mark.full

TIMEOUT_S = 120
# Pages about what is in AWS alone, or that begin and end the local environment themselves.
TOLD_ELSEWHERE = {"README.md"}
RUNNABLE = [page for page in PAGES if page.name not in TOLD_ELSEWHERE]
# What these commands meet in a local environment, whose parts are fewer than production's; the request itself is right.
MEETS = {
    "acm describe-certificate": "ResourceNotFoundException",
    "acm import-certificate": "No such file or directory|Unable to load paramfile|Error parsing parameter",
    "backup list-backup-jobs": "501|not offered|NotImplemented",
    "backup list-copy-jobs": "404|501|not offered|NotImplemented",
    "backup start-backup-job": "501|not offered|NotImplemented|ResourceNotFound",
    "pi get-resource-metrics": "the service pi: neither here nor in moto",
    "rds describe-db-instances": "DBInstanceNotFound",
    "rds modify-db-instance": "DBInstanceNotFound|InvalidParameterCombination|InvalidDBInstanceState|KMSKeyNotAcc",
    "rds promote-read-replica": "DBInstanceNotFound|501|not offered|InvalidDBInstanceState",
    "rds reboot-db-instance": "InvalidParameterCombination|InvalidDBInstanceState",
    "rds describe-events": "DBInstanceNotFound|InvalidParameterValue",
    "secretsmanager describe-secret": "ResourceNotFoundException",
    "ssm get-parameter": "ParameterNotFound",
    "backup start-restore-job": "501|not offered|NotImplemented|MissingParameter",
}
# What our own command answers here with reason: one version, one day, no other environment.
ANSWERED = (
    "nothing served before revision",
    "no backup reaches this moment",
    "nothing was destroyed",
    "the database spendsense-staging is gone",
)
# Of the language: placeholders that a reader replaces.
PLACEHOLDERS = {
    "ACCOUNT": "123456789012",
    "ARN_OF_THE_INSTANCE": "arn:aws:rds:us-west-1:123456789012:db:spendsense-local",
    "ARN_OF_THAT_SECRET": "spendsense-local/database",
    "REVISION": "1",
    "ARN": "arn:aws:acm:us-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
}
# These change what serves: here they say what they would do.
REHEARSED = ("rollback", "recover", "deploy", "secrets init")


@pytest.fixture(scope="module")
def environment(up: Any, spendsense: Spendsense) -> dict[str, str]:
    return spendsense.environment | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "E": "local",
        "R": "us-west-2",
        "AWS_ENDPOINT_URL": up["endpoint"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-west-1",
        "AWS_PAGER": "",
    }


@pytest.fixture(scope="module")
def ids(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Of a task that runs, and of a query that was asked."""

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name="us-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    tasks = client("ecs").list_tasks(cluster="spendsense-local")["taskArns"]
    query = client("logs").start_query(
        logGroupName="/ecs/spendsense-backend", startTime=0, endTime=2**31, queryString="fields @message"
    )
    described = client("ecs").describe_tasks(cluster="spendsense-local", tasks=tasks)["tasks"]
    image = next(each["image"] for each in described[0]["containers"] if each["name"] == "backend")
    yield {"task": tasks[0].rpartition("/")[2], "query": query["queryId"], "image": image}


def commands() -> list[Documented]:
    return [each for page in RUNNABLE for each in documented.shell(page) if lines_of(each)]


def lines_of(each: Documented) -> list[str]:
    """What can be run here: Terraform, builds and what begins an account are looked at by other tests."""
    # `aws logs tail` is of the CLI's version 2, which no package index has.
    elsewhere = re.compile(
        r"^(aws logs tail|terraform|cd|docker|openssl|git|export|image=\$\(terraform|tools?/|scripts/|> )|terraform "
    )
    return [line for line in each.text.splitlines() if line and not elsewhere.search(line)]


@pytest.mark.parametrize("each", commands(), ids=lambda each: each.name)
def test_a_documented_command_does_what_it_says(
    each: Documented, environment: dict[str, str], ids: dict[str, str]
) -> None:
    script = "\n".join(rehearsed(line) for line in lines_of(each))
    script = script.replace("--query-id ID", f"--query-id {ids['query']}").replace("--task ID", f"--task {ids['task']}")
    script = re.sub(r"--image IMAGE\b", f"--image {ids['image']}", script)
    for name, value in PLACEHOLDERS.items():
        script = re.sub(rf"\b{name}\b", value, script)
    script = script.replace("spendsense-prod", "spendsense-local").replace("--env prod", "--env local")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        met = [wanted for call, wanted in MEETS.items() if f"aws {call}" in script]
        met += ANSWERED if "spendsense " in script else []
        assert any(re.search(wanted, done.stderr) for wanted in met), f"{script}\n{done.stdout[-500:]}\n{done.stderr}"


def rehearsed(line: str) -> str:
    verb = line.removeprefix("spendsense ")
    if line.startswith("spendsense ") and verb.startswith(REHEARSED) and "--dry-run" not in line:
        return f"{line} --dry-run"
    return line


@pytest.mark.parametrize("each", [each for page in PAGES for each in documented.sql(page)], ids=lambda each: each.name)
async def test_a_documented_statement_is_one_of_postgresql(each: Documented, environment: dict[str, str]) -> None:
    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name="us-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    secret = client("secretsmanager").get_secret_value(SecretId="spendsense-local/database")["SecretString"]
    connection = await asyncpg.connect(json.loads(secret)["url"], ssl=False)
    try:
        await connection.fetch(each.text.replace("(PID)", "(0)"))
    except asyncpg.UndefinedObjectError:
        assert "'NAME'" in each.text  # a placeholder
    finally:
        await connection.close()


def test_a_documented_query_of_insights_is_completed(environment: dict[str, str]) -> None:
    client = boto3.client(
        "logs",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="us-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    queries = [
        (match[1], match[2])
        for page in PAGES
        for each in documented.shell(page)
        for match in re.finditer(r"--log-group-name (\S+) .*--query-string '([^']+)'", each.text)
    ]
    assert len(queries) >= 2
    for group, text in queries:
        query = client.start_query(logGroupName=group, startTime=0, endTime=2**31, queryString=text)["queryId"]
        wait_until(lambda: client.get_query_results(queryId=query)["status"] == "Complete", 30)  # noqa: B023

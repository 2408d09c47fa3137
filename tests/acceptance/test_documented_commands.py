"""Runs each command that runbooks and pages tell people to type, against a serving local environment."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests import documented
from tests.acceptance import command
from tests.acceptance.command import BIN, Spendsense
from tests.acceptance.roles import credentials
from tests.documented import PAGES, Documented
from tests.waiting import wait_until

pytestmark = pytest.mark.full

TIMEOUT_S = 120
FOLLOWED_S = 10
# Pages about what is in AWS alone, or that begin and end the local environment themselves.
TOLD_ELSEWHERE = {"README.md"}
RUNNABLE = [page for page in PAGES if page.name not in TOLD_ELSEWHERE]
# What these commands meet in a local environment, whose parts are fewer than production's; the request itself is right.
MEETS = {
    "acm describe-certificate": "ResourceNotFoundException",
    "acm import-certificate": "No such file or directory|Unable to load paramfile|Error parsing parameter",
    "backup list-backup-jobs": "501|not offered|NotImplemented",
    "backup list-copy-jobs": "404|501|not offered|NotImplemented",
    "backup start-backup-job": "the local cloud makes no recovery points",
    "logs filter-log-events --log-group-name /aws/vendedlogs/": "ResourceNotFoundException",  # no API Gateway here
    "pi get-resource-metrics": "the service pi: the local cloud does not offer this",
    "rds delete-db-instance": "DBInstanceNotFound",  # there was no recovery that kept an instance
    "rds describe-db-instances": "DBInstanceNotFound",
    "rds modify-db-instance": "DBInstanceNotFound|InvalidParameterCombination|InvalidDBInstanceState|KMSKeyNotAcc",
    "rds promote-read-replica": "DBInstanceNotFound|501|not offered|InvalidDBInstanceState",
    "rds reboot-db-instance": "InvalidParameterCombination|InvalidDBInstanceState",
    "rds describe-events": "DBInstanceNotFound|InvalidParameterValue",
    "secretsmanager describe-secret": "ResourceNotFoundException",
    "secretsmanager get-secret-value": "ResourceNotFoundException",  # no value came before the present one
    "backup start-restore-job": "501|not offered|NotImplemented|MissingParameter",
}
# What our own command answers here with reason: one day, one environment, and few tasks.
ANSWERED = {
    "recover": "no backup covers this time|the database spendsense-staging is missing",
    "drill": "nothing was destroyed",
    "scale --desired 6": "scaling keeps 2 to 4 tasks",
    "up --iam audit": "already running, with --iam enforce",
}
# Of the language: placeholders that a reader replaces.
PLACEHOLDERS = {
    "ACCOUNT": "123456789012",
    "ARN_OF_THE_INSTANCE": "arn:aws:rds:us-west-1:123456789012:db:spendsense-local",
    "ARN_OF_THAT_SECRET": "spendsense-local/database",
    "REVISION": "1",
    "ARN": "arn:aws:acm:us-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
}
APPLY = "terraform -chdir=infrastructure/terraform apply -var-file=environments/$E.tfvars"
# AWS's own commands that are an operator's, in the deployment's region and log groups.
OPERATORS = re.compile(
    "aws (application-autoscaling describe|backup list|cloudwatch get-metric|ecs (describe|stop|update-service)"
    "|elasticache describe-[er]|elbv2 describe|logs (start-query|get-query)"
    "|logs filter-log-events --log-group-name /ecs|rds describe-(events|db-instances) (?!--region)|ssm get-parameter )"
)
# These change what serves: here they say what they would do.
REHEARSED = ("rollback", "recover", "deploy", "secrets init")


@pytest.fixture(scope="module")
def environment(up: Any, spendsense: Spendsense) -> dict[str, str]:
    """Set up an environment that serves a second version, so that a rollback is possible."""
    spendsense("deploy")
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


def client(environment: dict[str, str], service: str) -> Any:
    return command.client({"endpoint": environment["AWS_ENDPOINT_URL"], "region": "us-west-1"}, service)


@pytest.fixture(scope="module")
def ids(environment: dict[str, str]) -> dict[str, str]:
    """The id of a running task, its image, and the id of a query."""
    ecs, logs, ecr = (client(environment, service) for service in ("ecs", "logs", "ecr"))
    tasks = ecs.list_tasks(cluster="spendsense-local")["taskArns"]
    query = logs.start_query(
        logGroupName="/ecs/spendsense-backend", startTime=0, endTime=2**31, queryString="fields @message"
    )
    described = ecs.describe_tasks(cluster="spendsense-local", tasks=tasks)["tasks"]
    image = next(each["image"] for each in described[0]["containers"] if each["name"] == "backend")
    repository, _, digest = image.rpartition("/")[2].partition("@")
    named = ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])["imageDetails"][0]
    return {
        "--task ID": f"--task {tasks[0].rpartition('/')[2]}",
        "--query-id ID": f"--query-id {query['queryId']}",
        "--image IMAGE": f"--image {image}",
        "--tag TAG": f"--tag {named['imageTags'][0]}",
    }


def commands() -> list[Documented]:
    return [each for page in RUNNABLE for each in documented.shell(page) if lines_of(each)]


def lines_of(each: Documented) -> list[str]:
    """Return the commands that can run here: other tests cover Terraform, builds, new accounts and ends."""
    # `aws logs tail` is of the CLI's version 2, which no package index has.
    elsewhere = re.compile(
        r"^(aws logs tail|terraform|cd|docker|openssl|git|export|image=\$\(terraform|tools?/|scripts/|> )|terraform "
        r"|^spendsense down$"
    )
    # Here `up` does what an apply does there: it tells the tasks in which secret RDS keeps the password.
    text = each.text.replace(APPLY, "spendsense up") if each.page.stem == "secret-rotation-failed" else each.text
    return [line for line in text.splitlines() if line and not elsewhere.search(line)]


@pytest.mark.parametrize("each", commands(), ids=lambda each: each.name)
def test_a_documented_command_does_what_it_says(
    each: Documented, environment: dict[str, str], ids: dict[str, str], spendsense: Spendsense, tmp_path: Path
) -> None:
    if re.search("spendsense (status|deploy)", each.text):  # which meet a deployment that the page before has begun
        wait_until(lambda: spendsense("status", expect=None).returncode == 0, TIMEOUT_S)
    lines = [as_role(typed(line, ids), spendsense) for line in lines_of(each)]
    # Each line by itself, so that a refusal of the one does not keep the others from running, and in one shell.
    guarded = (f"{{ {line}\n}} 2>{number} || echo {number} >> failed" for number, line in enumerate(lines))
    script = "\n".join(["set -o pipefail", f"cd {shlex.quote(str(tmp_path))}", "touch failed", *guarded])
    subprocess.run(
        ["bash", "-c", script],
        env=environment,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    for number in (tmp_path / "failed").read_text().split():
        line, printed = lines[int(number)], (tmp_path / number).read_text()
        assert any(re.search(expected, printed) for expected in met_by(line)), f"{line}\n{printed}"


def typed(line: str, ids: dict[str, str]) -> str:
    """Return a line with values for its placeholders, as a reader types it."""
    line = rehearsed(line)
    for placeholder, value in ids.items():
        line = re.sub(rf"{placeholder}\b", value, line)
    for name, value in PLACEHOLDERS.items():
        line = re.sub(rf"\b{name}\b", value, line)
    return line.replace("spendsense-prod", "spendsense-local").replace("--env prod", "--env local")


def as_role(line: str, spendsense: Spendsense) -> str:
    """Return a line as it is run: under the role that it is for, and what only administrators may, as one."""
    if re.search(r"--env (?!local\b|\$E\b)", line):  # of which there are no roles here
        return line
    verb = re.match(r"(?:timeout \S+ \S+ )?spendsense (\S+)", line)
    keys = credentials(spendsense.home, [verb[1] if verb else "status" if OPERATORS.match(line) else ""])
    return " ".join(["env", *(f"{name}={value}" for name, value in keys.items()), line]) if keys else line


def met_by(line: str) -> list[str]:
    """Return the refusals that a command may answer with here."""
    bare = re.sub(r" --env \S+", "", line)
    of_aws = [expected for call, expected in MEETS.items() if f"aws {call}" in line]
    return of_aws + [expected for call, expected in ANSWERED.items() if f"spendsense {call}" in bare]


def rehearsed(line: str) -> str:
    verb = line.removeprefix("spendsense ")
    if re.match("logs .*(--follow|-f)\\b", verb):  # until somebody presses Ctrl-C
        return f"timeout --signal=INT {FOLLOWED_S} {line} || test $? = 124"
    if line.startswith("spendsense ") and verb.startswith(REHEARSED) and "--dry-run" not in line:
        return f"{line} --dry-run"
    return line


@pytest.mark.parametrize("each", [each for page in PAGES for each in documented.sql(page)], ids=lambda each: each.name)
async def test_a_documented_statement_is_valid_postgresql(each: Documented, environment: dict[str, str]) -> None:
    connection = await asyncpg.connect(**present_credentials(environment), ssl=False)
    try:
        await connection.fetch(each.text.replace("(PID)", "(0)"))
    except asyncpg.UndefinedObjectError:
        assert "'NAME'" in each.text  # a placeholder
    finally:
        await connection.close()


def present_credentials(environment: dict[str, str]) -> dict[str, str]:
    """Read the database's address, and its password where it is now: one page has RDS take it over."""
    read = client(environment, "secretsmanager").get_secret_value
    found = {"dsn": json.loads(read(SecretId="spendsense-local/database")["SecretString"])["url"]}
    [database] = client(environment, "rds").describe_db_instances(DBInstanceIdentifier="spendsense-local")[
        "DBInstances"
    ]
    if "MasterUserSecret" in database:
        managed = json.loads(read(SecretId=database["MasterUserSecret"]["SecretArn"])["SecretString"])
        found |= {"user": managed["username"], "password": managed["password"]}
    return found


def test_a_documented_query_of_insights_is_completed(environment: dict[str, str]) -> None:
    logs = client(environment, "logs")
    queries = [
        (match[1], match[2])
        for page in PAGES
        for each in documented.shell(page)
        for match in re.finditer(r"--log-group-name (\S+) .*--query-string '([^']+)'", each.text)
    ]
    assert len(queries) >= 2
    for group, text in queries:
        query = logs.start_query(logGroupName=group, startTime=0, endTime=2**31, queryString=text)["queryId"]
        wait_until(lambda: logs.get_query_results(queryId=query)["status"] == "Complete", 30)  # noqa: B023

"""`plan`, `drift`, `destroy` of an environment on AWS, its state in the bucket: a local cloud plays the account."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.terraform.program import SETTINGS, Provider, settings_for
from terraform_provider.runner import terraform
from tests.acceptance.command import BIN
from tests.acceptance.reader import BOOTSTRAP_PAGE, Reader, blocks, reading, steps
from tests.acceptance.roles import REPOSITORY, ROLES, Cloud
from tests.ports import free_pair
from tests.terraform.side_by_side import settings_of_real_provider

pytestmark = pytest.mark.full

ENV = ("--env", "dev")
NAME, BUCKET, LOCKS = "spendsense-dev", "spendsense-terraform-state-123456789012", "spendsense-terraform-locks"
ALARM = 'module.monitoring.aws_cloudwatch_metric_alarm.this["latency-high"]'
GITHUB = "token.actions.githubusercontent.com"
TIMEOUT_S = 1500
HELD = {
    "ID": "7f7b2a8c-0f0e-b1f8-3a44-8b6b8ca8d6de",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": "jane@laptop",
    "Version": "1.6.6",
    "Created": "2026-11-29T02:00:00Z",
    "Path": f"{BUCKET}/dev/terraform.tfstate",
}


@dataclass
class Operator:
    """Types the command in the reader's checkout, where the environment is applied, as the workflow's jobs do."""

    reader: Reader

    def __call__(self, *words: str, expect: int = 0, role: str | None = None) -> subprocess.CompletedProcess[str]:
        """role: `plan` or `apply`; None: the one that the command is for."""
        done = subprocess.run(
            [BIN / "spendsense", *words, *ENV],
            cwd=self.reader.checkout,
            env=self.reader.environment | self.session(role or ROLES[words[0]]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words: str, expect: int = 0) -> Any:
        return json.loads(self(*words, "--json", expect=expect).stdout)

    def apply(self, more: str = "") -> None:
        named = " ".join(f"{name}={value}" for name, value in self.session("apply").items())
        command = f"env {named} terraform apply -var-file=environments/dev.tfvars {more}"
        self.reader.types(command, self.reader.checkout / "infrastructure" / "terraform")

    def session(self, role: str) -> dict[str, str]:
        """Begin a job's session of a role that infrastructure/bootstrap has made."""
        return Cloud(self.reader.daemon.endpoint).as_job(f"spendsense-terraform-dev-{role}", f"dev-{role}")


@pytest.fixture(params=Provider)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    if request.param is Provider.AWS:
        return {SETTINGS: settings_of_real_provider()}
    return settings_for(request.param, tmp_path / "provider")


@pytest.fixture
def operator(tmp_path: Path, settings: dict[str, str]) -> Iterator[Operator]:
    """The account after the page's steps "State" and "Apply"."""
    try:
        command = terraform.find().command
    except terraform.NoTerraform as exc:
        pytest.skip(str(exc))
    with reading(tmp_path, command, settings, ("ops", "terraform_provider")) as reader:
        first, _, moved = blocks(BOOTSTRAP_PAGE.read_text())[:3]
        reader.environment["TF_VAR_github_repository"] = REPOSITORY
        reader.environment["TF_VAR_github_repository_ids"] = "{owner=1,repository=2}"
        there = reader.types(first.replace("role/Administrator", "user/test"), reader.checkout)
        reader.environment["TF_CLI_ARGS_init"] += " -backend-config=use_path_style=true"
        reader.environment["TF_VAR_listener_port"] = str(free_pair())
        reader.types(moved, there)
        provider = f"arn:aws:iam::{reader.daemon.endpoint['account_id']}:oidc-provider/{GITHUB}"
        reader.environment["TF_VAR_github_oidc_provider_arn"] = provider
        for step in ("State", "Apply"):
            reader.types(blocks(steps()[step])[0], reader.checkout)
        # As in the workflow: jobs reach the state by their own roles.
        reader.types(
            "sed -i '/^assume_role/d' environments/dev.s3.tfbackend", reader.checkout / "infrastructure/terraform"
        )
        yield Operator(reader)


def test_plan_drift_and_destroy_work_on_the_state_in_the_bucket(operator: Operator) -> None:
    what_would_change_is_planned(operator)
    what_others_changed_is_told_apart(operator)
    who_holds_the_lock_is_named(operator)
    without_backend_settings_the_page_is_named(operator)
    who_plans_changes_nothing(operator)

    operator.apply("-var=deletion_protection=true")
    before = applied_parts(operator)
    refused = operator("destroy", "--yes", "--var", "deletion_protection=true", expect=2)
    assert f"nothing was destroyed: the database {NAME} and the load balancer {NAME} are protected" in refused.stderr
    assert '"Destroying"' in refused.stderr
    assert applied_parts(operator) == before
    operator.apply()
    refused = operator("destroy", expect=2)  # nobody is there to answer the question
    assert "nothing was destroyed" in refused.stderr
    assert operator.json("destroy", "--yes")["destroyed"] > 100
    assert applied_parts(operator) == ([], 0)
    assert operator("plan").stdout.count("destroy") == 0


def what_would_change_is_planned(operator: Operator) -> None:
    plan = operator.json("plan")
    assert plan["changes"] == []
    assert plan["monthly_usd"]["difference"] == 0
    assert plan["expected"] == {"apply": None, "deploy": None}
    plan = operator.json("plan", "--var", "multi_az=true", "--var", "ecs_memory=2048")
    assert "module.rds.aws_db_instance.this" in {each["resource"] for each in plan["changes"]}
    assert plan["monthly_usd"]["difference"] > 10
    assert plan["expected"]["apply"]["seconds"] > 300  # RDS needs minutes for a standby
    assert plan["expected"]["deploy"]["seconds"] > 60
    assert "USD a month: " in operator("plan").stdout


def what_others_changed_is_told_apart(operator: Operator) -> None:
    found = operator.json("drift")
    assert (found["drift"], found["undeclared"], found["unknown"]) == (False, [], [])
    client = operator.reader.client
    replaced = {"maximumPercent": 150, "minimumHealthyPercent": 100}  # as a deploy with another strategy does
    client("ecs").update_service(cluster=NAME, service="spendsense-backend", deploymentConfiguration=replaced)
    found = operator.json("drift")
    assert {each["owner"] for each in found["differences"]} == {"deploy"}
    client("cloudwatch").delete_alarms(AlarmNames=[f"{NAME}-latency-high"])
    client("logs").create_log_group(logGroupName=f"{NAME}-left")
    found = operator.json("drift", expect=2)
    assert [each["resource"] for each in found["differences"] if each["owner"] == "terraform"] == [ALARM]
    assert [each["resource"].rpartition(":")[2] for each in found["undeclared"]] == [f"{NAME}-left"]
    shown = operator("drift", expect=2).stdout
    assert "Changed outside Terraform; the next apply reverts it:" in shown
    assert f"{NAME}-left (found by its name)" in shown
    operator.apply()
    assert operator.json("drift", expect=4)["drift"] is False
    client("logs").delete_log_group(logGroupName=f"{NAME}-left")
    assert operator.json("drift")["undeclared"] == []


def who_plans_changes_nothing(operator: Operator) -> None:
    before = applied_parts(operator)
    refused = operator("destroy", "--yes", role="plan", expect=1)
    assert re.search(
        r"spendsense-terraform-dev-plan/\S+ is not authorized to perform:? dynamodb:PutItem", refused.stderr
    )
    assert applied_parts(operator) == before
    cloud = Cloud(operator.reader.daemon.endpoint)
    fork, branch = {"repository": "evil/spendsense"}, {"ref": "refs/heads/feature"}
    for role, claims in (("plan", fork), ("apply", fork), ("apply", branch)):
        with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
            cloud.as_job(f"spendsense-terraform-dev-{role}", f"dev-{role}", **claims)
    assert cloud.as_job("spendsense-terraform-dev-plan", "dev-plan", **branch)
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        cloud.as_job("spendsense-terraform-dev-apply", "dev-plan")


def who_holds_the_lock_is_named(operator: Operator) -> None:
    locks = operator.reader.client("dynamodb")
    key = {"LockID": {"S": HELD["Path"]}}
    locks.put_item(TableName=LOCKS, Item={**key, "Info": {"S": json.dumps(HELD)}})
    assert operator.json("plan")["changes"] == []  # it reads only
    refused = operator("destroy", "--yes", expect=1)
    assert "the state is locked by another run: apply by jane@laptop, since 2026-11-29" in refused.stderr
    assert f"terraform force-unlock {HELD['ID']}" in refused.stderr
    locks.delete_item(TableName=LOCKS, Key=key)


def without_backend_settings_the_page_is_named(operator: Operator) -> None:
    file = operator.reader.checkout / "infrastructure" / "terraform" / "environments" / "dev.s3.tfbackend"
    written = file.read_text()
    file.unlink()
    refused = operator("plan", expect=1)
    assert "environments/dev.s3.tfbackend" in refused.stderr
    assert "infrastructure/README.md" in refused.stderr
    file.write_text(written.replace(BUCKET, "spendsense-terraform-state-000000000000"))
    refused = operator("plan", expect=1)
    assert "spendsense-terraform-state-000000000000" in refused.stderr
    file.write_text(written)
    assert operator.json("plan")["changes"] == []


def applied_parts(operator: Operator) -> tuple[list[str], int]:
    """Return the clusters and the number of databases."""
    clusters = operator.reader.client("ecs").list_clusters()["clusterArns"]
    return clusters, len(operator.reader.client("rds").describe_db_instances()["DBInstances"])

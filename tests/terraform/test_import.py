"""Importing the new instance into Terraform after a recovery, as docs/recovery.md says; its password stays."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from ops.cost import terraform
from ops.terraform.program import SOURCE
from tests.integration.localcloud.ecs.daemon import start
from tests.terraform.planning import prepared_copy

pytestmark = pytest.mark.full

NAME = "spendsense-case"
INSTANCE = "module.rds.aws_db_instance.this"
# What the state alone knows: how Terraform itself deletes. An import begins with the provider's defaults.
OF_THE_STATE = {"apply_immediately", "delete_automated_backups", "final_snapshot_identifier", "skip_final_snapshot"}
CODE = f"""
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}

provider "aws" {{
  region = "us-west-1"
}}

data "aws_vpc" "default" {{
  default = true
}}

data "aws_subnets" "default" {{
  filter {{
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }}
}}

resource "aws_security_group" "this" {{
  name   = "{NAME}"
  vpc_id = data.aws_vpc.default.id
}}

module "kms" {{
  source = "./modules/kms"
  name   = "{NAME}"
}}

module "rds" {{
  source              = "./modules/rds"
  name                = "{NAME}"
  account_id          = "123456789012"
  subnet_ids          = slice(sort(data.aws_subnets.default.ids), 0, 2)
  security_group_id   = aws_security_group.this.id
  kms_key_arn         = module.kms.key_arn
  instance_class      = "db.t4g.micro"
  multi_az            = false
  deletion_protection = true
  backup_window       = "09:00-10:00"
  maintenance_window  = "sun:10:30-sun:11:30"
}}
"""


@dataclass
class Applied:
    """A database that Terraform made in a local cloud."""

    endpoint: str
    workspace: terraform.Workspace

    def terraform(self, *arguments: str, expect: int = 0) -> str:
        done = self.workspace.run(*arguments, endpoint=self.endpoint)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    def changes(self) -> dict[str, Any]:
        """Attributes of the instance that a plan would change; fails when it would change anything else."""
        self.terraform("plan", "-input=false", "-no-color", "-out=plan.out")
        planned = json.loads(self.terraform("show", "-json", "plan.out"))["resource_changes"]
        changed = {each["address"]: each["change"] for each in planned if each["change"]["actions"] != ["no-op"]}
        assert set(changed) <= {INSTANCE}, list(changed)
        if not changed:
            return {}
        assert changed[INSTANCE]["actions"] == ["update"]
        before, after = changed[INSTANCE]["before"], changed[INSTANCE]["after"]
        return {name: after[name] for name in after if before.get(name) != after[name]}

    def rds(self, operation: str, **parameters: Any) -> Any:
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        client = boto3.client("rds", endpoint_url=self.endpoint, region_name="us-west-1", **credentials)
        return getattr(client, operation)(**parameters)

    def instance(self) -> dict[str, Any]:
        """Return what RDS says, without the moment up to which it could restore: that one moves on by itself."""
        found = dict(self.rds("describe_db_instances", DBInstanceIdentifier=NAME)["DBInstances"][0])
        found.pop("LatestRestorableTime", None)
        return found


@pytest.fixture
def applied(tmp_path: Path) -> Iterator[Applied]:
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.tf").write_text(CODE)
    (source / "modules").symlink_to(SOURCE / "modules")
    workspace = prepared_copy(tmp_path / "terraform", source)
    daemon = start(tmp_path / "cloud")
    try:
        created = Applied(str(daemon.endpoint["endpoint"]), workspace)
        created.terraform("apply", "-auto-approve", "-input=false", "-no-color")
        yield created
    finally:
        assert daemon.stop() == 0


def test_an_imported_instance_has_no_changes_but_those_of_the_state_and_keeps_its_password(applied: Applied) -> None:
    assert applied.changes() == {}
    secret = applied.instance()["MasterUserSecret"]["SecretArn"]
    applied.terraform("state", "rm", INSTANCE)
    applied.terraform("import", "-input=false", "-no-color", INSTANCE, NAME)
    assert set(applied.changes()) <= OF_THE_STATE
    before = applied.instance()
    applied.terraform("apply", "-auto-approve", "-input=false", "-no-color")
    assert applied.changes() == {}
    found = applied.instance()
    assert found == before  # the change is one of the state alone
    assert (found["DBInstanceStatus"], found["MasterUserSecret"]["SecretArn"]) == ("available", secret)


def test_a_password_that_was_taken_over_stays_taken_over(applied: Applied) -> None:
    own = {"ManageMasterUserPassword": False, "MasterUserPassword": "our-own-password", "ApplyImmediately": True}
    applied.rds("modify_db_instance", DBInstanceIdentifier=NAME, **own)
    assert "MasterUserSecret" not in applied.instance()
    assert applied.changes() == {}
    applied.terraform("state", "rm", INSTANCE)
    applied.terraform("import", "-input=false", "-no-color", INSTANCE, NAME)
    applied.terraform("apply", "-auto-approve", "-input=false", "-no-color")
    assert applied.changes() == {}
    assert "MasterUserSecret" not in applied.instance()

"""A deploy and the real provider on one task definition: neither undoes what the other did."""

import json
import shutil
from pathlib import Path

import pytest

from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.cost import terraform
from ops.errors import CouldNotPlan
from ops.parameters import deployed
from ops.terraform.program import SOURCE
from tests.integration.conftest import aws_endpoint  # noqa: F401 - a fixture
from tests.integration.ops.conftest import aws  # noqa: F401 - a fixture
from tests.terraform.planning import prepared_copy

pytestmark = pytest.mark.full

ONLY = "-target=module.ecs.aws_ecs_task_definition.this"
REPOSITORY = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend"
SECRET = "arn:aws:secretsmanager:us-west-1:123456789012:secret"
ROOT = f"""
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}

provider "aws" {{
  region = "us-west-1"
  default_tags {{
    tags = {{ project = "spendsense" }}
  }}
}}

variable "memory" {{
  default = 1024
}}

module "ecs" {{
  source                   = "./ecs"
  name                     = "spendsense-local"
  service_name             = "spendsense-backend"
  task_family              = "spendsense-backend"
  aws_region               = "us-west-1"
  container_name           = "backend"
  container_port           = 8000
  cpu                      = 512
  memory                   = var.memory
  min_capacity             = 2
  max_capacity             = 4
  scaling_mode             = "target_tracking"
  shifts_traffic           = false
  subnet_ids               = ["subnet-1"]
  security_group_id        = "sg-1"
  target_group             = {{ arn = "arn:aws:elasticloadbalancing:us-west-1:1:targetgroup/a/1", arn_suffix = "t" }}
  load_balancer_arn_suffix = "app/a/1"
  repository_url           = "{REPOSITORY}"
  deployed_parameter_name  = "/spendsense-local/deployed"
  task_role_arn            = "arn:aws:iam::123456789012:role/task"
  execution_role_arn       = "arn:aws:iam::123456789012:role/execution"
  log_group_names          = {{ application = "/a", access = "/a/access", errors = "/a/errors" }}
  rollback_alarm_names     = ["a"]
  secret_arns              = {{
    for part in ["database", "redis", "jwt", "accounts", "oauth"] : part => "{SECRET}:${{part}}"
  }}
  environment_variables    = {{ ZONE = "z", ENVIRONMENT = "local", DATA_BUCKET = "b" }}
}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> terraform.Workspace:
    source = tmp_path / "source"
    shutil.copytree(SOURCE / "modules" / "ecs", source / "ecs")
    (source / "main.tf").write_text(ROOT)
    return prepared_copy(tmp_path / "terraform", source)


def apply(workspace: terraform.Workspace, aws: Aws, *arguments: str) -> str:  # noqa: F811
    return terraform.checked(
        workspace.run("apply", "-auto-approve", "-no-color", ONLY, *arguments, endpoint=aws.environment.endpoint)
    )


def ship(aws: Aws, digit: str, *, succeeds: bool = True) -> str:  # noqa: F811
    """Do to the task definition what a deploy does to it; give the image."""
    newest = aws.ecs.describe_task_definition(taskDefinition="spendsense-backend", include=["TAGS"])
    image = f"{REPOSITORY}@sha256:{digit * 64}"
    changes = task_definition.Changes(container="backend", image=image, revision=digit)
    wanted = task_definition.registration(newest["taskDefinition"], changes, newest["tags"])
    aws.ecs.register_task_definition(**wanted)
    if succeeds:
        deployed.record(aws, image, digit)
    return image


def newest_revision(aws: Aws) -> tuple[int, str, set[str]]:  # noqa: F811
    """Its number, its memory, and the images in it."""
    found = aws.ecs.describe_task_definition(taskDefinition="spendsense-backend")["taskDefinition"]
    return found["revision"], found["memory"], {each["image"] for each in found["containerDefinitions"]}


def test_neither_undoes_what_the_other_did(workspace: terraform.Workspace, aws: Aws) -> None:  # noqa: F811
    apply(workspace, aws)
    assert newest_revision(aws) == (1, "1024", {f"{REPOSITORY}:never-deployed"})

    serving = ship(aws, "1")
    assert newest_revision(aws) == (2, "1024", {serving})
    assert "0 added, 0 changed, 0 destroyed" in apply(workspace, aws), "nothing to do after a deploy"
    assert newest_revision(aws)[0] == 2

    apply(workspace, aws, "-var=memory=2048")
    assert newest_revision(aws) == (3, "2048", {serving}), "a new shape comes with the image that serves"

    ship(aws, "2", succeeds=False)
    apply(workspace, aws, "-var=memory=2048")
    assert newest_revision(aws) == (5, "2048", {serving}), "an image that failed is not taken for the one that serves"

    serving = ship(aws, "3")
    assert newest_revision(aws) == (6, "2048", {serving}), "a deploy takes the new shape along"
    active = aws.ecs.list_task_definitions(familyPrefix="spendsense-backend", status="ACTIVE")["taskDefinitionArns"]
    assert len(active) == 6, "every revision stays there to roll back to"


def test_while_nobody_has_seen_a_deploys_end_no_task_is_planned(workspace: terraform.Workspace, aws: Aws) -> None:  # noqa: F811
    apply(workspace, aws)
    serving = ship(aws, "1")
    noted = deployed.Noted(image=serving, revision="1", pending={"image": "i", "revision": "v2"})
    value = json.dumps(noted.as_json())
    aws.ssm.put_parameter(Name=aws.environment.deployed_parameter, Value=value, Type="String", Overwrite=True)
    with pytest.raises(CouldNotPlan, match="A deployment of v2 is in progress, or ended unwatched") as refused:
        apply(workspace, aws, "-var=memory=2048")
    assert "spendsense status" in refused.value.message
    assert newest_revision(aws) == (2, "1024", {serving})
    deployed.record(aws, serving, "1")
    apply(workspace, aws, "-var=memory=2048")
    assert newest_revision(aws) == (3, "2048", {serving})

"""The folders (T1), the place of the state (T2, with test_bootstrap.py), and the resources (T3)."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.cost.terraform import Workspace, checked
from ops.environment import EnvironmentName
from ops.terraform.program import SOURCE
from tests.terraform.plan import Plan, walk
from tests.terraform.planning import program, workspace

INFRASTRUCTURE = SOURCE.parent
BOOTSTRAP = INFRASTRUCTURE / "bootstrap"
ROOTS = [SOURCE, BOOTSTRAP]
MODULES = sorted(path for path in (SOURCE / "modules").iterdir() if path.is_dir())
ENVIRONMENTS = ("dev", "staging", "prod")


def test_T1_the_layout_is_the_one_that_was_requested() -> None:
    for name in ("main.tf", "variables.tf", "outputs.tf"):
        assert (SOURCE / name).is_file(), name
    assert {path.name for path in MODULES} >= {
        "vpc",
        "rds",
        "ecs",
        "alb",
        "redis",
        "s3",
        "iam",
        "secrets",
        "ecr",
        "monitoring",
    }
    assert (INFRASTRUCTURE / "README.md").is_file()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_T1_every_module_declares_variables_and_outputs(module: Path) -> None:
    for name in ("versions.tf", "variables.tf", "outputs.tf"):
        assert (module / name).is_file(), name


@pytest.mark.parametrize("path", [*ROOTS, *MODULES], ids=lambda path: path.name)
def test_T1_terraform_1_6_6_and_one_provider_of_both_series(path: Path) -> None:
    text = (path / "versions.tf").read_text()
    assert re.search(r'required_version = ">= 1\.6\.6', text)
    assert re.findall(r'source\s+= "([^"]+)"', text) == ["hashicorp/aws"]
    assert re.findall(r'^\s+version\s+= "([^"]+)"', text, re.MULTILINE) == [">= 5.100.0, < 7.0.0"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_T2_the_state_is_remote_encrypted_and_locked(environment: str) -> None:
    text = (SOURCE / "environments" / f"{environment}.s3.tfbackend").read_text()
    settings = dict(re.findall(r"^(\w+)\s*= (.+)$", text, re.MULTILINE))
    assert settings["key"] == f'"{environment}/terraform.tfstate"'
    assert settings["encrypt"] == "true"
    assert settings.keys() >= {"bucket", "region", "kms_key_id", "dynamodb_table"}
    assert f"spendsense-terraform-state-{environment}" in settings["assume_role"]
    assert 'backend "s3" {}' in (SOURCE / "versions.tf").read_text()


def test_T3_every_kind_of_resource_that_was_requested_is_there(plan: Plan) -> None:
    wanted = {
        "aws_vpc",
        "aws_subnet",
        "aws_internet_gateway",
        "aws_nat_gateway",
        "aws_security_group",
        "aws_db_instance",
        "aws_elasticache_replication_group",
        "aws_s3_bucket",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_ecs_task_definition",
        "aws_lb",
        "aws_lb_target_group",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_cloudwatch_log_group",
        "aws_secretsmanager_secret",
    }
    assert wanted <= {each.type for each in plan.resources}


def test_T3_whatever_can_carry_tags_says_where_it_is_from(everything: Plan) -> None:
    for each in walk(everything.json["planned_values"]["root_module"]):
        tags = each.values.get("tags_all")
        if tags is not None and each.type != "aws_default_security_group":
            assert tags["project"] == "spendsense", each.address
            assert tags["managed_by"] == "terraform", each.address


def programs() -> list[str]:
    """The Terraform that is tested with, and another one on PATH."""
    other = shutil.which("terraform")
    return [program(), *([other] if other and Path(other).resolve() != Path(program()).resolve() else [])]


def test_T1_the_code_is_formatted() -> None:
    done = subprocess.run(
        [program(), "fmt", "-check", "-recursive", "-diff", str(INFRASTRUCTURE)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.full
@pytest.mark.parametrize("root", ROOTS, ids=lambda path: path.name)
def test_T1_the_code_is_valid_for_every_terraform_at_hand(root: Path, tmp_path: Path) -> None:
    workspace()  # skips without a provider
    shutil.copytree(INFRASTRUCTURE, tmp_path / "infrastructure", ignore=shutil.ignore_patterns(".terraform*"))
    for number, each in enumerate(programs()):
        copy = Workspace([each], tmp_path / "infrastructure" / root.name)
        shutil.rmtree(copy.directory / ".terraform", ignore_errors=True)
        (copy.directory / ".terraform.lock.hcl").unlink(missing_ok=True)
        checked(copy.run("init", "-input=false", "-backend=false", "-no-color"))
        validated = json.loads(copy.run("validate", "-json").stdout)
        assert validated["valid"], f"{each} ({number}): {validated['diagnostics']}"
        assert validated["diagnostics"] == [], f"{each}: {validated['diagnostics']}"


@pytest.mark.full
def test_T1_the_newer_terraform_plans_every_switch_too() -> None:
    from ops.cost import terraform
    from terraform_provider.runner.terraform import NAMED_BY
    from tests.terraform.planning import VARIANTS

    if len(programs()) < 2:
        pytest.skip("there is no second terraform on PATH")
    workspace()  # skips without a provider
    environment, variables = VARIANTS["everything"]
    before = os.environ.get(NAMED_BY)
    os.environ[NAMED_BY] = programs()[1]
    try:
        plan = terraform.plan(EnvironmentName(environment), variables)
    finally:
        if before is None:
            del os.environ[NAMED_BY]
        else:
            os.environ[NAMED_BY] = before
    assert plan["planned_values"]["root_module"]["child_modules"]

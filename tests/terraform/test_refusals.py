"""Wrong variables are refused with a message that says how to correct them (T6). Needs Terraform, but no provider."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from ops.cost.terraform import Workspace
from ops.terraform.program import SOURCE
from tests.terraform.planning import program, words
from tests.terraform.right_values import RIGHT
from tests.terraform.wrong_values import CERTIFIED, COMPLETE, REQUIRED, TOGETHER, WRONG


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The variables with their rules, and nothing that they are used for."""
    directory = tmp_path_factory.mktemp("terraform")
    for file in (*SOURCE.glob("variables*.tf"), *SOURCE.glob("rules*.tf")):
        shutil.copy(file, directory)
    workspace = Workspace([program()], directory)
    done = workspace.run("init", "-input=false")
    assert done.returncode == 0, done.stderr
    return workspace


def plan(rules: Workspace, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    given = [f"-var={name}={value}" for name, value in variables.items()]
    return rules.run("plan", "-input=false", "-no-color", "-lock=false", *given)


@pytest.mark.parametrize("changes", RIGHT)
def test_T6_what_is_right_is_accepted(rules: Workspace, changes: dict[str, str]) -> None:
    done = plan(rules, COMPLETE | changes)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def refused(rules: Workspace) -> dict[tuple[str, str], str]:
    """Collect Terraform's error for each wrong value. A plan reports many at once, so a few plans are enough."""
    left = [(name, value) for name, value, _ in WRONG]
    messages = {}
    while left:
        batch = dict(reversed(left))  # the first value of each variable
        done = plan(rules, COMPLETE | batch)
        assert done.returncode == 1
        messages |= dict.fromkeys(batch.items(), words(done.stderr))
        left = [pair for pair in left if pair not in batch.items()]
    return messages


@pytest.mark.parametrize(("name", "value", "fix"), WRONG)
def test_T6_a_wrong_value_is_refused_with_the_fix(
    refused: dict[tuple[str, str], str], name: str, value: str, fix: str
) -> None:
    assert fix in refused[name, value]


@pytest.mark.parametrize(
    ("changes", "fixes"),
    TOGETHER,
    ids=["other account", "closed way in", "dev", "way in", "prod", "certificate", "other partition"],
)
def test_T6_what_does_not_go_together_is_refused_with_the_fix(
    rules: Workspace, changes: dict[str, str], fixes: list[str]
) -> None:
    done = plan(rules, COMPLETE | changes)
    assert done.returncode == 1
    assert [fix for fix in fixes if fix not in words(done.stderr)] == []


def test_T6_what_prod_can_do_without_is_reported_and_not_refused(rules: Workspace) -> None:
    done = plan(rules, COMPLETE | CERTIFIED | {"read_replica_enabled": "true"})
    assert done.returncode == 0, done.stderr
    for name in ("allowed_account_ids", "availability_zones", "replica_availability_zones", "allowed_hosts"):
        assert f"{name} is empty" in words(done.stdout + done.stderr)


def test_T6_required_variables_that_are_missing_are_named(rules: Workspace) -> None:
    done = plan(rules, {})
    assert done.returncode == 1
    missing = re.findall(r'variable "(\w+)" is not set', words(done.stderr))
    assert sorted(missing) == REQUIRED


@pytest.mark.parametrize("arn", ["role/*", "role", "user/jane doe", "rooted"])
def test_T6_the_bootstrap_accepts_principals_that_iam_accepts(tmp_path: Path, arn: str) -> None:
    shutil.copy(SOURCE.parent / "bootstrap" / "variables.tf", tmp_path)
    workspace = Workspace([program()], tmp_path)
    wrong = plan(workspace, {"state_users": f'{{prod=["arn:aws:iam::123456789012:{arn}"]}}'})
    assert "state_users must hold IAM ARNs of roles or users" in words(wrong.stderr)
    right = plan(
        workspace, {"state_users": '{prod=["arn:aws:iam::123456789012:role/a","arn:aws:iam::123456789012:root"]}'}
    )
    assert right.returncode == 0, right.stderr


ROLE = "arn:aws:iam::123456789012:role/{}"


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("state_users", {"production": [ROLE.format("a")]}, "production names no state; the states are dev, staging"),
        ("state_users", {"prod": []}, "a list is empty, and IAM refuses a role that nobody may assume"),
        ("state_users", {"prod": [ROLE.format(f"{'a' * 30}{n}") for n in range(30)]}, "IAM takes 2048"),
        ("state_users", {"prod": [None]}, "must hold IAM ARNs of roles or users"),
        ("administrators", ["arn:aws:iam::123456789012:"], "must hold IAM ARNs of roles or users"),
        ("administrators", [ROLE.format(f"{'a' * 60}{n}") for n in range(200)], "S3 takes 20 KB"),
    ],
)
def test_T6_the_bootstrap_refuses_what_its_policies_cannot_contain(
    tmp_path: Path, name: str, value: object, fix: str
) -> None:
    shutil.copy(SOURCE.parent / "bootstrap" / "variables.tf", tmp_path)
    wrong = plan(Workspace([program()], tmp_path), {name: json.dumps(value)})
    assert wrong.returncode == 1
    assert fix in words(wrong.stderr)


@cache
def declared() -> dict[str, str]:
    """Return each variable of the root with its text."""
    text = "\n".join(file.read_text() for file in sorted(SOURCE.glob("variables*.tf")))
    return dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL))


def test_T6_the_required_variables_are_there_and_validated() -> None:
    required = ["environment", "aws_region", "vpc_cidr", "db_instance_class", "redis_node_type"]
    for name in [*required, "ecs_cpu", "ecs_memory", "min_capacity", "max_capacity"]:
        assert "validation {" in declared()[name], name
    for name, body in declared().items():
        # A switch can only be on or off.
        assert "validation {" in body or "= bool\n" in body or name == "github_repository_ids", name
        assert "description" in body, name


def test_T6_null_stands_for_the_default(rules: Workspace) -> None:
    """A wrapper or a pipeline passes null for what it does not set: no expression then fails on it."""
    optional = [name for name in declared() if name not in COMPLETE]
    for name, body in declared().items():
        is_null = re.search(r"^  default\s+= null$", body, re.MULTILINE)
        assert bool(is_null) != bool(re.search(r"^  nullable\s+= false$", body, re.MULTILINE)), name
    (rules.directory / "nothing.tfvars").write_text("".join(f"{name} = null\n" for name in optional))
    given = [f"-var={name}={value}" for name, value in COMPLETE.items()]
    done = rules.run("plan", "-input=false", "-no-color", "-lock=false", "-var-file=nothing.tfvars", *given)
    assert done.returncode == 0, done.stderr


def test_T5_defaults_are_us_west_1_and_10_1_0_0_16_and_postgresql_16_10() -> None:
    assert re.search(r'default\s+= "16\.10"', declared()["db_engine_version"])
    assert re.search(r'default\s+= "us-west-1"', declared()["aws_region"])
    assert re.search(r'default\s+= "10\.1\.0\.0/16"', declared()["vpc_cidr"])
    for environment in ("dev", "staging", "prod"):
        text = Path(SOURCE / "environments" / f"{environment}.tfvars").read_text()
        assert re.search(r'^vpc_cidr\s+= "10\.1\.0\.0/16"', text, re.MULTILINE)

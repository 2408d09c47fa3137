"""The real Terraform works with the roles of infrastructure/bootstrap, and with no more than their policies allow."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.terraform.program import environment_of
from tests.terraform.permissions.requests import asked
from tests.terraform.permissions.roles import World
from tests.terraform.permissions.state import OF_READING, OF_WRITING
from tests.terraform.plan import Plan
from tests.terraform.planning import PROJECT, program, words, workspace
from tests.terraform.state_endpoint import ACCOUNT_ID, Backend, state_endpoint

pytestmark = pytest.mark.long

SCRIPT = PROJECT / "scripts" / "terraform-init"
CONFIGURATION = """
terraform {
  backend "s3" {}
}

variable "text" { default = "first" }

resource "terraform_data" "one" { input = var.text }
"""
BACKEND = """
bucket         = "{bucket}"
key            = "{key}"
region         = "us-west-1"
encrypt        = true
kms_key_id     = "{kms_key}"
dynamodb_table = "{table}"
assume_role    = {{ role_arn = "{role}" }}
use_path_style = true
endpoints      = {{ s3 = "{endpoint}", dynamodb = "{endpoint}", sts = "{endpoint}" }}
"""


@dataclass
class State:
    """The state of `dev` behind the planned policies."""

    plan: Plan
    backend: Backend
    directory: Path

    @property
    def bucket(self) -> str:
        return str(self.plan.one("aws_s3_bucket")["bucket"])

    @property
    def table(self) -> str:
        return str(self.plan.one("aws_dynamodb_table")["name"])

    def terraform(self, *arguments: str, expect: int = 0, session: str = "plan") -> str:
        """Run it in the session of an access key; the usual one may take the roles that the settings name."""
        return self._run([program(), *arguments], expect, session)

    def script(self, *arguments: str, session: str) -> str:
        return self._run([str(SCRIPT), *arguments], 0, session)

    def _run(self, command: list[str], expect: int, session: str) -> str:
        environment = environment_of(self.backend.endpoint) | {"TERRAFORM": program(), "AWS_ACCESS_KEY_ID": session}
        done = subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == expect, f"{command}: {words(done.stderr)}; refused: {self.backend.refused}"
        return done.stdout + done.stderr

    def init(self, role: str, key: str = "dev/terraform.tfstate", expect: int = 0) -> str:
        file = self.directory / "dev.s3.tfbackend"
        self.write_settings(file, role, key)
        return self.terraform(
            "init", "-input=false", "-no-color", "-reconfigure", f"-backend-config={file}", expect=expect
        )

    def write_settings(self, file: Path, role: str, key: str = "dev/terraform.tfstate") -> None:
        settings = BACKEND.format(
            bucket=self.bucket,
            key=key,
            kms_key=self.backend.key_arn,
            table=self.table,
            role=f"arn:aws:iam::{ACCOUNT_ID}:role/{role}",
            endpoint=self.backend.endpoint,
        )
        file.write_text(settings)


@pytest.fixture
def state(bootstrap: Plan, tmp_path: Path) -> Iterator[State]:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    world = World(bootstrap)
    table, key = (world.arns[bootstrap.one(each)["arn"]] for each in ("aws_dynamodb_table", "aws_kms_key"))
    backend = Backend(table_arn=table, key_arn=key, world=world)
    with state_endpoint(backend):
        yield State(bootstrap, backend, tmp_path)


WRITER, READER = "spendsense-terraform-state-dev", "spendsense-terraform-state-dev-read"


def test_T2_init_plan_apply_and_state_work_with_the_writing_role(state: State) -> None:
    state.init(WRITER)
    state.terraform("plan", "-input=false", "-no-color")
    state.terraform("apply", "-input=false", "-no-color", "-auto-approve")
    assert "terraform_data.one" in state.terraform("state", "list")
    state.terraform("apply", "-input=false", "-no-color", "-auto-approve", "-var=text=second")
    pulled = state.terraform("state", "pull")
    (state.directory / "pulled.tfstate").write_text(pulled)
    assert json.loads(pulled)["serial"] >= 2
    assert state.terraform("workspace", "list").split() == ["*", "default"]
    state.terraform("state", "rm", "terraform_data.one")
    state.init(WRITER)
    state.terraform("destroy", "-input=false", "-no-color", "-auto-approve")
    assert state.backend.refused == []
    assert {each.action for each in state.backend.requested} == OF_WRITING


def test_T2_a_lock_that_stays_is_reported_and_can_be_removed(state: State) -> None:
    state.init(WRITER)
    state.terraform("apply", "-input=false", "-no-color", "-auto-approve")
    lock = {"ID": "11111111-2222-3333-4444-555555555555", "Operation": "OperationTypeApply", "Who": "jane@desk"}
    place = f"{state.bucket}/dev/terraform.tfstate"
    state.backend.items[place] = {"LockID": {"S": place}, "Info": {"S": json.dumps(lock)}}
    printed = state.terraform("apply", "-input=false", "-no-color", "-auto-approve", expect=1)
    assert "jane@desk" in printed
    state.terraform("force-unlock", "-force", lock["ID"])
    assert place not in state.backend.items
    assert state.backend.refused == []


def test_T2_a_plan_without_a_lock_works_with_the_reading_role(state: State) -> None:
    state.init(READER)  # there is no state yet
    state.terraform("plan", "-input=false", "-no-color", "-lock=false")
    state.init(WRITER)
    state.terraform("apply", "-input=false", "-no-color", "-auto-approve")
    before = dict(state.backend.objects), dict(state.backend.items)
    state.backend.requested.clear()
    state.init(READER)
    printed = state.terraform("plan", "-input=false", "-no-color", "-lock=false", "-var=text=second", "-out=plan.out")
    read = list(state.backend.requested)
    assert "1 to change" in printed
    assert "terraform_data.one" in state.terraform("state", "list")
    assert state.backend.refused == []
    assert (state.backend.objects, state.backend.items) == before
    assert {each.action for each in read} == OF_READING


def test_T2_the_reading_role_can_neither_lock_nor_write(state: State) -> None:
    state.init(READER)
    assert "not authorized" in state.terraform("plan", "-input=false", "-no-color", expect=1)
    printed = state.terraform("apply", "-input=false", "-no-color", "-auto-approve", "-lock=false", expect=1)
    assert "PutObject" in printed
    assert state.backend.objects == state.backend.items == {}
    assert {each.partition(": ")[2].partition(" on ")[0] for each in state.backend.refused} == {
        "dynamodb:PutItem",
        "s3:PutObject",
    }


@pytest.mark.parametrize("role", [WRITER, READER])
def test_T2_no_role_reaches_the_state_of_another_environment(state: State, role: str) -> None:
    state.backend.objects[f"{state.bucket}/prod/terraform.tfstate"] = b"{}"
    assert "403" in state.init(role, key="prod/terraform.tfstate", expect=1)
    assert any("s3:GetObject" in each and "/prod/" in each for each in state.backend.refused)


@pytest.mark.parametrize("prefix", ["", "prod/", "dev", "env:/prod/", "e"])
@pytest.mark.parametrize("role", [WRITER, READER])
def test_T2_a_role_lists_its_own_folder_and_the_workspaces_only(bootstrap: Plan, role: str, prefix: str) -> None:
    world = World(bootstrap)
    held = world.roles[role]
    bucket = f"arn:aws:s3:::{bootstrap.one('aws_s3_bucket')['bucket']}"
    for allowed in ("dev/", "dev/jane/terraform.tfstate", "env:/"):
        assert world.allows(held, asked("s3:ListBucket", bucket, {"s3:prefix": allowed}))
    assert not world.allows(held, asked("s3:ListBucket", bucket, {"s3:prefix": prefix}))
    assert not world.allows(held, asked("s3:ListBucket", bucket))


def test_the_program_is_the_oldest_that_is_promised() -> None:
    """Later versions forgive what 1.6 does not: with one of those the tests above prove less."""
    printed = subprocess.run([program(), "version", "-json"], capture_output=True, text=True, check=True).stdout
    if json.loads(printed)["terraform_version"] != "1.6.6":
        pytest.skip("this terraform is not 1.6.6")


PLANNER, APPLIER = "spendsense-terraform-dev-plan", "spendsense-terraform-dev-apply"


def test_D2_what_a_pull_requests_role_plans_the_applying_role_applies(state: State) -> None:
    """By the script that the workflow calls, its backend file only led to this endpoint."""
    sessions = {name: f"ASIA{name.upper()}" for name in (PLANNER, APPLIER)}
    state.backend.sessions |= {key: f"arn:aws:iam::{ACCOUNT_ID}:role/{name}" for name, key in sessions.items()}
    (state.directory / "provider.tf").write_text('provider "aws" {\n  region = "us-west-1"\n}\n')
    (state.directory / "environments").mkdir()
    state.write_settings(state.directory / "environments" / "dev.s3.tfbackend", WRITER)
    state.script("dev", session=sessions[PLANNER])
    arguments = ("-input=false", "-no-color")
    state.terraform("plan", *arguments, "-lock=false", "-out=plan.out", session=sessions[PLANNER])
    assert state.backend.refused == []
    assert "not authorized" in state.terraform("plan", *arguments, session=sessions[PLANNER], expect=1)
    assert "PutObject" in state.terraform(
        "apply", *arguments, "-lock=false", "plan.out", session=sessions[PLANNER], expect=1
    )
    assert state.backend.objects == state.backend.items == {}
    state.backend.refused.clear()
    state.script("dev", "-lockfile=readonly", session=sessions[APPLIER])
    state.terraform("apply", *arguments, "plan.out", session=sessions[APPLIER])
    assert state.backend.refused == []
    assert list(state.backend.objects) == [f"{state.bucket}/dev/terraform.tfstate"]


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:GetObject", "arn:aws:s3:::spendsense-terraform-state-123456789012/dev/terraform.tfstate", True),
        ("s3:GetObject", "arn:aws:s3:::spendsense-terraform-state-123456789012/prod/terraform.tfstate", False),
        ("s3:GetObject", "arn:aws:s3:::spendsense-dev-data-123456789012/1.csv", False),
        ("s3:PutObject", "arn:aws:s3:::spendsense-terraform-state-123456789012/dev/terraform.tfstate", False),
        ("kms:Decrypt", "the key", True),
        ("kms:Decrypt", f"arn:aws:kms:us-west-1:{ACCOUNT_ID}:key/{'1' * 8}", False),
        ("logs:GetLogEvents", "arn:aws:logs:us-west-1:123456789012:log-group:/ecs/spendsense-backend:*", False),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-west-1:123456789012:secret:a", False),
        ("rds:DescribeDBInstances", "*", True),
    ],
)
def test_D2_a_pull_requests_role_reads_what_a_plan_needs(
    bootstrap: Plan, action: str, resource: str, allowed: bool
) -> None:
    world = World(bootstrap)
    named = world.arns[bootstrap.one("aws_kms_key")["arn"]] if resource == "the key" else resource
    assert world.allows(world.roles[PLANNER], asked(action, named)) is allowed


def test_T1_a_provider_with_another_checksum_is_refused(tmp_path: Path) -> None:
    workspace()  # skips without a provider
    (tmp_path / "scripts").mkdir()
    (tmp_path / "infrastructure").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    known = (PROJECT / "infrastructure" / "provider-checksums").read_text()
    (tmp_path / "infrastructure" / "provider-checksums").write_text(re.sub(r"h1:\S+", "h1:another=", known))
    (tmp_path / "main.tf").write_text('data "aws_partition" "this" {}\n')
    done = subprocess.run(
        [str(tmp_path / "scripts" / SCRIPT.name), "none"],
        cwd=tmp_path,
        env=environment_of(None) | {"TERRAFORM": program()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is not the one of" in done.stderr
    assert "h1:another=" in done.stderr

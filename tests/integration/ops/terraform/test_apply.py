"""Applying code to a local cloud: what is skipped, what an error says, and what an interruption leaves."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import local_environment
from ops.errors import CouldNotApply, CouldNotPlan
from ops.terraform import leftovers, process
from ops.terraform.apply import UNFINISHED, destroy
from ops.terraform.saved_state import STATE
from tests.integration.localcloud.ecs.daemon import until
from tests.integration.ops.conftest import Code
from tests.integration.ops.terraform.applying import GROUP, SLOW, applied

PROJECT = Path(__file__).parents[4]
PARTS = """
locals {{
  tags = {{ project = "spendsense", managed_by = "terraform", Name = "{name}" }}
}}

resource "aws_vpc" "this" {{
  cidr_block = "10.0.0.0/16"
  tags       = local.tags
}}

resource "aws_subnet" "this" {{
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.0.1.0/24"
  tags       = local.tags
}}

resource "aws_security_group" "this" {{
  name   = "{name}"
  vpc_id = aws_vpc.this.id
  tags   = local.tags
}}

resource "aws_iam_role" "this" {{
  name               = "{name}"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ecs.amazonaws.com" }} }}]
  }})
  tags               = local.tags
}}

resource "aws_cloudwatch_log_group" "this" {{
  name = var.group
  tags = local.tags
}}

resource "aws_eip" "this" {{
  domain = "vpc"
  tags   = local.tags
}}

resource "aws_s3_bucket" "this" {{
  bucket = "{database}"
  tags   = local.tags
}}

output "files" {{
  value = "${{aws_s3_bucket.this.arn}}/*"
}}

resource "aws_db_parameter_group" "this" {{
  name   = "{database}"
  family = "postgres16"
  tags   = local.tags
}}
"""
APPLY = """
import sys
from pathlib import Path
from ops.console import Console
from ops.terraform import workspace
from ops.terraform.apply import apply
from ops.terraform.program import Provider
from ops.environment import read_endpoint
from tests.integration.ops.conftest import Code
code = Code(Path(sys.argv[1]), read_endpoint(Path(sys.argv[2])), None)
apply(code.prepared(), [], identity="one", existing=lambda _: frozenset(), refresh=False, console=Console())
"""


def retention(code: Code) -> list[int]:
    groups = code.daemon.client("logs").describe_log_groups(logGroupNamePrefix=code.group)["logGroups"]
    return [each["retentionInDays"] for each in groups]


def test_what_was_applied_is_applied_again_only_when_something_differs(
    attached_code: Code, capsys: pytest.CaptureFixture[str]
) -> None:
    code = attached_code
    code.write(GROUP % 7)
    assert getattr(applied(code), "add", None) == 1
    assert applied(code) is None
    code.daemon.client("logs").put_retention_policy(logGroupName=code.group, retentionInDays=30)
    assert applied(code) is None  # nothing that it depends on has changed
    assert getattr(applied(code, refresh=True), "change", None) == 1
    code.daemon.client("logs").delete_log_group(logGroupName=code.group)
    assert getattr(applied(code), "add", None) == 1
    assert f"Gone since the last apply: arn:aws:logs:us-west-1:123456789012:log-group:{code.group}" in (
        capsys.readouterr().err
    )
    code.write(GROUP % 14)
    assert getattr(applied(code), "change", None) == 1
    assert retention(code) == [14]
    state = code.directory / "work" / "code" / "terraform.tfstate"
    state.write_text(state.read_text() + "\n")
    assert applied(code, identity="another cloud") is not None  # and somebody else has written the state
    assert destroy(code.prepared(), [], Console()).remove == 1
    assert retention(code) == []
    assert not {each.name for each in (code.directory / "source").iterdir()} - {"main.tf"}


@pytest.mark.long
def test_an_error_of_the_code_names_file_and_line_and_one_of_aws_the_resource(code: Code) -> None:
    code.write(GROUP % 7)
    applied(code)
    code.write(GROUP % 8)  # no retention that CloudWatch has
    with pytest.raises(CouldNotApply) as refused:
        applied(code)
    lines = code.directory.joinpath("source", "main.tf").read_text().splitlines()
    number = next(number for number, line in enumerate(lines, 1) if "aws_cloudwatch_log_group" in line)
    assert re.search(rf"main.tf line {number}, aws_cloudwatch_log_group\.this: updating", refused.value.message)
    role = 'resource "aws_iam_role" "this" {\n  name = "a"\n  assume_role_policy = jsonencode({ Version = "x" })\n}\n'
    code.write(GROUP % 14 + role)
    with pytest.raises(CouldNotApply, match=r"aws_iam_role\.this: creating IAM Role") as refused:
        applied(code)
    assert "continues" in str(refused.value.next_step)
    assert retention(code) == [14]  # the rest was done
    code.write(GROUP % 14)
    assert applied(code) is not None
    destroy(code.prepared(), [], Console())


def test_code_that_cannot_be_read_is_refused_before_anything(code: Code) -> None:
    code.write('resource "aws_sns_topic" {')
    with pytest.raises(CouldNotPlan, match=r"main\.tf line"):
        code.prepared()


@pytest.mark.long
def test_a_signal_stops_terraform_once_and_the_next_apply_continues(code: Code) -> None:
    code.write(GROUP % 7 + SLOW.format(here=code.directory))
    begun = code.directory / "begun"

    def interrupt() -> None:
        until(begun.exists, "the slow resource")
        os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=interrupt)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        applied(code)
    watcher.join()
    assert process.STOPPING in " ".join(code.said)
    assert process.earlier(code.directory / "work") is None
    (code.directory / "go").touch()
    assert applied(code) is not None
    assert retention(code) == [7]
    destroy(code.prepared(), [], Console())


@pytest.mark.long
def test_the_terraform_of_a_killed_command_finishes_and_the_next_one_waits_for_it(code: Code) -> None:
    code.write(GROUP % 7 + SLOW.format(here=code.directory))
    command = [sys.executable, "-c", APPLY, str(code.directory), str(code.daemon.directory)]
    killed = subprocess.Popen(command, cwd=PROJECT)
    until((code.directory / "begun").exists, "the slow resource")
    killed.kill()
    killed.wait()
    left = process.earlier(code.directory / "work")
    assert left is not None

    def let_it_end() -> None:
        try:
            until(lambda: f"process {left}" in " ".join(code.said), "the command to say what it waits for", 60)
        finally:
            (code.directory / "go").touch()

    watcher = threading.Thread(target=let_it_end)
    watcher.start()
    assert getattr(applied(code), "all", None) == 0  # it has done everything
    watcher.join()
    assert f"process {left}" in " ".join(code.said)
    assert retention(code) == [7]
    destroy(code.prepared(), [], Console())


@pytest.mark.long
def test_what_an_unfinished_apply_has_left_is_taken_over(code: Code) -> None:
    name = code.directory.name
    code.write(PARTS.format(name=name, database=name.replace("_", "-")))
    made = applied(code)
    assert getattr(made, "add", None) == 8
    # As after a SIGKILL of Terraform, before it knew of anything: the VPC's parts are found once the VPC is known.
    workspace = code.prepared()
    (workspace.code / STATE).unlink()
    (workspace.directory / UNFINISHED).touch()
    code.daemon.client("s3").delete_bucket_tagging(Bucket=name.replace("_", "-"))  # as before it is tagged
    aws = Aws(local_environment(code.endpoint))
    with leftovers.adopted(workspace, aws, [], Console()):
        taken_over = applied(code)
    assert getattr(taken_over, "add", None) == 0
    # As when the local cloud ended while they were being made: nothing of the bucket had been read.
    workspace.text("taint", "aws_db_parameter_group.this")
    workspace.text("taint", "aws_s3_bucket.this")
    state = json.loads((workspace.code / STATE).read_text())
    (bucket,) = (each["instances"][0] for each in state["resources"] if each["type"] == "aws_s3_bucket")
    bucket["attributes"]["arn"] = None
    (workspace.code / STATE).write_text(json.dumps(state))
    (workspace.directory / UNFINISHED).touch()
    with leftovers.adopted(workspace, aws, [], Console()):
        assert getattr(applied(code), "all", None) == 0
    assert not (workspace.code / leftovers.IMPORTS).exists()
    assert destroy(code.prepared(), [], Console()).remove == 8

"""Errors in the code or around it say where they are, and leave a state from which the next apply continues."""

import re
import subprocess
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ops.console import Console
from ops.errors import CouldNotApply
from ops.terraform import process
from ops.terraform.apply import destroy
from tests.integration.localcloud.ecs.daemon import start, until
from tests.integration.ops.conftest import Code, endpoint_of
from tests.integration.ops.terraform.applying import GROUP, SLOW, applied

pytestmark = pytest.mark.long

DAYS = """
variable "days" {{
  type = number

  validation {{
    condition     = var.days > 0
    error_message = "days must be above 0."
  }}
}}
"""
AFTER = """
resource "aws_cloudwatch_log_group" "after" {{
  name       = "${{var.group}}/after"
  depends_on = [terraform_data.slow]
}}
"""
MADE = re.compile(r'aws_cloudwatch_log_group\.this.*"apply_complete"')


def test_a_missing_argument_is_named_with_its_line(code: Code) -> None:
    code.write('resource "aws_sns_topic_subscription" "this" {\n  topic_arn = "a"\n}\n')
    with pytest.raises(CouldNotApply) as refused:
        applied(code)
    found = r'main\.tf line \d+: Missing required argument: The argument "protocol" is required'
    assert re.search(found, refused.value.message)
    assert "nothing was changed" in str(refused.value.next_step)


@pytest.mark.parametrize(("value", "wrong"), [('"seven"', "a number is required"), ("0", "days must be above 0")])
def test_a_wrong_value_is_named_with_its_file_and_line(code: Code, value: str, wrong: str) -> None:
    code.write(GROUP % 7 + DAYS.format())
    values = code.directory / "local.tfvars"
    values.write_text(f"# of this test\ndays = {value}\n")
    # Terraform 1.6 names the declaration of a variable whose value breaks its rule; later versions name the value.
    with pytest.raises(CouldNotApply, match=rf"(local\.tfvars line 2|main\.tf line \d+): .*{wrong}") as refused:
        applied(code, f"-var-file={values}")
    assert "nothing was changed" in str(refused.value.next_step)
    values.write_text("days = 7\n")
    assert getattr(applied(code, f"-var-file={values}"), "add", None) == 1
    destroy(code.prepared(), [f"-var-file={values}"], Console())


def test_a_state_that_another_run_has_locked_is_left_alone(code: Code) -> None:
    code.write(GROUP % 7 + SLOW.format(here=code.directory))
    workspace = code.prepared()
    command = [*workspace.command, f"-chdir={workspace.code}", "apply", "-auto-approve", "-input=false"]
    go = code.directory / "go"
    with (
        subprocess.Popen(command, env=dict(workspace.target.environment), stdout=subprocess.DEVNULL) as other,
        ExitStack() as at_the_end,
    ):
        at_the_end.callback(go.touch)  # whatever fails here
        until((code.directory / "begun").exists, "the slow resource")
        with pytest.raises(CouldNotApply, match=r"the state is locked by another run: apply by .*, since ") as refused:
            applied(code)
        assert "wait for it to finish" in str(refused.value.next_step)
        go.touch()
        assert other.wait() == 0
    assert getattr(applied(code), "all", None) == 0
    destroy(code.prepared(), [], Console())


@pytest.mark.full
def test_an_endpoint_that_goes_half_way_is_reported_and_the_next_apply_completes(code: Code, tmp_path: Path) -> None:
    begun, go, output = code.directory / "begun", code.directory / "go", code.directory / "work" / process.OUTPUT
    first = start(tmp_path / "own")

    def kill() -> None:
        until(begun.exists, "the slow resource", 60)
        until(lambda: MADE.search(output.read_text()), "the log group", 60)
        first.process.kill()
        first.process.wait()
        go.touch()

    own = replace(code, daemon=first, endpoint=endpoint_of(first))
    own.write(GROUP % 7 + SLOW.format(here=code.directory) + AFTER.format())
    watcher = threading.Thread(target=kill)
    watcher.start()
    with pytest.raises(CouldNotApply, match=r"aws_cloudwatch_log_group\.after: ") as refused:
        applied(own)
    watcher.join()
    assert "continues from what exists" in str(refused.value.next_step)

    (first.directory / "endpoint.json").unlink()
    second = start(first.directory)
    try:
        own = replace(code, daemon=second, endpoint=endpoint_of(second))
        assert getattr(applied(own), "add", None) == 1
        groups = second.client("logs").describe_log_groups(logGroupNamePrefix=code.group)["logGroups"]
        assert [each["logGroupName"] for each in groups] == [code.group, f"{code.group}/after"]
    finally:
        second.stop()

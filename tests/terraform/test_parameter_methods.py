"""In the local cloud, as on AWS, a parameter's apply method gives the real provider a permanent difference."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import start
from tests.terraform.planning import prepared_copy, program

pytestmark = pytest.mark.full

NO_CHANGES, CHANGES = 0, 2
CODE = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-west-1"
}

resource "aws_db_parameter_group" "this" {
  name   = "settings"
  family = "postgres16"

  parameter {
    name         = "%(name)s"
    value        = "%(value)s"
    apply_method = "%(method)s"
  }
}
"""


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    program()  # skips without Terraform
    daemon = start(tmp_path / "cloud")
    try:
        yield str(daemon.endpoint["endpoint"])
    finally:
        assert daemon.stop() == 0


@pytest.mark.parametrize(
    ("name", "value", "method", "second_plan"),
    [
        ("rds.force_ssl", "1", "immediate", CHANGES),
        ("rds.force_ssl", "1", "pending-reboot", NO_CHANGES),
        ("log_autovacuum_min_duration", "10000", "immediate", CHANGES),
        ("log_statement", "ddl", "immediate", NO_CHANGES),
    ],
)
def test_a_value_that_is_rdss_own_is_a_difference_for_ever_unless_it_waits_for_a_reboot(
    endpoint: str, tmp_path: Path, name: str, value: str, method: str, second_plan: int
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.tf").write_text(CODE % {"name": name, "value": value, "method": method})
    workspace = prepared_copy(tmp_path / "terraform", source)
    options = ("-input=false", "-no-color")
    for _ in range(2):
        applied = workspace.run("apply", "-auto-approve", *options, endpoint=endpoint)
        assert applied.returncode == 0, applied.stderr
        planned = workspace.run("plan", "-detailed-exitcode", *options, endpoint=endpoint)
        assert planned.returncode == second_plan, planned.stdout + planned.stderr

"""AWS Backup's jobs begin clear of RDS's own windows, whatever these are. Needs Terraform, but no provider."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.rds.requests import windows
from ops.cost.terraform import Workspace
from ops.terraform.program import SOURCE
from tests.terraform.planning import program
from tests.terraform.wrong_values import COMPLETE

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
START_WINDOW = 60
"""Minutes in which a job may begin."""
CALL = """
module "backup" {
  source                 = "./backup"
  name                   = "any"
  kms_key_arn            = "any"
  resource_arns          = []
  monthly_retention_days = 365
  avoid                  = { daily = [local.db_backup_window], weekly = [local.db_maintenance_window] }
}

output "schedules" {
  value = { for name, each in module.backup.schedules : name => each.schedule }
}
"""


WINDOWS = (
    ("09:00-10:00", "sun:10:30-sun:11:30"),
    ("10:00-10:30", "mon:09:00-mon:09:30"),
    ("23:45-00:15", "sun:00:15-sun:00:45"),
    ("00:00-00:30", "tue:23:30-wed:00:00"),
    ("03:00-09:00", "fri:15:00-fri:21:00"),
    ("00:00-06:00", "sat:06:00-sat:12:00"),
    ("12:07-12:52", "thu:20:13-fri:02:41"),
    ("22:00-04:00", "sun:16:00-sun:22:00"),
)
"""RDS's own, of a backup and of maintenance."""


@pytest.fixture(scope="module")
def schedules(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, str]]:
    """The schedules for each pair of windows, all by one plan.

    It calls the root's variables and rules, and of the backup module what computes the times, once for each pair.
    """
    directory = tmp_path_factory.mktemp("terraform")
    root = directory / "root"
    (root / "backup").mkdir(parents=True)
    for file in (*SOURCE.glob("variables*.tf"), *SOURCE.glob("rules*.tf")):
        shutil.copy(file, root)
    for name in ("variables.tf", "schedules.tf"):
        shutil.copy(SOURCE / "modules" / "backup" / name, root / "backup")
    (root / "backup" / "outputs.tf").write_text('output "schedules" {\n  value = local.schedules\n}\n')
    (root / "main.tf").write_text(CALL)
    (directory / "main.tf.json").write_text(json.dumps(calls()))
    workspace = Workspace([program()], directory)
    for command in (("init",), ("plan", "-no-color", "-lock=false", "-out=plan.out")):
        done = workspace.run(*command, "-input=false")
        assert done.returncode == 0, done.stderr
    outputs = json.loads(workspace.run("show", "-json", "plan.out").stdout)["planned_values"]["outputs"]
    return {windows: outputs[f"of_{number}"]["value"] for number, windows in enumerate(WINDOWS)}


def calls() -> dict[str, Any]:
    """Terraform's JSON: one call for each pair, and an output with its schedules."""
    modules, outputs = {}, {}
    for number, (backup, maintenance) in enumerate(WINDOWS):
        chosen = {"db_backup_window": backup, "db_maintenance_window": maintenance}
        modules[f"of_{number}"] = COMPLETE | chosen | {"source": "./root"}
        outputs[f"of_{number}"] = {"value": f"${{module.of_{number}.schedules}}"}
    return {"module": modules, "output": outputs}


def beginnings(schedule: str) -> Iterator[datetime]:
    """Yield each minute of a week in which a job of a rule may begin; the first of a month is any day."""
    match = re.fullmatch(r"cron\((\d+) (\d+) (?:\*|1) \* \? \*\)", schedule)
    assert match, schedule
    at = timedelta(hours=int(match[2]), minutes=int(match[1]))
    for day in range(7):
        for minute in range(START_WINDOW + 1):
            yield MONDAY + timedelta(days=day, minutes=minute) + at


@pytest.mark.parametrize(("backup", "maintenance"), WINDOWS)
def test_no_job_begins_in_or_close_to_a_window_of_the_database(
    schedules: dict[tuple[str, str], dict[str, str]], backup: str, maintenance: str
) -> None:
    found = schedules[backup, maintenance]
    assert set(found) == {"daily", "monthly"}
    for name, schedule in found.items():
        refused = [
            f"{name} {at:%a %H:%M}" for at in beginnings(schedule) if windows.why_no_backup(at, backup, maintenance)
        ]
        assert refused == [], schedule
    daily, monthly = (next(beginnings(found[name])) for name in ("daily", "monthly"))
    assert timedelta(hours=2) <= abs(daily - monthly) <= timedelta(hours=22)


def test_the_local_clouds_rule_refuses_where_the_jobs_were_once() -> None:
    sunday = MONDAY - timedelta(days=1)
    assert windows.why_no_backup(sunday + timedelta(hours=10, minutes=30), "09:00-10:00", "sun:10:30-sun:11:30")

"""AWS Backup's jobs begin clear of RDS's own windows, whatever these are. Needs Terraform, but no provider."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from localcloud.rds import windows
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


@pytest.fixture(scope="module")
def schedules(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The root's variables and rules, and of the backup module what computes the times."""
    directory = tmp_path_factory.mktemp("terraform")
    for file in (*SOURCE.glob("variables*.tf"), *SOURCE.glob("rules*.tf")):
        shutil.copy(file, directory)
    (directory / "backup").mkdir()
    for name in ("variables.tf", "schedules.tf"):
        shutil.copy(SOURCE / "modules" / "backup" / name, directory / "backup")
    (directory / "backup" / "outputs.tf").write_text('output "schedules" {\n  value = local.schedules\n}\n')
    (directory / "main.tf").write_text(CALL)
    workspace = Workspace([program()], directory)
    done = workspace.run("init", "-input=false")
    assert done.returncode == 0, done.stderr
    return workspace


def planned(workspace: Workspace, backup: str, maintenance: str) -> dict[str, str]:
    variables = COMPLETE | {"db_backup_window": backup, "db_maintenance_window": maintenance}
    given = [f"-var={name}={value}" for name, value in variables.items()]
    done = workspace.run("plan", "-input=false", "-no-color", "-lock=false", "-out=plan.out", *given)
    assert done.returncode == 0, done.stderr
    shown = json.loads(workspace.run("show", "-json", "plan.out").stdout)
    found: dict[str, str] = shown["planned_values"]["outputs"]["schedules"]["value"]
    return found


def beginnings(schedule: str) -> Iterator[datetime]:
    """Each minute of a week in which a job of a rule may begin; the first of a month is any day."""
    match = re.fullmatch(r"cron\((\d+) (\d+) (?:\*|1) \* \? \*\)", schedule)
    assert match, schedule
    at = timedelta(hours=int(match[2]), minutes=int(match[1]))
    for day in range(7):
        for minute in range(START_WINDOW + 1):
            yield MONDAY + timedelta(days=day, minutes=minute) + at


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("09:00-10:00", "sun:10:30-sun:11:30"),
        ("10:00-10:30", "mon:09:00-mon:09:30"),
        ("23:45-00:15", "sun:00:15-sun:00:45"),
        ("00:00-00:30", "tue:23:30-wed:00:00"),
        ("03:00-09:00", "fri:15:00-fri:21:00"),
        ("00:00-06:00", "sat:06:00-sat:12:00"),
        ("12:07-12:52", "thu:20:13-fri:02:41"),
        ("22:00-04:00", "sun:16:00-sun:22:00"),
    ],
)
def test_no_job_begins_in_or_close_to_a_window_of_the_database(
    schedules: Workspace, backup: str, maintenance: str
) -> None:
    found = planned(schedules, backup, maintenance)
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

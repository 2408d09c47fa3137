"""The stand-in applies DB instances: new ones, restored ones and replicas."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon, until
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("database.tf").read_text()
INSTANCE = "aws_db_instance.this"
SOURCE = """
resource "aws_db_instance" "source" {
  identifier              = "source"
  engine                  = "postgres"
  instance_class          = "db.t4g.micro"
  allocated_storage       = 20
  username                = "spend"
  password                = "not-a-secret"
  backup_retention_period = 7
  skip_final_snapshot     = true
}
"""
REPLICA = """
resource "aws_db_instance" "replica" {
  identifier           = "replica"
  replicate_source_db  = aws_db_instance.source.identifier
  instance_class       = "db.t4g.micro"
  parameter_group_name = aws_db_parameter_group.this.name
  maintenance_window   = "sun:10:30-sun:11:30"
  apply_immediately    = true
  skip_final_snapshot  = true
}

resource "aws_db_parameter_group" "this" {
  name   = "replicas"
  family = "postgres16"
}
"""
RESTORED = """
resource "aws_db_instance" "of_snapshot" {
  identifier              = "of-snapshot"
  snapshot_identifier     = "before"
  instance_class          = "db.t4g.small"
  backup_retention_period = 3
  password                = "another-secret"
  skip_final_snapshot     = true
}

resource "aws_db_instance" "of_moment" {
  identifier          = "of-moment"
  instance_class      = "db.t4g.micro"
  skip_final_snapshot = true
  restore_to_point_in_time {
    source_db_instance_identifier = aws_db_instance.source.identifier
    use_latest_restorable_time    = true
  }
}
"""


async def test_an_instance_is_applied_changed_protected_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state, rds = await balanced.state(), daemon.client("rds")
    made = state[INSTANCE]
    assert made["status"] == "available"
    assert made["endpoint"] == f"{made['address']}:{made['port']}"
    assert made["maintenance_window"] == "sun:10:30-sun:11:30"
    assert made["id"] == made["resource_id"]
    assert made["master_user_secret"][0]["secret_arn"].startswith("arn:aws:secretsmanager:")
    assert state["data.aws_db_instances.existing"]["instance_identifiers"] == []
    assert state["data.aws_rds_orderable_db_instance.offered"]["multi_az_capable"] is True
    assert state["data.aws_rds_orderable_db_instance.offered"]["max_iops_per_gib"] == 0
    assert state["data.aws_rds_orderable_db_instance.preferred"]["engine_version"] == "16.13"

    error = await balanced.fail("destroy", "-auto-approve", "-input=false")
    assert "deleting RDS DB Instance (spend)" in error
    assert "api error InvalidParameterCombination" in error
    changed = (
        WORLD.replace('= ["postgresql", "upgrade"]', '= ["postgresql"]')
        .replace("max_allocated_storage                 = 100", "max_allocated_storage                 = 200")
        .replace("multi_az                              = true", "multi_az                              = false")
        .replace("deletion_protection                   = true", "deletion_protection                   = false")
        .replace('engine_version                        = "16.10"', 'engine_version                        = "16.11"')
        .replace('backup_window                         = "09:00', 'backup_window                         = "08:00')
        .replace('Name = "spend"', 'Name = "database"')
        .replace('"not-a-secret"', '"another-secret"')
    )
    await balanced.apply(changed)
    assert await balanced.changes() == {}
    [found] = rds.describe_db_instances(DBInstanceIdentifier="spend")["DBInstances"]
    assert (found["EngineVersion"], found["MultiAZ"], found["MaxAllocatedStorage"]) == ("16.11", False, 200)
    assert found["EnabledCloudwatchLogsExports"] == ["postgresql"]

    await balanced.destroy()
    assert rds.describe_db_instances()["DBInstances"] == []
    [final] = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert final["DBSnapshotIdentifier"] == "spend-final"


@pytest.mark.full
async def test_instances_are_replicated_promoted_and_restored(balanced: Workspace, daemon: Daemon) -> None:
    rds = daemon.client("rds")
    await balanced.apply(SOURCE)
    rds.create_db_snapshot(DBInstanceIdentifier="source", DBSnapshotIdentifier="before")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="before", WaiterConfig={"Delay": 1})
    until(lambda: "LatestRestorableTime" in rds.describe_db_instances()["DBInstances"][0], "a moment to restore")
    world = SOURCE + REPLICA + RESTORED
    await balanced.apply(world)
    assert await balanced.changes() == {}
    state = await balanced.state()
    assert state["aws_db_instance.replica"]["parameter_group_name"] == "replicas"
    assert state["aws_db_instance.of_snapshot"]["backup_retention_period"] == 3
    assert state["aws_db_instance.of_snapshot"]["username"] == "spend"

    alone = world.replace("  replicate_source_db  = aws_db_instance.source.identifier\n", "")
    assert await balanced.changes(alone) == {"aws_db_instance.replica": ["update"]}
    await balanced.apply()
    assert await balanced.changes() == {}
    [replica] = rds.describe_db_instances(DBInstanceIdentifier="replica")["DBInstances"]
    assert not replica.get("ReadReplicaSourceDBInstanceIdentifier")


@pytest.mark.full
async def test_an_instance_is_imported_and_found_again_under_another_name(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(SOURCE)
    before = (await balanced.state())["aws_db_instance.source"]
    renamed = SOURCE.replace('identifier              = "source"', 'apply_immediately = true\n  identifier = "renamed"')
    assert await balanced.changes(renamed) == {"aws_db_instance.source": ["update"]}
    await balanced.apply()
    assert (await balanced.state())["aws_db_instance.source"]["id"] == before["id"]
    await balanced.succeed("state", "rm", "aws_db_instance.source")
    await balanced.succeed("import", "aws_db_instance.source", "renamed")
    assert await balanced.changes() == {"aws_db_instance.source": ["update"]}  # RDS tells no password
    daemon.client("rds").delete_db_instance(DBInstanceIdentifier="renamed", SkipFinalSnapshot=True)
    until(lambda: not daemon.client("rds").describe_db_instances()["DBInstances"], "the instance to be gone")
    assert await balanced.changes() == {"aws_db_instance.source": ["create"]}


@pytest.mark.full
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ('identifier = "a--b"', '"identifier" cannot contain two consecutive hyphens'),
        ('password = "x"\n manage_master_user_password = true', "conflicts with password"),
        ('domain = "d-1"', 'does not serve "domain" of aws_db_instance'),
        ('final_snapshot_identifier = "-"', "invalid value for final_snapshot_identifier"),
        ('backup_window = "9-10"', '"backup_window" must satisfy the format of "hh24:mi-hh24:mi"'),
    ],
)
async def test_wrong_values_are_refused_before_anything_is_made(workspace: Workspace, code: str, error: str) -> None:
    workspace.write(f'resource "aws_db_instance" "this" {{\n  instance_class = "db.t4g.micro"\n  {code}\n}}\n')
    assert error in await workspace.fail("validate")

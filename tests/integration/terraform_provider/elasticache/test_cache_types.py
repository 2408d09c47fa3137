"""The stand-in applies replication groups."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

FOLDER = Path(__file__).parent
WORLD = "".join((FOLDER / name).read_text() for name in ("groups.tf", "cache.tf"))
GROUP = "aws_elasticache_replication_group.this"
PLAIN = """
resource "aws_elasticache_replication_group" "this" {
  replication_group_id = "spend"
  description          = "d"
  node_type            = "cache.t4g.micro"
  %s
}
"""
PROTECTED = """
  engine_version             = "7.1"
  transit_encryption_enabled = true
  auth_token                 = "not-a-secret-token"
"""


async def test_a_replication_group_is_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state, cache = (await balanced.state())[GROUP], daemon.client("elasticache")
    assert sorted(state["member_clusters"]) == ["spend-001", "spend-002"]
    assert state["primary_endpoint_address"]
    assert (state["engine_version"], state["maintenance_window"]) == ("7.1", "sun:11:30-sun:12:30")

    changed = (
        WORLD.replace('"cache.t4g.micro"\n  num', '"cache.t4g.small"\n  num')
        .replace('description                = "Cache"', 'description                = "Changed"')
        .replace("snapshot_retention_limit   = 7", "snapshot_retention_limit   = 3")
        .replace('"08:00-09:00"', '"07:00-08:00"')
        .replace('{ slow-log = "slow", engine-log = "engine" }', '{ slow-log = "other" }')
        .replace('"not-a-secret-token"', '"another-secret-token"')
        .replace('Name = "spend"', 'Name = "cache"')
    )
    assert (await balanced.changes(changed))[GROUP] == ["update"]
    await balanced.apply()
    assert await balanced.changes() == {}
    [found] = cache.describe_replication_groups(ReplicationGroupId="spend")["ReplicationGroups"]
    assert (found["Description"], found["CacheNodeType"]) == ("Changed", "cache.t4g.small")
    assert (found["SnapshotRetentionLimit"], found["SnapshotWindow"]) == (3, "07:00-08:00")
    assert [each["LogType"] for each in found["LogDeliveryConfigurations"]] == ["slow-log"]

    await balanced.destroy()
    assert cache.describe_replication_groups()["ReplicationGroups"] == []
    assert [each["SnapshotName"] for each in cache.describe_snapshots()["Snapshots"]] == ["last"]


@pytest.mark.full
async def test_a_replication_group_is_imported_and_found_changed_or_gone(balanced: Workspace, daemon: Daemon) -> None:
    cache = daemon.client("elasticache")
    await balanced.apply(PLAIN % PROTECTED)
    await balanced.succeed("state", "rm", GROUP)
    await balanced.succeed("import", GROUP, "spend")
    assert await balanced.changes() == {GROUP: ["update"]}  # what ElastiCache does not tell, such as the token
    await balanced.apply()
    cache.modify_replication_group(ReplicationGroupId="spend", ReplicationGroupDescription="other")
    assert await balanced.changes() == {GROUP: ["update"]}
    cache.delete_replication_group(ReplicationGroupId="spend")
    assert await balanced.changes() == {GROUP: ["create"]}


@pytest.mark.full
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("multi_az_enabled = true", "automatic_failover_enabled must be true if multi_az_enabled is true"),
        ("automatic_failover_enabled = true\n num_cache_clusters = 1", '"num_cache_clusters": must be at least 2'),
        ("num_cache_clusters = 1\n replicas_per_node_group = 1", "conflicts with replicas_per_node_group"),
        ('engine = "valkey"', "does not serve engine = valkey"),
    ],
)
async def test_wrong_values_are_refused_in_a_plan(workspace: Workspace, code: str, error: str) -> None:
    workspace.write(PLAIN % code)
    assert error in await workspace.fail("plan", "-input=false")

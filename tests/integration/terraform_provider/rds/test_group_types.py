"""The stand-in applies the groups of databases and of caches: subnets and parameters."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

FOLDER = Path(__file__).parents[1]
WORLD = "".join((FOLDER / service / "groups.tf").read_text() for service in ("rds", "elasticache"))
PARAMETERS = "aws_db_parameter_group.this"


async def test_groups_are_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state = await balanced.state()
    assert state["aws_db_subnet_group.prefixed"]["name"].startswith("spend-20")
    assert state["aws_elasticache_subnet_group.this"]["name"] == "spend"
    assert len(state[PARAMETERS]["parameter"]) == 9
    assert state["aws_db_parameter_group.plain"]["parameter"] == []

    changed = (
        WORLD.replace('log_temp_files = "10240"', 'log_temp_files = "20480"')
        .replace('log_statement = "ddl", ', "")
        .replace('timeout = "900"', '"slowlog-log-slower-than" = "10000"')
        .replace('"Private data subnets"', '"Private"')
        .replace('Name = "spend"', 'Name = "changed"')
    )
    assert await balanced.changes(changed) == {
        "aws_db_subnet_group.this": ["update"],
        PARAMETERS: ["update"],
        "aws_elasticache_subnet_group.this": ["update"],
        "aws_elasticache_parameter_group.this": ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    rds, cache = daemon.client("rds"), daemon.client("elasticache")
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="spend-postgres16", Source="user")
    set_by_user = {each["ParameterName"]: each["ParameterValue"] for page in pages for each in page["Parameters"]}
    assert set_by_user["log_temp_files"] == "20480"
    # RDS's own values, although written, are not the user's; what is not written any more is RDS's again.
    assert not {"rds.force_ssl", "log_autovacuum_min_duration", "log_statement"} & set_by_user.keys()
    found = cache.describe_cache_parameters(CacheParameterGroupName="spend-redis7", Source="user")["Parameters"]
    assert {each["ParameterName"] for each in found} == {
        "maxmemory-policy", "reserved-memory-percent", "slowlog-log-slower-than"
    }  # fmt: skip
    group = rds.describe_db_subnet_groups(DBSubnetGroupName="spend")["DBSubnetGroups"][0]
    assert group["DBSubnetGroupDescription"] == "Private"

    await balanced.destroy()
    assert rds.describe_db_subnet_groups()["DBSubnetGroups"] == []
    assert cache.describe_cache_subnet_groups()["CacheSubnetGroups"] == []
    assert [each["DBParameterGroupName"] for each in rds.describe_db_parameter_groups()["DBParameterGroups"]] == [
        "default.postgres16"
    ]


@pytest.mark.full
async def test_what_a_user_changed_is_a_difference_and_rdss_own_values_are_none(
    balanced: Workspace, daemon: Daemon
) -> None:
    await balanced.apply(WORLD)
    rds = daemon.client("rds")

    def set_parameter(name: str, value: str) -> None:
        change = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
        rds.modify_db_parameter_group(DBParameterGroupName="spend-postgres16", Parameters=[change])

    set_parameter("autovacuum_naptime", "30")
    assert await balanced.changes() == {PARAMETERS: ["update"]}
    await balanced.apply()
    assert await balanced.changes() == {}
    # Its method is RDS's as long as the value is: asking for another one finds a difference for ever.
    immediate = WORLD.replace('apply_method = "pending-reboot"', 'apply_method = parameter.key == "max_connections" ? '
                              '"pending-reboot" : "immediate"')  # fmt: skip
    await balanced.apply(immediate)
    assert await balanced.changes() == {PARAMETERS: ["update"]}


@pytest.mark.full
async def test_groups_are_imported_by_their_names(balanced: Workspace) -> None:
    await balanced.apply(WORLD)
    state = await balanced.state()
    for address in state:
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, state[address]["name"])
    # An import cannot know that RDS's own values are written.
    assert await balanced.changes() == {PARAMETERS: ["update"]}
    await balanced.apply()
    assert await balanced.changes() == {}


@pytest.mark.full
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ('name = "UPPER"', 'only lowercase alphanumeric characters, periods, and hyphens allowed in "name"'),
        ('name = "a--b"', '"name" cannot contain two consecutive hyphens'),
        ('name = "a"\n  name_prefix = "b"', '"name": conflicts with name_prefix'),
        ('parameter {\n name = "a"\n value = "1"\n apply_method = "later"\n }', "expected apply_method to be one of"),
    ],
)
async def test_wrong_values_are_refused_before_anything_is_made(workspace: Workspace, code: str, error: str) -> None:
    workspace.write(f'resource "aws_db_parameter_group" "this" {{\n  family = "postgres16"\n  {code}\n}}\n')
    assert error in await workspace.fail("validate")

"""The stand-in applies tables of DynamoDB."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("tables.tf").read_text()


async def test_tables_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    table = (await cloud.call("dynamodb", "describe_table", TableName="locks"))["Table"]
    assert table["SSEDescription"]["Status"] == "ENABLED"

    changed = (
        WORLD.replace("deletion_protection_enabled = true", "deletion_protection_enabled = false")
        .replace("read_capacity    = 2", "read_capacity    = 4")
        .replace('"NEW_IMAGE"', '"KEYS_ONLY"')
        .replace('name            = "all-by-kind"', 'name            = "by-kind-and-time"')
        .replace("enabled        = true", "enabled        = false")
        .replace('{ Name = "locks" }', "{}")
    )
    names = ("aws_dynamodb_table.indexed", "aws_dynamodb_table.locks")
    assert await workspace.changes(changed) == {name: ["update"] for name in names}
    await workspace.apply()
    assert await workspace.changes() == {}
    found = (await cloud.call("dynamodb", "describe_table", TableName="indexed"))["Table"]
    assert [each["IndexName"] for each in found["GlobalSecondaryIndexes"]] == ["by-kind-and-time"]
    assert found["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"

    await cloud.call("dynamodb", "delete_table", TableName="plain")
    recovery = {"PointInTimeRecoveryEnabled": False}
    await cloud.call(
        "dynamodb", "update_continuous_backups", TableName="locks", PointInTimeRecoverySpecification=recovery
    )
    assert await workspace.changes() == {
        "aws_dynamodb_table.locks": ["update"],
        "aws_dynamodb_table.plain": ["create"],
    }
    await workspace.destroy()
    assert (await cloud.call("dynamodb", "list_tables"))["TableNames"] == []


@pytest.mark.full
async def test_tables_are_imported_by_their_names(workspace: Workspace) -> None:
    await workspace.apply(WORLD)
    for name in ("locks", "indexed"):
        await workspace.succeed("state", "rm", f"aws_dynamodb_table.{name}")
        await workspace.succeed("import", f"aws_dynamodb_table.{name}", name)
    assert await workspace.changes() == {}


async def test_what_dynamodb_would_refuse_is_refused_in_the_plan(workspace: Workspace) -> None:
    head = '{\n  name = "t"\n  hash_key = "id"\n'
    attribute = 'attribute {\n    name = "id"\n    type = "S"\n  }\n'
    workspace.write(
        f'resource "aws_dynamodb_table" "a" {head} billing_mode = "PAY_PER_REQUEST"\n}}\n'
        f'resource "aws_dynamodb_table" "b" {head} {attribute} {attribute.replace("id", "other")} }}\n'
        f'resource "aws_dynamodb_table" "c" {head} {attribute} replica {{\n region_name = "us-east-1"\n }}\n}}\n'
        f'resource "aws_dynamodb_table" "d" {head} {attribute} ttl {{\n enabled = true\n }}\n}}\n'
    )
    error = await workspace.fail("validate")
    assert 'Unmatched indexes: ["id"]' in error
    assert 'Unused attributes: ["other"]' in error
    assert 'does not serve "replica" of aws_dynamodb_table' in error
    assert '"ttl[0].attribute_name" must be specified' in error
    workspace.write(f'resource "aws_dynamodb_table" "a" {head} {attribute} }}\n')
    assert 'read_capacity must be at least 1 when billing_mode is "PROVISIONED"' in await workspace.fail("plan")

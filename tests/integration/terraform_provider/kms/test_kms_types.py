"""The stand-in applies keys and their aliases."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("keys.tf").read_text()


async def test_keys_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    state = await workspace.state()
    key, alias = state["aws_kms_key.this"], state["aws_kms_alias.this"]
    assert (alias["target_key_arn"], alias["target_key_id"]) == (key["arn"], key["key_id"])
    assert state["aws_kms_key.rotated"]["rotation_period_in_days"] == 180

    changed = (
        WORLD.replace("enable_key_rotation     = true\n  policy", "enable_key_rotation     = false\n  policy")
        .replace("is_enabled               = false", "is_enabled               = true")
        .replace("target_key_id = aws_kms_key.this.key_id", "target_key_id = aws_kms_key.rotated.key_id")
        .replace('{ Name = "data" }', '{ Name = "rest" }')
        .replace('["kms:*"]', '["kms:*", "kms:Describe*"]')
    )
    await workspace.apply(changed)
    assert await workspace.changes() == {}
    found = await cloud.call("kms", "describe_key", KeyId="alias/data")
    assert found["KeyMetadata"]["KeyId"] == state["aws_kms_key.rotated"]["id"]
    policy = await cloud.call("kms", "get_key_policy", KeyId=key["id"], PolicyName="default")
    assert "kms:Describe*" in policy["Policy"]

    await cloud.call("kms", "disable_key", KeyId=key["id"])
    await cloud.call("kms", "delete_alias", AliasName="alias/data")
    assert await workspace.changes() == {"aws_kms_key.this": ["update"], "aws_kms_alias.this": ["create"]}
    await cloud.call("kms", "schedule_key_deletion", KeyId=key["id"])

    await workspace.destroy()
    assert (await cloud.call("kms", "describe_key", KeyId=key["id"]))["KeyMetadata"]["KeyState"] == "PendingDeletion"


@pytest.mark.full
async def test_keys_and_aliases_are_imported(workspace: Workspace) -> None:
    await workspace.apply(WORLD)
    ids = {address: values["id"] for address, values in (await workspace.state()).items()}
    for address in ("aws_kms_key.this", "aws_kms_alias.by_arn"):
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, ids[address])
    # The window is Terraform's alone: KMS learns it with the deletion.
    assert await workspace.changes() == {"aws_kms_key.this": ["update"]}


async def test_what_kms_would_refuse_is_refused_in_the_plan(workspace: Workspace) -> None:
    workspace.write(
        """
        resource "aws_kms_key" "a" { deletion_window_in_days = 3 }
        resource "aws_kms_key" "b" { custom_key_store_id = "cks-1234567890abcdef0" }
        resource "aws_kms_key" "c" { rotation_period_in_days = 90 }
        resource "aws_kms_alias" "b" {
          name          = "alias/a"
          name_prefix   = "alias/b"
          target_key_id = "k"
        }
        resource "aws_kms_alias" "a" {
          name          = "data"
          target_key_id = "k"
        }
        """
    )
    error = await workspace.fail("validate")
    assert "expected deletion_window_in_days to be in the range (7 - 30), got 3" in error
    assert 'does not serve "custom_key_store_id" of aws_kms_key' in error
    assert "all of `enable_key_rotation,rotation_period_in_days` must be specified" in error
    assert '"name": conflicts with name_prefix' in error
    assert "name must begin with 'alias/' and be comprised of only [a-zA-Z0-9/_-]" in error

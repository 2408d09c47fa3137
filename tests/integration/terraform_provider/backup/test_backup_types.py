"""The stand-in applies backup vaults, plans and selections."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

ROLE = "arn:aws:iam::123456789012:role/backup"
WORLD = (
    Path(__file__).with_name("backup.tf").read_text().replace("var.role", f'"{ROLE}"').replace("= var.key", "= null")
)


async def test_backups_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    state = await workspace.state()
    tagged = state["data.aws_resourcegroupstaggingapi_resources.keys"]["resource_tag_mapping_list"]
    assert [each["resource_arn"] for each in tagged] == [state["aws_backup_vault.this"]["arn"]]

    changed = (
        WORLD.replace("delete_after = 35", "delete_after = 30")
        .replace('"enabled"', '"disabled"')
        .replace('name         = "data"', 'name         = "files"')
    )
    assert await workspace.changes(changed) == {
        "aws_backup_plan.this": ["update"],
        "aws_backup_plan.plain": ["update"],
        "aws_backup_selection.this": ["delete", "create"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    plan = state["aws_backup_plan.this"]
    found = await cloud.call("backup", "get_backup_plan", BackupPlanId=plan["id"])
    days = {each["RuleName"]: each["Lifecycle"] for each in found["BackupPlan"]["Rules"]}
    assert days["daily"] == {"DeleteAfterDays": 30}
    # Off, and none, as the real provider writes them.
    assert [each["EnableContinuousBackup"] for each in found["BackupPlan"]["Rules"]].count(False) == 1
    listed = await cloud.call("backup", "list_backup_selections", BackupPlanId=plan["id"])
    names = {"BackupPlanId": plan["id"], "SelectionId": listed["BackupSelectionsList"][0]["SelectionId"]}
    selection = await cloud.call("backup", "get_backup_selection", **names)
    assert selection["BackupSelection"]["Conditions"] == {}
    assert found["VersionId"] != plan["version"]

    await workspace.destroy()
    assert (await cloud.call("backup", "list_backup_plans"))["BackupPlansList"] == []
    assert (await cloud.call("backup", "list_backup_vaults"))["BackupVaultList"] == []


@pytest.mark.full
async def test_backups_changed_outside_terraform_are_restored_and_imported(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    ids = {address: each["id"] for address, each in (await workspace.state()).items()}
    plan, selection = ids["aws_backup_plan.this"], ids["aws_backup_selection.this"]
    await cloud.call("backup", "delete_backup_selection", BackupPlanId=plan, SelectionId=selection)
    rule = {"RuleName": "other", "TargetBackupVaultName": "spend"}
    await cloud.call(
        "backup", "update_backup_plan", BackupPlanId=plan, BackupPlan={"BackupPlanName": "spend", "Rules": [rule]}
    )
    assert await workspace.changes() == {
        "aws_backup_plan.this": ["update"],
        "aws_backup_selection.this": ["create"],
    }
    await workspace.apply()
    for address, name in {
        "aws_backup_vault.copies": "copies",
        "aws_backup_plan.this": plan,
        "aws_backup_selection.tagged": f"{ids['aws_backup_plan.plain']}|{ids['aws_backup_selection.tagged']}",
    }.items():
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, name)
    assert await workspace.changes() == {}


@pytest.mark.full
async def test_a_vault_of_a_wrong_name_is_refused(workspace: Workspace) -> None:
    workspace.write('resource "aws_backup_vault" "a" {\n  name = "a vault"\n}')
    assert "must consist of letters, numbers, and hyphens" in await workspace.fail("validate")

"""The stand-in applies policies of roles, identity providers and service-linked roles."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("roles.tf").read_text()
STEPS = {
    '"s3:GetObject"': '"s3:PutObject"',
    'client_id_list  = ["sts.amazonaws.com"]': 'client_id_list  = ["one", "two"]',
    "6938fd4d98bab03faadb97b34396831e3780aea1": "1c58a3a8518e8759bf075b76b750d4f2df264fcd",
    'Name = "github"': 'Name = "jobs"',
    '"Balances"': '"Counts"',
}
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
LINKED = "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
MANAGED = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
ATTACHED = 'aws_iam_role_policy_attachment.this["AWSBackupServiceRolePolicyForBackup"]'


async def test_roles_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    state = await workspace.state()
    assert state["aws_iam_role_policy.this"]["id"] == "worker:read"
    assert state["aws_iam_role_policy.chosen"]["name"].startswith("list-")
    assert len(state["data.aws_iam_roles.service_linked"]["names"]) == 2

    changed = WORLD
    for old, new in STEPS.items():
        changed = changed.replace(old, new)
    assert await workspace.changes(changed) == {
        "aws_iam_role_policy.this": ["update"],
        "aws_iam_openid_connect_provider.this": ["update"],
        'aws_iam_service_linked_role.this["ecs.amazonaws.com"]': ["update"],
        'aws_iam_service_linked_role.this["ecs.application-autoscaling.amazonaws.com"]': ["update"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    provider = await cloud.call("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=PROVIDER)
    assert sorted(provider["ClientIDList"]) == ["one", "two"]
    assert {"Key": "Name", "Value": "jobs"} in provider["Tags"]

    await workspace.destroy()
    assert (await cloud.call("iam", "list_roles"))["Roles"] == []
    assert (await cloud.call("iam", "list_open_id_connect_providers"))["OpenIDConnectProviderList"] == []


@pytest.mark.full
async def test_roles_changed_outside_terraform_are_restored(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    await cloud.call("iam", "delete_role_policy", RoleName="worker", PolicyName="read")
    await cloud.call("iam", "detach_role_policy", RoleName="worker", PolicyArn=MANAGED)
    await cloud.call(
        "iam",
        "add_client_id_to_open_id_connect_provider",
        OpenIDConnectProviderArn=PROVIDER,
        ClientID="another",
    )
    assert await workspace.changes() == {
        "aws_iam_role_policy.this": ["create"],
        ATTACHED: ["create"],
        "aws_iam_openid_connect_provider.this": ["update"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}


@pytest.mark.full
async def test_policies_of_roles_and_identity_providers_are_imported(workspace: Workspace) -> None:
    await workspace.apply(WORLD)
    linked = 'aws_iam_service_linked_role.this["ecs.amazonaws.com"]'
    for address, id_ in (
        ("aws_iam_role_policy.this", "worker:read"),
        (ATTACHED, f"worker/{MANAGED}"),
        ("aws_iam_openid_connect_provider.this", PROVIDER),
        (linked, LINKED),
    ):
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, id_)
    assert await workspace.changes() == {}
    await workspace.succeed("state", "rm", ATTACHED)
    refused = await workspace.fail("import", ATTACHED, "worker")
    assert 'unexpected format of ID ("worker"), expected <role-name>/<policy_arn>' in refused


@pytest.mark.full
async def test_wrong_values_of_iam_are_refused(workspace: Workspace) -> None:
    workspace.write(WORLD.replace('name_prefix = "list-"', 'name_prefix = "list-"\n  name = "list"'))
    assert '"name": conflicts with name_prefix' in await workspace.fail("validate")
    workspace.write(WORLD.replace('"https://token', '"http://token'))
    assert '"url" must have https scheme' in await workspace.fail("validate")
    workspace.write(WORLD.replace('Resource = ["*"]', f'Resource = ["arn:aws:s3:::{"a" * 10240}"]'))
    assert "policy cannot be longer than 10240 characters without white space" in await workspace.fail("validate")
    spaced = WORLD.replace("= jsonencode({ S", '= "${jsonencode({ S')
    workspace.write(spaced.replace('"2012-10-17" })', f'"2012-10-17" }})}}{" " * 10240}"'))
    await workspace.succeed("validate")

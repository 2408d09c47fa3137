"""The stand-in applies secrets and parameters."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("secrets.tf").read_text()
STEPS = {
    "Password of the mail server": "Password",
    '["secretsmanager:GetSecretValue"]': '["secretsmanager:PutSecretValue"]',
    "us-east-1": "us-west-2",
    '{ image = "none" }': '{ image = "one" }',
    'value           = "first"': 'value           = "second"',
    '"1,2,3"': '"1,2"',
    '{ Name = "limits" }': '{ Name = "bounds" }',
}
WRITE_ONLY = """
resource "aws_ssm_parameter" "hidden" {
  name             = "/spend/hidden"
  type             = "SecureString"
  value_wo         = "VALUE"
  value_wo_version = 1
}
"""


async def value_of(cloud: Cloud, name: str) -> str:
    found = await cloud.call("ssm", "get_parameter", Name=name, WithDecryption=True)
    return str(found["Parameter"]["Value"])


async def test_secrets_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    state = await workspace.state()
    assert state["aws_secretsmanager_secret.chosen"]["name"].startswith("spend-")
    assert state["aws_ssm_parameter.tiered"]["tier"] == "Standard"

    changed = WORLD
    for old, new in STEPS.items():
        changed = changed.replace(old, new)
    assert await workspace.changes(changed) == {
        "aws_secretsmanager_secret.this": ["update"],
        "aws_secretsmanager_secret.chosen": ["update"],
        "aws_secretsmanager_secret.copied": ["update"],
        "aws_ssm_parameter.plain": ["update"],
        "aws_ssm_parameter.secure": ["update"],
        "aws_ssm_parameter.tiered": ["update"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    assert await value_of(cloud, "/spend/password") == "second"
    secret = await cloud.call("secretsmanager", "describe_secret", SecretId="spend/mail")
    assert secret["Description"] == "Password"

    await workspace.destroy()
    assert (await cloud.call("ssm", "describe_parameters"))["Parameters"] == []
    left = await cloud.call("secretsmanager", "list_secrets", IncludePlannedDeletion=True)
    assert [each["Name"] for each in left["SecretList"]] == ["spend/mail"]  # for the days of its recovery window


@pytest.mark.full
async def test_a_parameter_changes_the_form_of_its_value(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WRITE_ONLY.replace("VALUE", "one"))
    assert await workspace.changes(WRITE_ONLY.replace("VALUE", "two")) == {}  # nobody can see that it differs
    await workspace.apply(WRITE_ONLY.replace("VALUE", "two").replace("= 1", "= 2"))
    assert await value_of(cloud, "/spend/hidden") == "two"
    hidden = (await workspace.state())["aws_ssm_parameter.hidden"]
    assert (hidden["has_value_wo"], hidden["value_wo"], hidden["value"]) == (True, None, "")

    plain = WRITE_ONLY.replace("SecureString", "String").replace("  value_wo_version = 1\n", "")
    for form, value in (("value", "three"), ("insecure_value", "four"), ("value", "five")):
        await workspace.apply(plain.replace("value_wo ", form).replace("VALUE", value))
        assert await value_of(cloud, "/spend/hidden") == value
        assert await workspace.changes() == {}
    assert (await workspace.state())["aws_ssm_parameter.hidden"]["insecure_value"] is None


@pytest.mark.full
async def test_secrets_changed_outside_terraform_are_restored_and_imported(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    copied = {"SecretId": "spend/copied"}
    await cloud.call("secretsmanager", "remove_regions_from_replication", RemoveReplicaRegions=["us-east-1"], **copied)
    await cloud.call("secretsmanager", "delete_secret", ForceDeleteWithoutRecovery=True, **copied)
    await cloud.call("ssm", "put_parameter", Name="/spend/password", Value="other", Overwrite=True)
    await cloud.call("ssm", "delete_parameter", Name="/spend/limits")
    assert await workspace.changes() == {
        "aws_secretsmanager_secret.copied": ["create"],
        "aws_ssm_parameter.secure": ["update"],
        "aws_ssm_parameter.tiered": ["create"],
    }
    await workspace.apply()
    state = await workspace.state()
    for address, id_ in (
        ("aws_secretsmanager_secret.chosen", state["aws_secretsmanager_secret.chosen"]["arn"]),
        ("aws_ssm_parameter.secure", "/spend/password"),
    ):
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, id_)
    assert await workspace.changes() == {}


@pytest.mark.full
async def test_wrong_secrets_are_refused(workspace: Workspace) -> None:
    workspace.write(WORLD.replace("recovery_window_in_days = 7", "recovery_window_in_days = 3"))
    assert "expected recovery_window_in_days to be in the range (7 - 30), got 3" in await workspace.fail("validate")
    workspace.write(WORLD.replace('value           = "first"', 'value = "first"\n  insecure_value = "first"'))
    assert "only one of `insecure_value,value,value_wo` can be specified" in await workspace.fail("validate")
    workspace.write(WRITE_ONLY.replace("  value_wo_version = 1\n", ""))
    assert "all of `value_wo,value_wo_version` must be specified" in await workspace.fail("validate")

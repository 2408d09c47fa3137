"""The stand-in applies repositories, their lifecycle policies and who may read them."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon, push_image
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("repository.tf").read_text()


async def test_repositories_are_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state = await balanced.state()
    assert state["aws_ecr_repository.this"]["repository_url"] == "123456789012.dkr.ecr.us-west-1.amazonaws.com/spend"
    assert state["aws_ecr_repository.plain"]["encryption_configuration"] == [
        {"encryption_type": "AES256", "kms_key": ""}
    ]

    changed = (
        WORLD.replace('"IMMUTABLE"', '"MUTABLE"')
        .replace("scan_on_push = true", "scan_on_push = false")
        .replace('Name = "spend"', 'Name = "images"')
        .replace('"ecr:BatchGetImage", ', "")
    )
    assert await balanced.changes(changed) == {
        "aws_ecr_repository.this": ["update"],
        "aws_ecr_repository_policy.this": ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    ecr = daemon.client("ecr")
    found = ecr.describe_repositories(repositoryNames=["spend"])["repositories"][0]
    assert found["imageTagMutability"] == "MUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": False}
    assert "ecr:BatchGetImage" not in ecr.get_repository_policy(repositoryName="spend")["policyText"]

    await balanced.destroy()
    assert ecr.describe_repositories()["repositories"] == []


@pytest.mark.full
async def test_other_rules_replace_a_policy_and_the_same_ones_in_another_order_do_not(
    balanced: Workspace, daemon: Daemon
) -> None:
    await balanced.apply(WORLD)
    ecr = daemon.client("ecr")
    text = ecr.get_lifecycle_policy(repositoryName="spend")["lifecyclePolicyText"]
    first, _, second = text.removeprefix('{"rules":[').removesuffix("]}").partition(',{"action"')
    ecr.put_lifecycle_policy(
        repositoryName="spend", lifecyclePolicyText='{"rules":[{"action"' + second + ", " + first + "]}"
    )
    assert await balanced.changes() == {}
    other = WORLD.replace("countNumber = 100", "countNumber = 50")
    assert await balanced.changes(other) == {"aws_ecr_lifecycle_policy.this": ["delete", "create"]}
    ecr.delete_lifecycle_policy(repositoryName="spend")
    assert await balanced.changes(WORLD) == {"aws_ecr_lifecycle_policy.this": ["create"]}


@pytest.mark.full
async def test_repositories_are_imported_by_their_names(balanced: Workspace) -> None:
    await balanced.apply(WORLD)
    for address, name in (
        ("aws_ecr_repository.plain", "plain"),
        ("aws_ecr_lifecycle_policy.this", "spend"),
        ("aws_ecr_repository_policy.this", "spend"),
    ):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, name)
    assert await balanced.changes() == {}


@pytest.mark.full
async def test_a_repository_with_images_is_deleted_only_by_force(balanced: Workspace, daemon: Daemon) -> None:
    push_image(daemon, "plain")
    balanced.write('resource "aws_ecr_repository" "plain" {\n  name = "plain"\n}\n')
    await balanced.succeed("import", "aws_ecr_repository.plain", "plain")
    error = await balanced.fail("destroy", "-auto-approve")
    assert "ECR Repository (plain) not empty, consider using force_delete" in error
    await balanced.apply('resource "aws_ecr_repository" "plain" {\n  name = "plain"\n  force_delete = true\n}\n')
    await balanced.destroy()
    assert daemon.client("ecr").describe_repositories()["repositories"] == []

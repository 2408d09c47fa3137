"""What the Terraform state itself stands on (T2), planned by the real provider."""

import json
import shutil
from pathlib import Path

import pytest

from ops import terraform
from ops.errors import CouldNotPlan
from ops.plan_endpoint import plan_endpoint
from tests.terraform.plan import Plan
from tests.terraform.planning import PROJECT, program

INFRASTRUCTURE = PROJECT / "infrastructure"
FOLDERS = {"dev", "staging", "prod", "bootstrap"}
ADMINISTRATOR = "arn:aws:iam::123456789012:role/Administrator"


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    program()
    directory: Path = tmp_path_factory.mktemp("infrastructure")
    shutil.copytree(INFRASTRUCTURE / "terraform" / "modules", directory / "terraform" / "modules")
    try:
        workspace = terraform.prepare(directory / "bootstrap", INFRASTRUCTURE / "bootstrap")
    except CouldNotPlan as exc:
        if "Failed to query available provider packages" in exc.message:
            pytest.skip("there is no AWS provider: neither the registry nor a mirror (TF_CLI_CONFIG_FILE) answers")
        raise
    with plan_endpoint() as endpoint:
        return Plan("bootstrap", workspace.plan(endpoint, [f'-var=administrators=["{ADMINISTRATOR}"]']))


def test_T2_the_state_is_encrypted_with_a_key_of_its_own_and_keeps_versions(bootstrap: Plan) -> None:
    (rule,) = bootstrap.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "aws:kms"
    assert bootstrap.one("aws_kms_key")["enable_key_rotation"] is True
    versioning = bootstrap.one("aws_s3_bucket_versioning")["versioning_configuration"]
    assert versioning[0]["status"] == "Enabled"
    (lifecycle,) = bootstrap.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert lifecycle["noncurrent_version_expiration"][0]["noncurrent_days"] >= 90
    assert lifecycle["expiration"] == []
    assert not bootstrap.one("aws_s3_bucket")["force_destroy"]


def test_T2_locks_are_backed_up_and_cannot_be_deleted_by_mistake(bootstrap: Plan) -> None:
    table = bootstrap.one("aws_dynamodb_table")
    assert table["hash_key"] == "LockID"
    assert [(each["name"], each["type"]) for each in table["attribute"]] == [("LockID", "S")]
    assert table["point_in_time_recovery"][0]["enabled"] is True
    assert table["server_side_encryption"][0]["enabled"] is True
    assert table["deletion_protection_enabled"] is True


def test_T2_only_the_roles_and_administrators_reach_the_state(bootstrap: Plan) -> None:
    assert {each.index for each in bootstrap.of("aws_iam_role")} == FOLDERS
    statements = {
        each["Sid"]: each for each in json.loads(bootstrap.one("aws_s3_bucket_policy")["policy"])["Statement"]
    }
    barred = statements["OnlyTheRoles"]
    assert barred["Effect"] == "Deny"
    roles = {f"arn:aws:iam::123456789012:role/{each['name']}" for each in bootstrap.of("aws_iam_role")}
    assert set(barred["Condition"]["ArnNotLike"]["aws:PrincipalArn"]) == roles | {ADMINISTRATOR}
    assert {"s3:GetObject*", "s3:PutObject*"} <= set(barred["Action"])
    assert statements["TlsOnly"]["Effect"] == "Deny"
    block = bootstrap.one("aws_s3_bucket_public_access_block")
    assert block["block_public_policy"] is block["restrict_public_buckets"] is True


@pytest.mark.parametrize("environment", sorted(FOLDERS - {"bootstrap"}))
def test_T2_the_backend_files_name_what_this_makes(bootstrap: Plan, environment: str) -> None:
    text = (INFRASTRUCTURE / "terraform" / "environments" / f"{environment}.s3.tfbackend").read_text()
    (role,) = [each["name"] for each in bootstrap.of("aws_iam_role") if each.index == environment]
    for wanted in (
        f'"{bootstrap.one("aws_s3_bucket")["bucket"]}"',
        f'"{bootstrap.one("aws_dynamodb_table")["name"]}"',
        f'"{environment}/terraform.tfstate"',
        f":role/{role}",
    ):
        assert wanted in text
    assert "encrypt        = true" in text

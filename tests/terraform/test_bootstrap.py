"""The resources behind the Terraform state (T2), planned by the real provider."""

import json

import pytest

from tests.terraform.plan import Plan, Statement
from tests.terraform.planning import ADMINISTRATOR, PROJECT

INFRASTRUCTURE = PROJECT / "infrastructure"
FOLDERS = {"dev", "staging", "prod", "bootstrap"}


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
    state_roles = [*bootstrap.of("aws_iam_role", "state"), *bootstrap.of("aws_iam_role", "state_reader")]
    assert {each.index for each in state_roles} == FOLDERS
    statements = {
        each["Sid"]: each for each in json.loads(bootstrap.one("aws_s3_bucket_policy")["policy"])["Statement"]
    }
    barred = statements["OnlyTheRoles"]
    assert barred["Effect"] == "Deny"
    roles = {f"arn:aws:iam::123456789012:role/{each['name']}" for each in state_roles}
    workflows = {f"arn:aws:iam::123456789012:role/{each['name']}" for each in bootstrap.of("aws_iam_role", "github")}
    assert set(barred["Condition"]["ArnNotLike"]["aws:PrincipalArn"]) == roles | workflows | {ADMINISTRATOR}
    assert {"s3:GetObject*", "s3:PutObject*"} <= set(barred["Action"])
    assert statements["TlsOnly"]["Effect"] == "Deny"
    block = bootstrap.one("aws_s3_bucket_public_access_block")
    assert block["block_public_policy"] is block["restrict_public_buckets"] is True


@pytest.mark.parametrize("environment", sorted(FOLDERS - {"bootstrap"}))
def test_T2_the_backend_files_name_what_this_makes(bootstrap: Plan, environment: str) -> None:
    text = (INFRASTRUCTURE / "terraform" / "environments" / f"{environment}.s3.tfbackend").read_text()
    (role,) = [each["name"] for each in bootstrap.of("aws_iam_role", "state") if each.index == environment]
    for wanted in (
        f'"{bootstrap.one("aws_s3_bucket")["bucket"]}"',
        f'"{bootstrap.one("aws_dynamodb_table")["name"]}"',
        f'"{environment}/terraform.tfstate"',
        f":role/{role}",
    ):
        assert wanted in text
    assert "encrypt        = true" in text


def trust_of(plan: Plan, role: str) -> Statement:
    address = f'aws_iam_role.github["{role}"].assume_role_policy'
    (trust,) = [each for each in plan.statements() if each.where == address]
    return trust


def test_D2_each_environment_is_planned_and_applied_by_roles_of_its_own(bootstrap: Plan) -> None:
    environments = FOLDERS - {"bootstrap"}
    assert {each.index for each in bootstrap.of("aws_iam_role", "github")} == {
        f"{environment}-{what}" for environment in environments for what in ("plan", "apply")
    }
    attached = {each.index: each["policy_arn"] for each in bootstrap.of("aws_iam_role_policy_attachment")}
    for environment in environments:
        assert attached[f"{environment}-plan"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"
        assert attached[f"{environment}-apply"] == "arn:aws:iam::aws:policy/AdministratorAccess"


def test_D2_only_main_applies_and_any_branch_plans(bootstrap: Plan) -> None:
    for environment in FOLDERS - {"bootstrap"}:
        for what, ref in (("plan", None), ("apply", "refs/heads/main")):
            conditions = trust_of(bootstrap, f"{environment}-{what}").conditions
            assert set(conditions) == {"StringEquals"}
            equal = conditions["StringEquals"]
            assert equal["token.actions.githubusercontent.com:sub"] == [
                f"repo:acme/spendsense:environment:{environment}-{what}",
                f"repo:acme@1/spendsense@2:environment:{environment}-{what}",
            ]
            assert equal["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
            assert equal.get("token.actions.githubusercontent.com:ref") == ref


def test_D2_a_plan_reads_its_state_and_nothing_of_customers(bootstrap: Plan) -> None:
    for environment in FOLDERS - {"bootstrap"}:
        where = f'aws_iam_role_policy.github_plan["{environment}-plan"].policy'
        statements = [each for each in bootstrap.statements() if each.where == where]
        allowed = {action for each in statements if each.effect == "Allow" for action in each.actions}
        assert allowed == {"s3:ListBucket", "s3:GetObject", "dynamodb:GetItem", "kms:DescribeKey", "kms:Decrypt"}
        denied = {action for each in statements if each.effect == "Deny" for action in each.actions}
        assert {"s3:GetObject", "kms:Decrypt", "logs:GetLogEvents", "secretsmanager:GetSecretValue"} <= denied


def test_T2_the_key_of_the_states_cannot_be_destroyed_with_them() -> None:
    text = (INFRASTRUCTURE / "bootstrap" / "state.tf").read_text()
    key = text.partition('resource "aws_kms_key" "state" {')[2].partition("\n}")[0]
    assert "prevent_destroy = true" in key


def test_T1_a_fresh_account_gets_the_service_linked_roles_it_will_need(bootstrap: Plan) -> None:
    created = {each["aws_service_name"] for each in bootstrap.of("aws_iam_service_linked_role")}
    # The plan finds one of them in the account, which stays whoever's it is.
    assert "rds.amazonaws.com" not in created
    assert {
        "ecs.amazonaws.com",
        "ecs.application-autoscaling.amazonaws.com",
        "elasticloadbalancing.amazonaws.com",
        "elasticache.amazonaws.com",
        "backup.amazonaws.com",
    } <= created

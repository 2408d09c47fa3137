"""Database, cache, buckets, secrets and backups, as T5, S3, S4, R1 and R2 number them."""

import json
from typing import Any

from localcloud.rds.requests.parameter_catalogue import catalogue
from tests.terraform.plan import Plan

DAYS = 30


def database(plan: Plan) -> Any:
    return plan.one("aws_db_instance", module="rds")


def parameters(resource: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in resource["parameter"]}


def test_T5_postgresql_16_10_encrypted_with_our_key_and_tls_only(plan: Plan) -> None:
    found = database(plan)
    assert (found["engine"], found["engine_version"]) == ("postgres", "16.10")
    assert found["storage_encrypted"] is True
    assert found["kms_key_id"] == plan.one("aws_kms_key", module="kms")["arn"]
    assert found["storage_type"] == "gp3"
    assert found["max_allocated_storage"] > found["allocated_storage"]
    group = plan.one("aws_db_parameter_group", module="rds")
    assert found["parameter_group_name"] == group["name"]
    assert group["family"] == "postgres16"
    assert parameters(group)["rds.force_ssl"] == "1"


def test_a_parameter_with_rdss_own_value_has_the_method_that_rds_reports(plan: Plan) -> None:
    known = catalogue()
    for group in plan.of("aws_db_parameter_group"):
        for each in group["parameter"]:
            parameter = known[each["name"]]
            assert parameter.is_modifiable and parameter.takes(each["value"])
            late = parameter.is_static or parameter.value == each["value"]
            assert (each["name"], each["apply_method"]) == (each["name"], "pending-reboot" if late else "immediate")


def test_T5_redis_7_1_with_tls_and_our_key(plan: Plan) -> None:
    group = plan.one("aws_elasticache_replication_group")
    assert (group["engine"], group["engine_version"]) == ("redis", "7.1")
    assert group["transit_encryption_enabled"] is True
    assert str(group["at_rest_encryption_enabled"]).lower() == "true"
    assert group["kms_key_id"] == plan.one("aws_kms_key", module="kms")["arn"]
    assert plan.one("aws_elasticache_parameter_group")["family"] == "redis7"
    assert group["snapshot_retention_limit"] > 0


def test_T4_two_of_everything_where_customers_are_and_one_in_dev(plan: Plan) -> None:
    twice = plan.variables["multi_az"]
    assert twice is (plan.environment != "dev")
    group = plan.one("aws_elasticache_replication_group")
    assert database(plan)["multi_az"] is twice
    assert group["num_cache_clusters"] == (2 if twice else 1)
    assert (group["automatic_failover_enabled"], group["multi_az_enabled"]) == (twice, twice)


def test_T4_data_is_protected_from_deletion_outside_dev(plan: Plan) -> None:
    protected = plan.environment != "dev"
    found = database(plan)
    assert found["deletion_protection"] is protected
    assert found["skip_final_snapshot"] is not protected
    assert bool(found["final_snapshot_identifier"]) is protected
    assert {bool(each["force_destroy"]) for each in plan.of("aws_s3_bucket")} == {not protected}
    assert plan.one("aws_ecr_repository")["force_delete"] is not protected


def test_R1_daily_backups_are_kept_30_days_with_point_in_time_recovery(plan: Plan) -> None:
    found = database(plan)
    assert found["backup_retention_period"] == DAYS
    assert found["backup_window"]
    assert found["delete_automated_backups"] is (plan.environment == "dev")
    rules = {each["rule_name"]: each for each in plan.one("aws_backup_plan")["rule"]}
    assert rules["daily"]["lifecycle"][0]["delete_after"] >= DAYS
    # Every day, never only on some.
    assert rules["daily"]["schedule"].split("(")[1].split()[2:4] == ["*", "*"]


def test_R1_backups_take_in_the_database_and_leave_the_region(plan: Plan) -> None:
    assert database(plan)["arn"] in plan.one("aws_backup_selection")["resources"]
    vaults = {each.name: each for each in plan.of("aws_backup_vault")}
    for rule in plan.one("aws_backup_plan")["rule"]:
        assert rule["target_vault_name"] == vaults["this"]["name"]
        destinations = [each["destination_vault_arn"] for each in rule["copy_action"]]
        assert destinations == ([vaults["replica"]["arn"]] if "replica" in vaults else [])
    assert ("replica" in vaults) is plan.variables["replication_enabled"]
    assert plan.variables["replication_enabled"] or plan.variables["environment"] != "prod"


def test_R2_every_bucket_keeps_versions_is_private_and_wants_tls(plan: Plan) -> None:
    buckets = {each["id"] for each in plan.of("aws_s3_bucket")}
    assert len(buckets) >= 3
    versioning = plan.of("aws_s3_bucket_versioning")
    assert {each["bucket"] for each in versioning} == buckets
    assert {each["versioning_configuration"][0]["status"] for each in versioning} == {"Enabled"}
    blocks = plan.of("aws_s3_bucket_public_access_block")
    assert {each["bucket"] for each in blocks} == buckets
    names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert all(each[name] is True for each in blocks for name in names)
    policies = plan.of("aws_s3_bucket_policy")
    assert {each["bucket"] for each in policies} == buckets
    for each in policies:
        denied = [part for part in json.loads(each["policy"])["Statement"] if part["Effect"] == "Deny"]
        assert any(
            part["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} and part["Action"] == "s3:*"
            for part in denied
        ), each.address


def test_R2_objects_are_encrypted_and_old_versions_end(plan: Plan) -> None:
    for each in plan.of("aws_s3_bucket_server_side_encryption_configuration"):
        (rule,) = each["rule"]
        (default,) = rule["apply_server_side_encryption_by_default"]
        # The load balancer can write with S3's own keys only.
        wanted = "AES256" if "access_logs" in each.address else "aws:kms"
        assert default["sse_algorithm"] == wanted, each.address
    lifecycles = plan.of("aws_s3_bucket_lifecycle_configuration")
    assert {each["bucket"] for each in lifecycles} == {each["id"] for each in plan.of("aws_s3_bucket")}
    for each in lifecycles:
        assert any(rule["noncurrent_version_expiration"] for rule in each["rule"]), each.address


def test_R2_replication_copies_data_and_analytics_within_15_minutes(plan: Plan) -> None:
    found = {each.index: each for each in plan.of("aws_s3_bucket_replication_configuration")}
    assert set(found) == ({"data", "analytics"} if plan.variables["replication_enabled"] else set())
    for each in found.values():
        (rule,) = each["rule"]
        assert rule["status"] == "Enabled"
        (destination,) = rule["destination"]
        assert destination["replication_time"][0]["time"][0]["minutes"] == 15
        assert destination["encryption_configuration"][0]["replica_kms_key_id"]


def test_R3_a_read_replica_stands_in_another_region_on_request(plan: Plan) -> None:
    replicas = [each for each in plan.of("aws_db_instance") if each.values.get("replicate_source_db")]
    assert len(replicas) == (1 if plan.variables["read_replica_enabled"] else 0)
    for each in replicas:
        assert each["replicate_source_db"] == database(plan)["arn"]
        assert each["storage_encrypted"] is True
        assert each["kms_key_id"] != database(plan)["kms_key_id"]


def test_S3_secrets_have_containers_and_no_value_in_plan_or_state(plan: Plan) -> None:
    names = {each["name"] for each in plan.of("aws_secretsmanager_secret")}
    assert names == {f"{plan.name}/{part}" for part in ("database", "redis", "jwt", "accounts", "oauth")}
    assert plan.of("aws_secretsmanager_secret_version") == []
    key = plan.one("aws_kms_key", module="kms")["arn"]
    assert {each["kms_key_id"] for each in plan.of("aws_secretsmanager_secret")} == {key}
    assert not database(plan).values.get("password")
    assert not plan.one("aws_elasticache_replication_group").values.get("auth_token")


def test_S3_no_output_holds_a_secret(plan: Plan) -> None:
    outputs = plan.json["planned_values"].get("outputs", {})
    assert outputs
    assert not any(each["sensitive"] for each in outputs.values()), "an output that must be hidden should not exist"
    text = json.dumps(outputs).lower()
    assert not [word for word in ("password", "auth_token", "secret_string", "://spendsense:") if word in text]


def test_S4_rds_makes_and_rotates_the_password_and_our_key_guards_it(plan: Plan) -> None:
    found = database(plan)
    assert found["manage_master_user_password"] is True
    assert found["master_user_secret_kms_key_id"] == plan.one("aws_kms_key", module="kms")["arn"]


def test_S4_a_running_task_may_read_its_new_database_password(plan: Plan) -> None:
    environment = {each["name"]: each["value"] for each in plan.container["environment"]}
    readable = [
        resource
        for each in plan.statements()
        if each.where == "module.iam.aws_iam_role_policy.task.policy"
        and "secretsmanager:GetSecretValue" in each.actions
        for resource in each.resources
    ]
    # The second is where the password may move while tasks run.
    assert environment["DATABASE_SECRET_ARN"] in readable
    assert environment["DATABASE_FALLBACK_SECRET_ARN"] in readable


def test_T5_the_keys_material_changes_every_year(plan: Plan) -> None:
    assert all(each["enable_key_rotation"] is True for each in plan.of("aws_kms_key"))

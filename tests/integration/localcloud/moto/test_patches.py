"""The patches of moto: AWS calls that plain clients, Terraform's provider among them, make and moto lacks."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import start

TRUSTED = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}

TRUST = json.dumps({"Version": "2012-10-17", "Statement": TRUSTED})

ROLE_OF_TASKS = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


async def test_operations_that_neither_offers_are_refused_at_once_and_not_as_a_failure(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match="the local cloud does not offer this") as refused:
            await cloud.call("elbv2", "describe_trust_stores")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


async def test_a_service_whose_name_begins_as_s3s_does_is_not_answered_by_s3(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for service, operation in (("s3files", "list_file_systems"), ("s3outposts", "list_endpoints")):
            with pytest.raises(ClientError, match="the local cloud does not offer this"):
                await cloud.call(service, operation)


async def test_the_id_of_a_hosted_zone_begins_as_awss_do(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for number in range(20):
            created = await cloud.call("route53", "create_hosted_zone", Name="example.com", CallerReference=str(number))
            assert re.fullmatch("/hostedzone/Z[A-Z0-9]{8,31}", created["HostedZone"]["Id"])


async def test_a_policy_of_aws_can_be_attached_and_survives_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=TRUST)
        await cloud.call("iam", "attach_role_policy", RoleName="r", PolicyArn=ROLE_OF_TASKS)
        with pytest.raises(ClientError, match="NoSuchEntity"):
            await cloud.call("iam", "attach_role_policy", RoleName="r", PolicyArn="arn:aws:iam::aws:policy/None")
    async with cloud_in(tmp_path, {}) as cloud:
        attached = await cloud.call("iam", "list_attached_role_policies", RoleName="r")
        assert [policy["PolicyArn"] for policy in attached["AttachedPolicies"]] == [ROLE_OF_TASKS]
        assert (await cloud.call("iam", "get_policy", PolicyArn=ROLE_OF_TASKS))["Policy"]["AttachmentCount"] == 1


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({"Principal": {"Service": "logging.s3.amazonaws.com"}, "Resource": "arn:aws:s3:::logs/s3/*"}, True),
        ({"Principal": {"Service": ["logging.s3.amazonaws.com"]}, "Resource": ["arn:aws:s3:::logs/*"]}, True),
        ({"Principal": {"Service": "logging.s3.amazonaws.com"}, "Resource": "arn:aws:s3:::logs/other/*"}, False),
        ({"Principal": "*", "Resource": "arn:aws:s3:::logs/*"}, False),
    ],
)
async def test_logs_go_where_a_policy_lets_them(
    cloud_in: Any, tmp_path: Path, statement: dict[str, Any], allowed: bool
) -> None:
    parameters = {
        "Bucket": "data",
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "s3/data/"}},
    }
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::logs/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allow = {"Effect": "Allow", "Action": ["s3:PutObject"], **statement}
    async with cloud_in(tmp_path, {}) as cloud:
        for bucket in ("data", "logs"):
            where = {"LocationConstraint": "us-west-1"}
            await cloud.call("s3", "create_bucket", Bucket=bucket, CreateBucketConfiguration=where)
        await cloud.call("s3", "delete_public_access_block", Bucket="logs")
        policy = json.dumps({"Version": "2012-10-17", "Statement": [deny, allow]})
        await cloud.call("s3", "put_bucket_policy", Bucket="logs", Policy=policy)
        if allowed:
            await cloud.call("s3", "put_bucket_logging", **parameters)
            return
        with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
            await cloud.call("s3", "put_bucket_logging", **parameters)


async def test_a_policy_is_evaluated_for_unsigned_requests_by_whom_it_names(cloud_in: Any, tmp_path: Path) -> None:
    every = {"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    one = {"AWS": "arn:aws:iam::123456789012:root"}
    unless_tls = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    but_one = {"NotPrincipal": one, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    async with cloud_in(tmp_path, {}) as cloud:
        where = {"LocationConstraint": "us-west-1"}
        await cloud.call("s3", "create_bucket", Bucket="data", CreateBucketConfiguration=where)
        await cloud.call("s3", "delete_public_access_block", Bucket="data")
        await cloud.call("s3", "put_object", Bucket="data", Key="k", Body=b"1")
        for denied, status in (
            (every | unless_tls, 200),
            (every | {"Principal": one}, 200),
            (every, 403),
            (but_one, 403),
        ):
            statements = [every | {"Effect": "Allow"}, denied | {"Effect": "Deny"}]
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            await cloud.call("s3", "put_bucket_policy", Bucket="data", Policy=policy)
            answer = await asyncio.to_thread(httpx.get, f"{cloud.host.endpoint_url}/data/k")
            assert answer.status_code == status, denied
            # Without the part that authorizes requests, a signed request is not checked.
            await cloud.call("s3", "get_object", Bucket="data", Key="k")


async def test_selections_of_a_backup_plan_are_kept_and_guard_it(cloud_in: Any, tmp_path: Path) -> None:
    rule = {"RuleName": "daily", "TargetBackupVaultName": "vault", "ScheduleExpression": "cron(0 5 * * ? *)"}
    wanted = {"SelectionName": "s", "IamRoleArn": "arn:aws:iam::123456789012:role/b", "Resources": ["arn:aws:rds:::x"]}
    async with cloud_in(tmp_path, {}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("backup", operation, **parameters)

        await call("create_backup_vault", BackupVaultName="vault")
        assert (await call("list_recovery_points_by_backup_vault", BackupVaultName="vault"))["RecoveryPoints"] == []
        plan = {"BackupPlanName": "p", "Rules": [rule]}
        made = await call("create_backup_plan", BackupPlan=plan)
        plan_id = made["BackupPlanId"]
        other = {"BackupPlanName": "p", "Rules": [rule | {"RuleName": "nightly"}]}
        updated = await call("update_backup_plan", BackupPlanId=plan_id, BackupPlan=other)
        assert (updated["BackupPlanArn"], updated["VersionId"] != made["VersionId"]) == (made["BackupPlanArn"], True)
        never = {"BackupPlanName": "never", "Rules": [rule | {"ScheduleExpression": "cron(0 25 * * ? *)"}]}
        for refused in (
            call("create_backup_plan", BackupPlan=never),
            call("update_backup_plan", BackupPlanId=plan_id, BackupPlan=never),
        ):
            with pytest.raises(ClientError, match="Error in rule daily : Invalid schedule"):
                await refused
        found = (await call("get_backup_plan", BackupPlanId=plan_id))["BackupPlan"]["Rules"]
        assert [each["RuleName"] for each in found] == ["nightly"]
        created = await call("create_backup_selection", BackupPlanId=plan_id, BackupSelection=wanted)
        named = {"BackupPlanId": plan_id, "SelectionId": created["SelectionId"]}
        assert (await call("get_backup_selection", **named))["BackupSelection"] == wanted
        listed = await call("list_backup_selections", BackupPlanId=plan_id)
        assert [each["SelectionName"] for each in listed["BackupSelectionsList"]] == ["s"]
        with pytest.raises(ClientError, match="InvalidRequestException"):
            await call("delete_backup_plan", BackupPlanId=plan_id)
        await call("delete_backup_selection", **named)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await call("get_backup_selection", **named)
        await call("delete_backup_plan", BackupPlanId=plan_id)
        await call("create_backup_plan", BackupPlan=plan)


async def test_a_scalable_target_needs_a_service_and_keeps_its_tags(tmp_path: Path) -> None:
    daemon = start(tmp_path / "cloud")
    try:
        ecs, scaling = daemon.client("ecs"), daemon.client("application-autoscaling")
        ecs.create_cluster(clusterName="c")
        container = {"name": "a", "image": "none"}
        parameters = {"family": "f", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
        ecs.register_task_definition(**parameters, cpu="256", memory="512", containerDefinitions=[container])
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/c/s",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        limits = {"MinCapacity": 1, "MaxCapacity": 2, "Tags": {"project": "s"}}
        with pytest.raises(ClientError, match="ECS service doesn't exist"):
            scaling.register_scalable_target(**target, **limits)
        ecs.create_service(
            cluster="c", serviceName="s", taskDefinition="f", desiredCount=0, networkConfiguration=daemon.network
        )
        arn = scaling.register_scalable_target(**target, **limits)["ScalableTargetARN"]
        assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"project": "s"}
        scaling.untag_resource(ResourceARN=arn, TagKeys=["project"])
        assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {}
    finally:
        daemon.stop()


async def test_a_replication_rule_is_shown_as_it_was_put(cloud_in: Any, tmp_path: Path) -> None:
    rule = {
        "ID": "everything",
        "Priority": 0,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::copy",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": "k"},
            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
        },
    }
    configuration = {"Role": "arn:aws:iam::123456789012:role/r", "Rules": [rule]}
    async with cloud_in(tmp_path, {}) as cloud:
        for bucket in ("data", "copy"):
            where = {"LocationConstraint": "us-west-1"}
            await cloud.call("s3", "create_bucket", Bucket=bucket, CreateBucketConfiguration=where)
            versioning = {"Status": "Enabled"}
            await cloud.call("s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration=versioning)
        await cloud.call("s3", "put_bucket_replication", Bucket="data", ReplicationConfiguration=configuration)
        shown = await cloud.call("s3", "get_bucket_replication", Bucket="data")
        assert shown["ReplicationConfiguration"] == configuration
        rule["Destination"]["Metrics"]["EventThreshold"]["Minutes"] = 20  # type: ignore[index]
        with pytest.raises(ClientError, match="InvalidArgument"):
            await cloud.call("s3", "put_bucket_replication", Bucket="data", ReplicationConfiguration=configuration)


async def test_a_secret_is_read_at_its_current_version_wherever_the_label_went(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        old = (await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="old"))["VersionId"]
        put = {"SecretId": "s", "SecretString": "new", "VersionStages": ["AWSPENDING"]}
        new = (await cloud.call("secretsmanager", "put_secret_value", **put))["VersionId"]
        assert (await cloud.call("secretsmanager", "get_secret_value", SecretId="s"))["SecretString"] == "old"
        move = {"SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": new, "RemoveFromVersionId": old}
        await cloud.call("secretsmanager", "update_secret_version_stage", **move)
        assert (await cloud.call("secretsmanager", "get_secret_value", SecretId="s"))["SecretString"] == "new"
        stages = (await cloud.call("secretsmanager", "describe_secret", SecretId="s"))["VersionIdsToStages"]
        assert (stages[old], sorted(stages[new])) == (["AWSPREVIOUS"], ["AWSCURRENT", "AWSPENDING"])


async def test_a_rule_publishes_to_its_topic_what_its_transformer_makes_of_an_event(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        queue = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        arn = topic.rsplit(":", 1)[0].replace(":sns:", ":sqs:") + ":q"
        await cloud.call("sns", "subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)
        transformer = {"InputPathsMap": {"what": "$.detail.what"}, "InputTemplate": '{"alarm": <what>}'}
        targets = [{"Id": "topic", "Arn": topic, "InputTransformer": transformer}]
        pattern = json.dumps({"source": ["ours"], "resources": [{"suffix": ":last"}]})
        for name, state in (("on", "ENABLED"), ("off", "DISABLED")):
            await cloud.call("events", "put_rule", Name=name, EventPattern=pattern, State=state)
            await cloud.call("events", "put_targets", Rule=name, Targets=targets)
        entry = {"Source": "ours", "DetailType": "d", "Detail": '{"what": "x"}', "Resources": ["a:last"]}
        answer = await cloud.call("events", "put_events", Entries=[entry, entry | {"Resources": ["a:first"]}])
        assert answer["FailedEntryCount"] == 0
        messages = (await cloud.call("sqs", "receive_message", QueueUrl=queue, MaxNumberOfMessages=10))["Messages"]
        assert [json.loads(message["Body"])["Message"] for message in messages] == ['{"alarm": "x"}']


async def test_a_key_whose_policy_denies_it_is_neither_deleted_nor_disabled(cloud_in: Any, tmp_path: Path) -> None:
    everything = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    denied = everything | {"Effect": "Deny", "Action": ["kms:DisableKey", "kms:ScheduleKey*"]}
    async with cloud_in(tmp_path, {}) as cloud:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everything, denied]})
        key = (await cloud.call("kms", "create_key", Policy=policy))["KeyMetadata"]["KeyId"]
        for operation, action in (("schedule_key_deletion", "ScheduleKeyDeletion"), ("disable_key", "DisableKey")):
            with pytest.raises(ClientError, match=f"not authorized to perform: kms:{action} on resource") as refused:
                await cloud.call("kms", operation, KeyId=key)
            assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        assert (await cloud.call("kms", "describe_key", KeyId=key))["KeyMetadata"]["KeyState"] == "Enabled"
        allowed = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        await cloud.call("kms", "put_key_policy", KeyId=key, PolicyName="default", Policy=allowed)
        await cloud.call("kms", "schedule_key_deletion", KeyId=key)
        assert (await cloud.call("kms", "describe_key", KeyId=key))["KeyMetadata"]["KeyState"] == "PendingDeletion"


async def test_service_linked_roles_have_the_names_of_aws_and_are_made_once(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for service, name in (
            ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway"),
            ("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache"),
            ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
        ):
            created = (await cloud.call("iam", "create_service_linked_role", AWSServiceName=service))["Role"]
            assert (created["RoleName"], created["Path"]) == (name, f"/aws-service-role/{service}/")
        with pytest.raises(ClientError, match="AWSServiceRoleForAPIGateway has been taken") as refused:
            await cloud.call("iam", "create_service_linked_role", AWSServiceName="ops.apigateway.amazonaws.com")
        assert refused.value.response["Error"]["Code"] == "InvalidInput"


async def test_a_key_without_a_given_use_encrypts(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        created = (await cloud.call("kms", "create_key"))["KeyMetadata"]
        assert (created["KeyUsage"], created["KeySpec"]) == ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")
        with pytest.raises(ClientError, match="KeyUsage is required") as refused:
            await cloud.call("kms", "create_key", KeySpec="RSA_2048")
        assert refused.value.response["Error"]["Code"] == "ValidationException"
        await cloud.call("kms", "create_key", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")

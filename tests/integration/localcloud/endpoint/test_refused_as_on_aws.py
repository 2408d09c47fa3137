"""The local cloud refuses what AWS refuses, in AWS's words, where moto alone would report a success."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.store import RegionalStores
from localcloud.elasticache.caches import Caches
from localcloud.rds.databases import Databases

NO_TOPIC = "arn:aws:sns:us-west-1:123456789012:none"
GROUP = {"ReplicationGroupId": "r", "ReplicationGroupDescription": "r", "CacheNodeType": "cache.t4g.micro"}


async def test_a_secret_without_a_function_is_not_rotated(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        before = (await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="old"))["VersionId"]
        for more in ({}, {"RotationRules": {"AutomaticallyAfterDays": 7}}, {"RotateImmediately": False}):
            with pytest.raises(ClientError, match=r"No Lambda rotation function ARN is associated with this secret\."):
                await cloud.call("secretsmanager", "rotate_secret", SecretId="s", **more)
        kept = await cloud.call("secretsmanager", "get_secret_value", SecretId="s")
        assert (kept["VersionId"], kept["SecretString"]) == (before, "old")
        assert not (await cloud.call("secretsmanager", "describe_secret", SecretId="s")).get("RotationEnabled")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call("secretsmanager", "rotate_secret", SecretId="none")


@pytest.mark.parametrize("protocol", ["email", "email-json"])
async def test_a_mail_subscription_waits_for_its_confirmation(cloud_in: Any, tmp_path: Path, protocol: str) -> None:
    wanted = {"Protocol": protocol, "Endpoint": "a@example.com"}
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        answer = await cloud.call("sns", "subscribe", TopicArn=topic, **wanted)
        assert answer["SubscriptionArn"] == "pending confirmation"
        arn = (await cloud.call("sns", "subscribe", TopicArn=topic, ReturnSubscriptionArn=True, **wanted))[
            "SubscriptionArn"
        ]
        assert arn.startswith(f"{topic}:")
    async with cloud_in(tmp_path, {}) as cloud:
        attributes = (await cloud.call("sns", "get_subscription_attributes", SubscriptionArn=arn))["Attributes"]
        assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == ("true", "false")
        for listing in (
            await cloud.call("sns", "list_subscriptions"),
            await cloud.call("sns", "list_subscriptions_by_topic", TopicArn=topic),
        ):
            [listed] = listing["Subscriptions"]
            assert listed == wanted | {"SubscriptionArn": "PendingConfirmation", "TopicArn": topic} | {
                "Owner": listed["Owner"]
            }
        with pytest.raises(ClientError, match="Invalid parameter: Token"):
            await cloud.call("sns", "confirm_subscription", TopicArn=topic, Token="0" * 288)
        with pytest.raises(ClientError, match="Cannot unsubscribe a subscription that is pending confirmation"):
            await cloud.call("sns", "unsubscribe", SubscriptionArn=arn)
        await cloud.call("sns", "delete_topic", TopicArn=topic)
        assert (await cloud.call("sns", "list_subscriptions"))["Subscriptions"] == []


async def test_a_queue_is_subscribed_at_once(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        topic = (await cloud.call("sns", "create_topic", Name="t"))["TopicArn"]
        await cloud.call("sqs", "create_queue", QueueName="q")
        queue = topic.rsplit(":", 1)[0].replace(":sns:", ":sqs:") + ":q"
        arn = (await cloud.call("sns", "subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue))["SubscriptionArn"]
        [listed] = (await cloud.call("sns", "list_subscriptions"))["Subscriptions"]
        assert listed["SubscriptionArn"] == arn
        await cloud.call("sns", "unsubscribe", SubscriptionArn=arn)


async def test_the_windows_of_a_cache_are_long_enough_and_apart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        with pytest.raises(ClientError, match=r"Snapshot window must be at least 60 minutes\."):
            await cloud.call("elasticache", "create_replication_group", **GROUP, SnapshotWindow="05:00-05:59")
        given = {"SnapshotWindow": "05:00-06:00", "PreferredMaintenanceWindow": "sun:06:00-sun:07:00"}
        await cloud.call("elasticache", "create_replication_group", **GROUP, **given)
        for change in ({"SnapshotWindow": "06:30-07:30"}, {"PreferredMaintenanceWindow": "mon:05:30-mon:06:30"}):
            with pytest.raises(ClientError, match=r"The snapshot window and maintenance window must not overlap\."):
                await cloud.call("elasticache", "modify_replication_group", ReplicationGroupId="r", **change)
        [group] = (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"]
        assert group["SnapshotWindow"] == "05:00-06:00"


async def test_a_delivery_is_between_resources_of_the_account(cloud_in: Any, tmp_path: Path) -> None:
    elsewhere = "arn:aws:logs:us-west-1:999999999999:log-group:g"
    async with cloud_in(tmp_path, {"logs": lambda host: Logs(host, RegionalStores(1, host.region))}) as cloud:
        with pytest.raises(ClientError, match=r"ValidationException.*another account"):
            await cloud.call("logs", "put_delivery_source", name="s", logType="ACCESS_LOGS", resourceArn=elsewhere)
        with pytest.raises(ClientError, match=r"ValidationException.*another account"):
            await cloud.call(
                "logs",
                "put_delivery_destination",
                name="d",
                deliveryDestinationConfiguration={"destinationResourceArn": elsewhere},
            )
        assert json.dumps((await cloud.call("logs", "describe_delivery_sources"))["deliverySources"]) == "[]"
        await cloud.call(
            "logs",
            "put_delivery_destination",
            name="d",
            deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::bucket"},
        )


async def test_a_security_group_that_rules_name_is_kept(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
        created = [
            (await cloud.call("ec2", "create_security_group", GroupName=name, Description=name, VpcId=vpc))["GroupId"]
            for name in ("named", "naming")
        ]
        pair = {"UserIdGroupPairs": [{"GroupId": created[0]}], "IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
        rule = {"GroupId": created[1], "IpPermissions": [pair]}
        own = {"GroupId": created[0], "IpPermissions": [pair]}
        await cloud.call("ec2", "authorize_security_group_ingress", **own)  # which does not keep it
        await cloud.call("ec2", "authorize_security_group_ingress", **rule)
        with pytest.raises(
            ClientError, match=rf"\(DependencyViolation\).*resource {created[0]} has a dependent object"
        ):
            await cloud.call("ec2", "delete_security_group", GroupId=created[0])
        await cloud.call("ec2", "revoke_security_group_ingress", **rule)
        await cloud.call("ec2", "delete_security_group", GroupId=created[0])


async def test_a_refused_cache_or_database_leaves_nothing(cloud_in: Any, tmp_path: Path) -> None:
    database = {"DBInstanceIdentifier": "d", "Engine": "postgres", "DBInstanceClass": "db.t4g.micro"}
    database |= {"AllocatedStorage": 20, "MasterUsername": "app", "MasterUserPassword": "password1"}
    async with cloud_in(tmp_path, {"elasticache": Caches, "rds": Databases}) as cloud:
        unsized = {name: value for name, value in database.items() if name != "AllocatedStorage"}
        with pytest.raises(ClientError, match="AllocatedStorage must be provided and must not be null"):
            await cloud.call("rds", "create_db_instance", **unsized)
        for wrong in ({"Port": 70_000}, {"AllocatedStorage": 5}, {"DBName": "my-db"}, {"StorageType": "floppy"}):
            with pytest.raises(ClientError, match="InvalidParameterValue"):
                await cloud.call("rds", "create_db_instance", **database | wrong)
        assert (await cloud.call("rds", "describe_db_instances"))["DBInstances"] == []
        with pytest.raises(ClientError, match="CacheNodeType must be provided and must not be null"):
            unsized = {name: value for name, value in GROUP.items() if name != "CacheNodeType"}
            await cloud.call("elasticache", "create_replication_group", **unsized)
        for parameters, code in (
            ({"CacheSubnetGroupName": "none"}, "CacheSubnetGroupNotFoundFault"),
            ({"CacheNodeType": "cache.t1.giant"}, "InvalidParameterValue"),
            ({"CacheParameterGroupName": "default.redis6.x"}, "Expected a parameter group of family redis7"),
            ({"CacheSecurityGroupNames": ["old"]}, "Use of cache security groups is not permitted"),
            ({"SecurityGroupIds": ["sg-00000000000000000"]}, "Security group sg-00000000000000000 does not exist"),
            ({"NotificationTopicArn": NO_TOPIC}, f"Topic {NO_TOPIC} does not exist"),
            ({"AuthToken": "0123456789abcdef"}, "InvalidParameterCombination"),
        ):
            with pytest.raises(ClientError, match=code):
                await cloud.call("elasticache", "create_replication_group", **GROUP | parameters)
        assert (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"] == []
        no_subnet = {"CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-00000000000000000"]}
        with pytest.raises(ClientError, match="InvalidSubnet"):
            await cloud.call("elasticache", "create_cache_subnet_group", CacheSubnetGroupName="s", **no_subnet)
        group = {"CacheParameterGroupName": "p", "Description": "d"}
        with pytest.raises(ClientError, match="must be one of"):
            family = {"CacheParameterGroupFamily": "redis99"}
            await cloud.call("elasticache", "create_cache_parameter_group", **group, **family)


async def test_a_vpc_link_is_in_one_network_that_exists(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        subnet = (await cloud.call("ec2", "describe_subnets"))["Subnets"][0]
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
        elsewhere = await cloud.call("ec2", "create_security_group", GroupName="g", Description="d", VpcId=vpc)
        group = elsewhere["GroupId"]
        for parameters, words in (
            ({"SubnetIds": ["subnet-1"]}, "The subnet ID 'subnet-1' does not exist"),
            ({"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": ["sg-1"]}, "security group ID 'sg-1' does not"),
            ({"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": [group]}, "must be in one VPC"),
        ):
            with pytest.raises(ClientError, match=rf"\(BadRequestException\).*{words}"):
                await cloud.call("apigatewayv2", "create_vpc_link", Name="l", **parameters)
        await cloud.call("apigatewayv2", "create_vpc_link", Name="l", SubnetIds=[subnet["SubnetId"]])
        assert len((await cloud.call("apigatewayv2", "get_vpc_links"))["Items"]) == 1


async def test_a_cache_parameter_group_has_only_parameters_of_its_family(cloud_in: Any, tmp_path: Path) -> None:
    named = {"CacheParameterGroupName": "p"}
    right = {"ParameterName": "timeout", "ParameterValue": "900"}
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **named, **parameters)

        await call("create_cache_parameter_group", CacheParameterGroupFamily="redis7", Description="d")
        for wrong, words in (
            ({"ParameterName": "max-memory", "ParameterValue": "1"}, "Could not find parameter with name: max-memory"),
            ({"ParameterName": "databases", "ParameterValue": "none"}, "Invalid parameter value: none for: databases"),
        ):
            with pytest.raises(ClientError, match=words):
                await call("modify_cache_parameter_group", ParameterNameValues=[right, wrong])
            assert (await call("describe_cache_parameters"))["Parameters"] == []
        with pytest.raises(ClientError, match="Could not find parameter"):
            await call("reset_cache_parameter_group", ParameterNameValues=[{"ParameterName": "max-memory"}])
        await call("modify_cache_parameter_group", ParameterNameValues=[right])
        [kept] = (await call("describe_cache_parameters"))["Parameters"]
        assert kept["ParameterValue"] == "900"


async def test_a_refused_change_of_a_cache_changes_nothing(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def group() -> dict[str, Any]:
            [found] = (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"]
            return {name: found.get(name) for name in kept}

        kept = ("SnapshotWindow", "SnapshotRetentionLimit", "AutomaticFailover", "AuthTokenEnabled", "Engine")
        await cloud.call("elasticache", "create_replication_group", **GROUP, EngineVersion="7.1")
        before = await group()
        for parameters, words in (
            ({"AutomaticFailoverEnabled": True}, "at least one replica"),
            ({"AuthToken": "0123456789abcdef"}, "requires TransitEncryptionEnabled"),
            ({"AuthTokenUpdateStrategy": "SET"}, "requires an AuthToken"),
            ({"EngineVersion": "6.2"}, "Cannot downgrade"),
            ({"CacheParameterGroupName": "default.redis6.x"}, "Expected a parameter group of family redis7"),
            ({"SecurityGroupIds": ["sg-00000000000000000"]}, "does not exist"),
            ({"SnapshotRetentionLimit": 99}, "Must be 0 to 35"),
        ):
            with pytest.raises(ClientError, match=words):
                changed = {"SnapshotWindow": "08:00-09:00", **parameters}
                await cloud.call("elasticache", "modify_replication_group", ReplicationGroupId="r", **changed)
        assert await group() == before

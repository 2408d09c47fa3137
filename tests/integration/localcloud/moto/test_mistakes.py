"""Mistakes on which moto fails: AWS's error, and nothing broken for others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'


async def refusal(cloud: Any, service: str, operation: str, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        await cloud.call(service, operation, **parameters)
    return str(refused.value.response["Error"]["Code"])


async def test_a_missing_parameter_hides_no_others(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="/there", Value="value", Type="String")
        label = {"Name": "/not-there", "Labels": ["label"]}
        assert await refusal(cloud, "ssm", "label_parameter_version", **label) == "ParameterNotFound"
        found = await cloud.call("ssm", "describe_parameters")
        assert [each["Name"] for each in found["Parameters"]] == ["/there"]
        again = await cloud.call("ssm", "put_parameter", Name="/there", Value="v", Type="String", Overwrite=True)
        assert again["Version"] == 2


async def test_names_of_nothing_are_reported(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=TRUST)
        await cloud.call("iam", "create_instance_profile", InstanceProfileName="p")
        removal = {"InstanceProfileName": "p", "RoleName": "r"}
        assert await refusal(cloud, "iam", "remove_role_from_instance_profile", **removal) == "NoSuchEntity"
        assert await refusal(cloud, "ec2", "delete_nat_gateway", NatGatewayId="nat-1") == "NatGatewayNotFound"
        assert await refusal(cloud, "kms", "list_grants", KeyId="no") == "NotFoundException"


async def test_several_tag_specifications_are_read_or_refused_as_ec2_does(cloud_in: Any, tmp_path: Path) -> None:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": key, "Value": key}]} for key in ("a", "b")]
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ec2", "allocate_address", Domain="vpc", TagSpecifications=tags)
        (found,) = (await cloud.call("ec2", "describe_addresses"))["Addresses"]
        assert sorted(tag["Key"] for tag in found["Tags"]) == ["a", "b"]
        wrong = [tags[0], tags[1] | {"ResourceType": "vpc"}]
        assert await refusal(cloud, "ec2", "allocate_address", TagSpecifications=wrong) == "InvalidParameterValue"
        assert len((await cloud.call("ec2", "describe_addresses"))["Addresses"]) == 1


async def test_a_security_group_is_deleted_by_name_in_the_default_vpc_only(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        await cloud.call("ec2", "create_security_group", GroupName="elsewhere", Description="d", VpcId=vpc)
        await cloud.call("ec2", "create_security_group", GroupName="there", Description="d")
        for name in ("elsewhere", "nowhere"):
            assert await refusal(cloud, "ec2", "delete_security_group", GroupName=name) == "InvalidGroup.NotFound"
        await cloud.call("ec2", "delete_security_group", GroupName="there")
        assert await refusal(cloud, "ec2", "delete_security_group", GroupName="there") == "InvalidGroup.NotFound"


async def test_a_failure_that_moto_answers_itself_is_undone_reported_and_named(
    cloud_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("sqs", "create_queue", QueueName="there")
        from moto.sqs.responses import SQSResponse

        def fail(self: Any) -> tuple[str, dict[str, int]]:
            self.sqs_backend.create_queue("half", {})
            return "", {"status": 500}

        monkeypatch.setattr(SQSResponse, "create_queue", fail)
        with pytest.raises(ClientError) as refused:
            await cloud.call("sqs", "create_queue", QueueName="more")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
        assert "moto cannot handle" in refused.value.response["Error"]["Message"]
        assert [url.rpartition("/")[2] for url in (await cloud.call("sqs", "list_queues"))["QueueUrls"]] == ["there"]
        assert cloud.host.moto.status()["unexpected_failures"] == {
            "sqs CreateQueue": "1x FailedInMoto in an unknown place"
        }


async def test_another_version_of_an_api_has_no_such_operation(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        client = cloud.client("elbv2")

        def older(params: dict[str, Any], **_: object) -> None:
            params["body"]["Version"] = "1999-01-01"

        client.meta.events.register("before-call.elastic-load-balancing-v2", older)
        with pytest.raises(ClientError, match="Could not find operation DescribeLoadBalancers for version 1999-01-01"):
            await asyncio.to_thread(client.describe_load_balancers)

"""Mistakes that moto fails for: AWS's error, and nothing broken for others."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = '{"Version": "2012-10-17", "Statement": []}'


async def refusal(cloud: Any, service: str, operation: str, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        await cloud.call(service, operation, **parameters)
    return str(refused.value.response["Error"]["Code"])


async def test_a_parameter_that_was_asked_for_in_vain_hides_no_others(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="/there", Value="value", Type="String")
        label = {"Name": "/not-there", "Labels": ["label"]}
        assert await refusal(cloud, "ssm", "label_parameter_version", **label) == "ParameterNotFound"
        found = await cloud.call("ssm", "describe_parameters")
        assert [each["Name"] for each in found["Parameters"]] == ["/there"]
        again = await cloud.call("ssm", "put_parameter", Name="/there", Value="v", Type="String", Overwrite=True)
        assert again["Version"] == 2


async def test_names_of_nothing_are_told(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=TRUST)
        await cloud.call("iam", "create_instance_profile", InstanceProfileName="p")
        removal = {"InstanceProfileName": "p", "RoleName": "r"}
        assert await refusal(cloud, "iam", "remove_role_from_instance_profile", **removal) == "NoSuchEntity"
        assert await refusal(cloud, "ec2", "delete_nat_gateway", NatGatewayId="nat-1") == "NatGatewayNotFound"
        assert await refusal(cloud, "kms", "list_grants", KeyId="no") == "NotFoundException"

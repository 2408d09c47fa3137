"""The responses of the endpoint that a plan without an account uses."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.cost.plan_endpoint import ACCOUNT_ID, plan_endpoint


def client(service: str, endpoint: str, region: str = "us-west-2") -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name=region, aws_access_key_id="k", aws_secret_access_key="s"
    )


def test_the_endpoint_answers_with_the_identity_and_two_zones() -> None:
    with plan_endpoint() as endpoint:
        assert client("sts", endpoint).get_caller_identity()["Account"] == ACCOUNT_ID
        zones = client("ec2", endpoint).describe_availability_zones()["AvailabilityZones"]
    assert [each["ZoneName"] for each in zones] == ["us-west-2a", "us-west-2b"]


def test_the_endpoint_names_calls_that_a_plan_cannot_make() -> None:
    with plan_endpoint() as endpoint, pytest.raises(ClientError, match="cannot call DescribeVpcs"):
        client("ec2", endpoint).describe_vpcs()

"""The responses of the endpoint that a plan without an account uses."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.cost.plan_endpoint import ACCOUNT_ID, Zone, plan_endpoint


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


def test_the_endpoint_answers_with_the_hosted_zones_it_was_given() -> None:
    with plan_endpoint(hosted_zones=[Zone(zone_id="Z1"), Zone(zone_id="Z2", name="a.com.")]) as endpoint:
        route53 = client("route53", endpoint)
        assert [each["Name"] for each in route53.list_hosted_zones()["HostedZones"]] == [".", "a.com."]
        found = route53.get_hosted_zone(Id="Z2")
        assert (found["HostedZone"]["Id"], found["HostedZone"]["Name"]) == ("/hostedzone/Z2", "a.com.")
        tagged = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId="Z2")
    assert tagged["ResourceTagSet"]["Tags"] == []

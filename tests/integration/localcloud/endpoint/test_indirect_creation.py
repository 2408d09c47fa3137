"""Resources of our services are created only by them: in their region, and by no other service of moto's."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.conftest import Cloud, running_cloud

CLUSTER = {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "cfn"}}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "cfn"}}


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path, {}) as cloud:
        yield cloud


async def refused(
    cloud: Cloud, service: str, operation: str, code: str, region: str = "us-west-1", **parameters: Any
) -> str:
    """Check that a call is refused; -> the message."""
    with pytest.raises(ClientError) as error:
        await cloud.call_in(region, service, operation, **parameters)
    assert error.value.response["Error"]["Code"] == code
    return str(error.value.response["Error"]["Message"])


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ecs", "create_cluster", {"clusterName": "c"}),
        ("ecs", "list_clusters", {}),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "HTTP"}),
        ("ecr", "create_repository", {"repositoryName": "repository"}),
        ("elbv2", "create_target_group", {"Name": "g", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"}),
        ("application-autoscaling", "describe_scalable_targets", {"ServiceNamespace": "ecs"}),
    ],
)
async def test_a_region_where_nothing_runs_is_not_opened(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    for region in ("eu-west-1", "us-east-1"):
        assert region in await refused(cloud, service, operation, "OptInRequired", region, **parameters)


async def test_no_api_is_left_of_one_that_was_refused(cloud: Cloud) -> None:
    await refused(cloud, "apigatewayv2", "create_api", "OptInRequired", "eu-west-1", Name="a", ProtocolType="HTTP")
    assert (await cloud.call("apigatewayv2", "get_apis"))["Items"] == []


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::ECS::Service",
        "AWS::Logs::LogGroup",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::RDS::DBInstance",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ECR::Repository",
        "AWS::CloudWatch::Alarm",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApiGatewayV2::Api",
    ],
)
async def test_cloudformation_has_no_type_of_our_services(cloud: Cloud, kind: str) -> None:
    template = json.dumps({"Resources": {"A": TOPIC, "B": {"Type": kind, "Properties": {}}}})
    message = await refused(
        cloud, "cloudformation", "create_stack", "ValidationError", StackName="s", TemplateBody=template
    )
    assert message == f"Template format error: Unrecognized resource types: [{kind}]"
    assert (await cloud.call("cloudformation", "describe_stacks"))["Stacks"] == []
    assert (await cloud.call("sns", "list_topics"))["Topics"] == []


async def test_neither_an_update_nor_a_change_set_brings_one_in(cloud: Cloud) -> None:
    plain, wrong = (json.dumps({"Resources": {"A": TOPIC, **more}}) for more in ({}, {"B": CLUSTER}))
    await cloud.call("cloudformation", "create_stack", StackName="s", TemplateBody=plain)
    for operation, more in (("update_stack", {}), ("create_change_set", {"ChangeSetName": "c"})):
        parameters = {"StackName": "s", "TemplateBody": wrong, **more}
        assert "AWS::ECS::Cluster" in await refused(cloud, "cloudformation", operation, "ValidationError", **parameters)
    parameters = {"StackName": "new", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": wrong}
    await refused(cloud, "cloudformation", "create_change_set", "ValidationError", **parameters)
    stacks = (await cloud.call("cloudformation", "describe_stacks"))["Stacks"]
    assert [(stack["StackName"], stack["StackStatus"]) for stack in stacks] == [("s", "CREATE_COMPLETE")]
    assert (
        len((await cloud.call("cloudformation", "list_stack_resources", StackName="s"))["StackResourceSummaries"]) == 1
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("batch", "describe_compute_environments", {}),
        ("lambda", "invoke", {"FunctionName": "f"}),
        ("elb", "create_load_balancer", {"LoadBalancerName": "b", "Listeners": []}),
        (
            "autoscaling",
            "attach_load_balancer_target_groups",
            {
                "AutoScalingGroupName": "g",
                "TargetGroupARNs": ["arn:aws:elasticloadbalancing:us-west-1:1:targetgroup/g/1"],
            },
        ),
        (
            "resourcegroupstaggingapi",
            "tag_resources",
            {"ResourceARNList": ["arn:aws:ecs:us-west-1:123456789012:cluster/c"], "Tags": {"a": "b"}},
        ),
    ],
)
async def test_operations_that_another_service_would_only_pretend_are_refused(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    await refused(cloud, service, operation, "InvalidAction", **parameters)

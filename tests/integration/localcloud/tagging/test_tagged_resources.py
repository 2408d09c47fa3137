"""The list of all tagged resources: from every service, by type, in pages."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.host import Host
from localcloud.tagging.api import TaggedResources
from localcloud.tagging.resources import Tagged

NUMBER = 7
PER_PAGE = 3
ACCOUNT = "123456789012"
TAGS = [{"Key": "part", "Value": "test"}]
OF_ECS = Tagged(f"arn:aws:ecs:us-west-1:{ACCOUNT}:cluster/c", {"part": "ecs"})


class TaggingPart(TaggedResources):
    """The overlay itself has nothing to start."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, lambda: [OF_ECS])

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def listed(cloud: Any, region: str = "us-west-1", **filters: Any) -> list[str]:
    answer = await cloud.call_in(region, "resourcegroupstaggingapi", "get_resources", **filters)
    return [each["ResourceARN"] for each in answer["ResourceTagMappingList"]]


async def test_pages_have_each_resource_once_whatever_changes_between_them(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"tagging": TaggingPart}) as cloud:
        topics = {
            (await cloud.call("sns", "create_topic", Name=f"topic-{number}", Tags=TAGS))["TopicArn"]
            for number in range(NUMBER)
        }
        found: list[str] = []
        sizes = []
        token = ""
        while True:
            page = await cloud.call(
                "resourcegroupstaggingapi",
                "get_resources",
                ResourceTypeFilters=["sns"],
                ResourcesPerPage=PER_PAGE,
                PaginationToken=token,
            )
            sizes.append(len(page["ResourceTagMappingList"]))
            found += [each["ResourceARN"] for each in page["ResourceTagMappingList"]]
            token = page["PaginationToken"]
            if not token:
                break
            await cloud.call("ssm", "put_parameter", Name=f"/page-{len(sizes)}", Value="a change", Type="String")
        assert (sizes, len(found), set(found)) == ([PER_PAGE, PER_PAGE, 1], NUMBER, topics)
        with pytest.raises(ClientError, match="PaginationTokenExpiredException"):
            await cloud.call("resourcegroupstaggingapi", "get_resources", PaginationToken="no such page")
        assert (await cloud.call("resourcegroupstaggingapi", "get_tag_keys"))["TagKeys"] == ["part"]
        answer = await cloud.call("resourcegroupstaggingapi", "get_tag_values", Key="part")
        assert answer["TagValues"] == ["ecs", "test"]


async def test_each_type_is_listed_under_awss_name_while_it_is_there(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"tagging": TaggingPart}) as cloud:
        address = await cloud.call("ec2", "allocate_address", **of_type("elastic-ip"))
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        acl = await cloud.call("ec2", "create_network_acl", VpcId=vpc, **of_type("network-acl"))
        service = "com.amazonaws.us-west-1.s3"
        endpoint = await cloud.call(
            "ec2", "create_vpc_endpoint", VpcId=vpc, ServiceName=service, **of_type("vpc-endpoint")
        )
        repository = await cloud.call("ecr", "create_repository", repositoryName="images", tags=TAGS)
        where = f"arn:aws:ec2:us-west-1:{ACCOUNT}"
        of_ec2 = {
            "ec2:elastic-ip": f"{where}:elastic-ip/{address['AllocationId']}",
            "ec2:network-acl": f"{where}:network-acl/{acl['NetworkAcl']['NetworkAclId']}",
            "ec2:vpc-endpoint": f"{where}:vpc-endpoint/{endpoint['VpcEndpoint']['VpcEndpointId']}",
        }
        assert set(await listed(cloud, ResourceTypeFilters=["ec2"])) == set(of_ec2.values())
        for kind, arn in {
            **of_ec2,
            "ecr:repository": repository["repository"]["repositoryArn"],
            "ecs:cluster": OF_ECS.arn,
        }.items():
            assert await listed(cloud, ResourceTypeFilters=[kind]) == [arn]
        assert await listed(cloud, TagFilters=[{"Key": "part", "Values": ["ecs"]}]) == [OF_ECS.arn]
        shown = (await cloud.call("ec2", "describe_tags"))["Tags"]
        assert {each["ResourceType"] for each in shown} == {kind.removeprefix("ec2:") for kind in of_ec2}
        filters = [{"Name": "resource-type", "Values": ["elastic-ip"]}]
        (only,) = (await cloud.call("ec2", "describe_tags", Filters=filters))["Tags"]
        assert only["ResourceId"] == address["AllocationId"]

        await cloud.call("ec2", "release_address", AllocationId=address["AllocationId"])
        assert await listed(cloud, ResourceTypeFilters=["ec2:elastic-ip"]) == []
        assert (await cloud.call("ec2", "describe_tags", Filters=filters))["Tags"] == []


async def test_a_region_lists_its_own_and_us_east_1_what_has_none(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"tagging": TaggingPart}) as cloud:
        west = {"LocationConstraint": "us-west-1"}
        await cloud.call("s3", "create_bucket", Bucket="tagged-files", CreateBucketConfiguration=west)
        await cloud.call("s3", "put_bucket_tagging", Bucket="tagged-files", Tagging={"TagSet": TAGS})
        await cloud.call("s3", "create_bucket", Bucket="plain-files", CreateBucketConfiguration=west)
        zone = await cloud.call("route53", "create_hosted_zone", Name="example.com", CallerReference="1")
        zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        await cloud.call(
            "route53", "change_tags_for_resource", ResourceType="hostedzone", ResourceId=zone_id, AddTags=TAGS
        )
        assert await listed(cloud) == [OF_ECS.arn, "arn:aws:s3:::tagged-files"]
        assert await listed(cloud, region="us-east-1") == [f"arn:aws:route53:::hostedzone/{zone_id}"]
        assert await listed(cloud, region="us-west-2") == []


async def test_every_other_service_of_the_infrastructure_is_listed_but_for_roles(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"tagging": TaggingPart}) as cloud:
        metrics = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
        scoped = {"Name": "w", "Scope": "REGIONAL", "Tags": TAGS}
        await cloud.call("wafv2", "create_web_acl", DefaultAction={"Allow": {}}, VisibilityConfig=metrics, **scoped)
        await cloud.call("wafv2", "create_ip_set", IPAddressVersion="IPV4", Addresses=[], **scoped)
        in_map = {"Tags": {"part": "test"}}
        api = (await cloud.call("apigatewayv2", "create_api", Name="a", ProtocolType="HTTP", **in_map))["ApiId"]
        await cloud.call("apigatewayv2", "create_stage", ApiId=api, StageName="$default", **in_map)
        keys = {"KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]}
        types = {
            "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        await cloud.call("dynamodb", "create_table", TableName="t", Tags=TAGS, **keys, **types)

        provider = {"Url": "https://token.example.com", "ThumbprintList": ["0" * 40], "ClientIDList": ["a"]}
        await cloud.call("iam", "create_open_id_connect_provider", Tags=TAGS, **provider)
        policy = (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
        )
        await cloud.call("iam", "create_policy", PolicyName="p", PolicyDocument=policy, Tags=TAGS)
        await cloud.call("iam", "create_instance_profile", InstanceProfileName="i", Tags=TAGS)
        trust = policy.replace("s3:GetObject", "sts:AssumeRole").replace('"Resource": "*"', '"Principal": {"AWS": "*"}')
        await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=trust, Tags=TAGS)
        budget = {"BudgetName": "b", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
        limit = {"BudgetLimit": {"Amount": "1", "Unit": "USD"}}
        await cloud.call("budgets", "create_budget", AccountId=ACCOUNT, Budget=budget | limit, ResourceTags=TAGS)

        assert [each.rpartition("/")[0] for each in await listed(cloud) if ":wafv2:" in each] == [
            f"arn:aws:wafv2:us-west-1:{ACCOUNT}:regional/ipset/w",
            f"arn:aws:wafv2:us-west-1:{ACCOUNT}:regional/webacl/w",
        ]
        assert [each for each in await listed(cloud) if ":wafv2:" not in each] == [
            f"arn:aws:apigateway:us-west-1::/apis/{api}",
            f"arn:aws:apigateway:us-west-1::/apis/{api}/stages/$default",
            f"arn:aws:dynamodb:us-west-1:{ACCOUNT}:table/t",
            OF_ECS.arn,
        ]
        assert await listed(cloud, region="us-east-1") == [
            f"arn:aws:budgets::{ACCOUNT}:budget/b",
            f"arn:aws:iam::{ACCOUNT}:instance-profile/i",
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com",
            f"arn:aws:iam::{ACCOUNT}:policy/p",
        ]


def of_type(name: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": name, "Tags": TAGS}]}

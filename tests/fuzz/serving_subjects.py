"""Load balancers, caches, images and secrets, for the fuzz."""

import json
from collections.abc import Callable, Collection
from typing import Any

from localcloud.elasticache.caches import Caches
from localcloud.elb.load_balancing import LoadBalancing
from tests.fuzz.subjects import Subject
from tests.integration.localcloud.conftest import Cloud
from tests.integration.localcloud.ecr.registry_part import RegistryPart

ARN = "arn:aws:{}:us-west-1:123456789012:{}"
VPC = {"CidrBlock": "10.9.0.0/16"}
# What AWS names by itself, filled by `prepare`: a subject's `known` holds these lists.
BALANCERS: list[str] = []
LISTENERS: list[str] = []
GROUPS: list[str] = []
RULES: list[str] = []
SUBNETS: list[str] = []
VPCS: list[str] = []


def _listing(*kinds: tuple[str, str, str]) -> Callable[[Cloud, Any], Collection[str]]:
    """Operation, list in its response, name in each: all there is."""

    def listed(cloud: Cloud, client: Any) -> Collection[str]:
        return {
            f"{what} {each[name] if isinstance(each, dict) else each}"
            for operation, what, name in kinds
            for each in getattr(client, operation)()[what]
        }

    return listed


async def _prepare_balancers(cloud: Cloud) -> None:
    vpc = (await cloud.call("ec2", "create_vpc", **VPC))["Vpc"]["VpcId"]
    zones = (await cloud.call("ec2", "describe_availability_zones"))["AvailabilityZones"][:2]
    subnets = [
        (
            await cloud.call(
                "ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=zone["ZoneName"]
            )
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    balancer = (await cloud.call("elbv2", "create_load_balancer", Name="fuzz", Subnets=subnets))["LoadBalancers"][0]
    group = await cloud.call(
        "elbv2", "create_target_group", Name="fuzz", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
    )
    group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": group_arn}
    listener = await cloud.call(
        "elbv2",
        "create_listener",
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=18_999,
        DefaultActions=[action],
    )
    listener_arn = listener["Listeners"][0]["ListenerArn"]
    rules = await cloud.call("elbv2", "describe_rules", ListenerArn=listener_arn)
    BALANCERS[:] = [balancer["LoadBalancerArn"]]
    LISTENERS[:], GROUPS[:] = [listener_arn], [group_arn]
    RULES[:] = [rule["RuleArn"] for rule in rules["Rules"]]
    SUBNETS[:], VPCS[:] = subnets, [vpc]


async def _prepare_caches(cloud: Cloud) -> None:
    await cloud.call(
        "elasticache",
        "create_replication_group",
        ReplicationGroupId="fuzz-group",
        ReplicationGroupDescription="d",
        Engine="redis",
        CacheNodeType="cache.t4g.micro",
    )
    await cloud.call("elasticache", "create_snapshot", ReplicationGroupId="fuzz-group", SnapshotName="fuzz-snapshot")
    await cloud.call(
        "elasticache",
        "create_cache_parameter_group",
        CacheParameterGroupName="fuzz-parameters",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )


async def _prepare_images(cloud: Cloud) -> None:
    await cloud.call("ecr", "create_repository", repositoryName="fuzz")
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "config": {"digest": "sha256:0"}, "layers": []})
    await cloud.call("ecr", "put_image", repositoryName="fuzz", imageManifest=manifest, imageTag="fuzz")


async def _prepare_secrets(cloud: Cloud) -> None:
    await cloud.call("secretsmanager", "create_secret", Name="fuzz", SecretString='{"a": "b"}')


def _listed_in_caches(cloud: Cloud, client: Any) -> Collection[str]:
    """List records of the API and directories on disk: a directory without a record is also a leftover."""
    records = _listing(
        ("describe_replication_groups", "ReplicationGroups", "ReplicationGroupId"),
        ("describe_cache_clusters", "CacheClusters", "CacheClusterId"),
        ("describe_snapshots", "Snapshots", "SnapshotName"),
    )(cloud, client)
    return {*records, *(f"directory {path.name}" for path in (cloud.host.data_directory / "elasticache").iterdir())}


SERVING = (
    Subject(
        service="elbv2",
        parts={"elasticloadbalancing": LoadBalancing},
        known={
            "LoadBalancerArn": BALANCERS,
            "LoadBalancerArns": BALANCERS,
            "ListenerArn": LISTENERS,
            "TargetGroupArn": GROUPS,
            "RuleArn": RULES,
            "ResourceArn": BALANCERS,
            "SubnetId": SUBNETS,
            "VpcId": VPCS,
            "Name": ["fuzz"],
        },
        prepare=_prepare_balancers,
        listed=_listing(
            ("describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
            ("describe_target_groups", "TargetGroups", "TargetGroupArn"),
        ),
    ),
    Subject(
        service="elasticache",
        parts={"elasticache": Caches},
        known={
            "ReplicationGroupId": ["fuzz-group", "FUZZ-Group"],
            "CacheClusterId": ["fuzz-group-001"],
            "SnapshotName": ["fuzz-snapshot", "fuzz-other"],
            "CacheParameterGroupName": ["fuzz-parameters", "default.redis7"],
            "CacheParameterGroupFamily": ["redis7"],
            "Engine": ["redis"],
            "EngineVersion": ["7.1"],
            "ResourceName": [ARN.format("elasticache", "replicationgroup:fuzz-group")],
        },
        prepare=_prepare_caches,
        listed=_listed_in_caches,
    ),
    Subject(
        service="ecr",
        parts={"ecr": RegistryPart},
        known={"repositoryName": ["fuzz"], "imageTag": ["fuzz"], "registryId": ["123456789012"]},
        prepare=_prepare_images,
        listed=_listing(("describe_repositories", "repositories", "repositoryName")),
    ),
    Subject(
        service="secretsmanager",
        parts={},
        known={"SecretId": ["fuzz", ARN.format("secretsmanager", "secret:fuzz")], "Name": ["fuzz-other"]},
        prepare=_prepare_secrets,
        listed=_listing(("list_secrets", "SecretList", "Name")),
    ),
)

"""EC2 keeps subnets, groups, gateways and addresses while something uses them, and deletes them afterwards."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Shell, start
from tests.integration.localcloud.rds.instances import created

ZONES = ("us-west-1a", "us-west-1b")


@dataclass
class Network:
    """A VPC with two subnets, a security group and an internet gateway, none of which anything uses yet."""

    cloud: Any
    vpc: str
    gateway: str
    subnets: list[str] = field(default_factory=list)
    group: str = ""

    async def ec2(self, operation: str, **parameters: Any) -> Any:
        return await self.cloud.call("ec2", operation, **parameters)

    async def is_kept(self, *, public: bool = False) -> None:
        """Assert that what is used cannot be deleted, in AWS's words."""
        for subnet in self.subnets:
            words = f"The subnet '{subnet}' has dependencies and cannot be deleted."
            await refused(self.ec2("delete_subnet", SubnetId=subnet), "DependencyViolation", words)
        words = f"resource {self.group} has a dependent object"
        await refused(self.ec2("delete_security_group", GroupId=self.group), "DependencyViolation", words)
        words = f"The vpc '{self.vpc}' has dependencies and cannot be deleted."
        await refused(self.ec2("delete_vpc", VpcId=self.vpc), "DependencyViolation", words)
        if public:
            words = (
                f"Network {self.vpc} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway."
            )
            detach = self.ec2("detach_internet_gateway", InternetGatewayId=self.gateway, VpcId=self.vpc)
            await refused(detach, "DependencyViolation", words)

    async def goes(self) -> None:
        """Delete all of it, in the order in which Terraform does."""
        await self.ec2("detach_internet_gateway", InternetGatewayId=self.gateway, VpcId=self.vpc)
        await self.ec2("delete_internet_gateway", InternetGatewayId=self.gateway)
        await self.ec2("delete_security_group", GroupId=self.group)
        for subnet in self.subnets:
            await self.ec2("delete_subnet", SubnetId=subnet)
        await self.ec2("delete_vpc", VpcId=self.vpc)
        vpcs = await self.ec2("describe_vpcs")
        assert self.vpc not in {each["VpcId"] for each in vpcs["Vpcs"]}


async def refused(call: Awaitable[Any], code: str, words: str) -> None:
    with pytest.raises(ClientError) as error:
        await call
    assert (error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]) == (code, words)


async def network(cloud: Any) -> Network:
    vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
    gateway = (await cloud.call("ec2", "create_internet_gateway"))["InternetGateway"]["InternetGatewayId"]
    await cloud.call("ec2", "attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)
    created = Network(cloud, vpc, gateway)
    for number, zone in enumerate(ZONES):
        block = {"CidrBlock": f"10.9.{number}.0/24", "AvailabilityZone": zone, "VpcId": vpc}
        created.subnets.append((await created.ec2("create_subnet", **block))["Subnet"]["SubnetId"])
    group = await created.ec2("create_security_group", GroupName="g", Description="g", VpcId=vpc)
    created.group = group["GroupId"]
    return created


async def load_balancer(it: Network) -> Callable[[], Awaitable[Any]]:
    """Internet-facing, as it is by default."""
    created = await it.cloud.call(
        "elbv2", "create_load_balancer", Name="b", Subnets=it.subnets, SecurityGroups=[it.group]
    )
    arn = created["LoadBalancers"][0]["LoadBalancerArn"]
    return lambda: it.cloud.call("elbv2", "delete_load_balancer", LoadBalancerArn=arn)


async def database(it: Network, *, multi_az: bool = True) -> Callable[[], Awaitable[Any]]:
    group = {"DBSubnetGroupName": "s", "DBSubnetGroupDescription": "s"}
    await it.cloud.call("rds", "create_db_subnet_group", **group, SubnetIds=it.subnets)
    await created(it.cloud, "d", MultiAZ=multi_az, DBSubnetGroupName="s", VpcSecurityGroupIds=[it.group])
    return lambda: it.cloud.call("rds", "delete_db_instance", DBInstanceIdentifier="d", SkipFinalSnapshot=True)


async def cache(it: Network) -> Callable[[], Awaitable[Any]]:
    group = {"CacheSubnetGroupName": "s", "CacheSubnetGroupDescription": "s"}
    await it.cloud.call("elasticache", "create_cache_subnet_group", **group, SubnetIds=it.subnets)
    await it.cloud.call(
        "elasticache",
        "create_cache_cluster",
        CacheClusterId="c",
        Engine="redis",
        CacheNodeType="cache.t4g.micro",
        NumCacheNodes=1,
        CacheSubnetGroupName="s",
        SecurityGroupIds=[it.group],
    )

    async def forget() -> None:
        """Without its part, moto would show it as being deleted for ever."""
        from moto.elasticache.models import elasticache_backends

        backend = elasticache_backends[it.cloud.host.account_id][it.cloud.host.region]
        await it.cloud.host.moto.change(lambda: backend.cache_clusters.clear())

    return forget


async def endpoint(it: Network) -> Callable[[], Awaitable[Any]]:
    created = await it.ec2(
        "create_vpc_endpoint",
        VpcId=it.vpc,
        ServiceName="com.amazonaws.us-west-1.ecr.api",
        VpcEndpointType="Interface",
        SubnetIds=it.subnets,
        SecurityGroupIds=[it.group],
        PrivateDnsEnabled=False,
    )
    identifier = created["VpcEndpoint"]["VpcEndpointId"]
    return lambda: it.ec2("delete_vpc_endpoints", VpcEndpointIds=[identifier])


async def vpc_link(it: Network) -> Callable[[], Awaitable[Any]]:
    parameters = {"Name": "l", "SubnetIds": it.subnets, "SecurityGroupIds": [it.group]}
    identifier = (await it.cloud.call("apigatewayv2", "create_vpc_link", **parameters))["VpcLinkId"]
    return lambda: it.cloud.call("apigatewayv2", "delete_vpc_link", VpcLinkId=identifier)


async def instances(it: Network) -> Callable[[], Awaitable[Any]]:
    created = [
        await it.ec2(
            "run_instances",
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[
                {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [it.group], "AssociatePublicIpAddress": True}
            ],
        )
        for subnet in it.subnets
    ]
    identifiers = [each["Instances"][0]["InstanceId"] for each in created]
    return lambda: it.ec2("terminate_instances", InstanceIds=identifiers)


@pytest.mark.parametrize(
    ("use", "is_public"),
    [
        (load_balancer, True),
        (database, False),
        (cache, False),
        (endpoint, False),
        (vpc_link, False),
        (instances, True),
    ],
)
async def test_a_network_in_use_is_kept_and_goes_after_its_user(
    cloud_in: Any, tmp_path: Path, use: Callable[[Network], Awaitable[Callable[[], Awaitable[Any]]]], is_public: bool
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        it = await network(cloud)
        stop_using = await use(it)
        await it.is_kept(public=is_public)
        await stop_using()
        await it.goes()


async def test_a_database_in_one_zone_keeps_the_subnet_of_its_zone_only(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        it = await network(cloud)
        await database(it)
        one = {"DBInstanceIdentifier": "d", "MultiAZ": False, "ApplyImmediately": True}
        await cloud.call("rds", "modify_db_instance", **one)
        with pytest.raises(ClientError, match="DependencyViolation"):
            await it.ec2("delete_subnet", SubnetId=it.subnets[0])
        await it.ec2("delete_subnet", SubnetId=it.subnets[1])


async def test_a_nat_gateway_keeps_its_address_and_gives_it_back(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        it = await network(cloud)
        address = await it.ec2("allocate_address", Domain="vpc")
        parameters = {"SubnetId": it.subnets[0], "AllocationId": address["AllocationId"]}
        nat = (await it.ec2("create_nat_gateway", **parameters))["NatGateway"]
        assert nat["ConnectivityType"] == "public"
        identifier, interface = nat["NatGatewayId"], nat["NatGatewayAddresses"][0]["NetworkInterfaceId"]
        words = f"Address {address['PublicIp']} is in use."
        release = {"AllocationId": address["AllocationId"]}
        await refused(it.ec2("release_address", **release), "InvalidIPAddress.InUse", words)
        [shown] = (await it.ec2("describe_addresses"))["Addresses"]
        taken = it.ec2("disassociate_address", AssociationId=shown["AssociationId"])
        await refused(taken, "AuthFailure", "You do not have permission to access the specified resource.")
        deleted = it.ec2("delete_network_interface", NetworkInterfaceId=interface)
        words = f"Network interface '{interface}' is currently in use."
        await refused(deleted, "InvalidParameterValue", words)
        with pytest.raises(ClientError, match="mapped public address"):
            await it.ec2("detach_internet_gateway", InternetGatewayId=it.gateway, VpcId=it.vpc)
        await it.ec2("delete_nat_gateway", NatGatewayId=identifier)
        await it.ec2("release_address", **release)
        await it.goes()


async def test_the_address_of_a_terminated_instance_can_be_released(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        it = await network(cloud)
        terminate = await instances(it)
        found = (await it.ec2("describe_instances"))["Reservations"][0]["Instances"][0]
        interface = found["NetworkInterfaces"][0]["NetworkInterfaceId"]
        with pytest.raises(ClientError, match="is currently in use"):
            await it.ec2("delete_network_interface", NetworkInterfaceId=interface)
        address = (await it.ec2("allocate_address", Domain="vpc"))["AllocationId"]
        await it.ec2("associate_address", InstanceId=found["InstanceId"], AllocationId=address)
        with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
            await it.ec2("release_address", AllocationId=address)
        await terminate()
        await it.ec2("release_address", AllocationId=address)


async def test_a_vpc_and_a_gateway_are_kept_while_they_belong_together(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]

        async def is_kept() -> None:
            words = f"The vpc '{vpc}' has dependencies and cannot be deleted."
            await refused(cloud.call("ec2", "delete_vpc", VpcId=vpc), "DependencyViolation", words)

        gateway = (await cloud.call("ec2", "create_internet_gateway"))["InternetGateway"]["InternetGatewayId"]
        both = {"InternetGatewayId": gateway, "VpcId": vpc}
        await cloud.call("ec2", "attach_internet_gateway", **both)
        await is_kept()
        words = f"The internetGateway '{gateway}' has dependencies and cannot be deleted."
        delete = cloud.call("ec2", "delete_internet_gateway", InternetGatewayId=gateway)
        await refused(delete, "DependencyViolation", words)
        await cloud.call("ec2", "detach_internet_gateway", **both)

        egress = await cloud.call("ec2", "create_egress_only_internet_gateway", VpcId=vpc)
        identifier = egress["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
        await is_kept()
        await cloud.call("ec2", "delete_egress_only_internet_gateway", EgressOnlyInternetGatewayId=identifier)

        s3 = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-west-1.s3", "VpcEndpointType": "Gateway"}
        endpoint = (await cloud.call("ec2", "create_vpc_endpoint", **s3))["VpcEndpoint"]["VpcEndpointId"]
        await is_kept()
        await cloud.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[endpoint])

        group = await cloud.call("ec2", "create_security_group", GroupName="g", Description="g", VpcId=vpc)
        await is_kept()
        await cloud.call("ec2", "delete_security_group", GroupId=group["GroupId"])

        acl = (await cloud.call("ec2", "create_network_acl", VpcId=vpc))["NetworkAcl"]["NetworkAclId"]
        await is_kept()
        await cloud.call("ec2", "delete_network_acl", NetworkAclId=acl)
        await cloud.call("ec2", "delete_vpc", VpcId=vpc)


async def test_a_vpcs_defaults_are_deleted_only_with_it(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        it = await network(cloud)
        mine = [{"Name": "vpc-id", "Values": [it.vpc]}]
        groups = (await it.ec2("describe_security_groups", Filters=mine))["SecurityGroups"]
        [default] = [each["GroupId"] for each in groups if each["GroupName"] == "default"]
        words = f'the specified group: "{default}" name: "default" cannot be deleted by a user'
        await refused(it.ec2("delete_security_group", GroupId=default), "CannotDelete", words)
        [acl] = [each["NetworkAclId"] for each in (await it.ec2("describe_network_acls", Filters=mine))["NetworkAcls"]]
        words = f"cannot delete default network ACL {acl}"
        await refused(it.ec2("delete_network_acl", NetworkAclId=acl), "InvalidParameterValue", words)
        await it.goes()
        assert (await it.ec2("describe_network_acls", Filters=mine))["NetworkAcls"] == []


async def test_the_associations_of_a_subnet_go_with_it(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        it = await network(cloud)
        table = (await it.ec2("create_route_table", VpcId=it.vpc))["RouteTable"]["RouteTableId"]
        await it.ec2("associate_route_table", RouteTableId=table, SubnetId=it.subnets[0])
        with pytest.raises(ClientError, match=f"The routeTable '{table}' has dependencies and cannot be deleted"):
            await it.ec2("delete_route_table", RouteTableId=table)
        await it.ec2("delete_subnet", SubnetId=it.subnets.pop(0))
        await it.ec2("delete_route_table", RouteTableId=table)
        await it.goes()


def test_running_tasks_keep_their_network(tmp_path: Path) -> None:
    daemon = start(tmp_path / "cloud")
    try:
        ec2, shell = daemon.client("ec2"), Shell(daemon)
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        attached = {"InternetGatewayId": gateway, "VpcId": vpc}
        ec2.attach_internet_gateway(**attached)
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
        network = {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "ENABLED"}
        [task] = shell.ecs.run_task(
            cluster="c",
            taskDefinition=shell.register({"command": ["sleep", "600"]}),
            networkConfiguration={"awsvpcConfiguration": network},
        )["tasks"]
        shell.until_status(task["taskArn"], "RUNNING")
        [shown] = shell.ecs.describe_tasks(cluster="c", tasks=[task["taskArn"]])["tasks"]
        details = {each["name"]: each["value"] for each in shown["attachments"][0]["details"]}
        named = [details["networkInterfaceId"]]
        [interface] = ec2.describe_network_interfaces(NetworkInterfaceIds=named)["NetworkInterfaces"]
        assert interface["Description"].endswith(f":attachment/{shown['attachments'][0]['id']}")
        assert interface["PrivateIpAddress"] == details["privateIPv4Address"]
        assert (interface["Status"], interface["SubnetId"], interface["RequesterManaged"]) == ("in-use", subnet, True)
        assert interface["Association"]["PublicIp"]
        deletions = (
            lambda: ec2.detach_internet_gateway(**attached),
            lambda: ec2.delete_security_group(GroupId=group),
            lambda: ec2.delete_subnet(SubnetId=subnet),
        )
        for delete in deletions:
            with pytest.raises(ClientError, match="DependencyViolation"):
                delete()
        shell.ecs.stop_task(cluster="c", task=task["taskArn"])
        shell.until_status(task["taskArn"], "STOPPED")
        for delete in deletions:
            delete()
        with pytest.raises(ClientError, match="InvalidNetworkInterfaceID"):
            ec2.describe_network_interfaces(NetworkInterfaceIds=named)
    finally:
        daemon.stop()

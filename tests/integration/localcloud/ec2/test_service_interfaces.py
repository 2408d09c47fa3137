"""DescribeNetworkInterfaces shows the interfaces of load balancers, databases and caches while they exist."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from localcloud.ec2.tasks import NetworkOfTasks
from localcloud.host import Host
from tests.integration.localcloud.ec2.test_in_use import (
    ZONES,
    Network,
    cache,
    database,
    load_balancer,
    network,
    refused,
    vpc_link,
)
from tests.integration.localcloud.rds.instances import created

Start = Callable[[Network], Awaitable[Callable[[], Awaitable[Any]]]]


class Interfaces(NetworkOfTasks):
    """The part of EC2, without tasks."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, list)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


async def shown(it: Network, **filters: str) -> list[dict[str, Any]]:
    listed = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    found: list[dict[str, Any]] = (await it.ec2("describe_network_interfaces", Filters=listed))["NetworkInterfaces"]
    return found


@pytest.mark.parametrize(
    ("use", "requester", "description", "number"),
    [
        (load_balancer, "amazon-elb", "ELB app/b/*", 2),
        (database, "amazon-rds", "RDSNetworkInterface", 2),
        (cache, "amazon-elasticache", "ElastiCache c", 1),
        (vpc_link, "amazon-apigateway", "VPC Link Interface *", 2),
    ],
)
async def test_a_service_has_interfaces_while_it_is_there(
    cloud_in: Any, tmp_path: Path, use: Start, requester: str, description: str, number: int
) -> None:
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        stop_using = await use(it)
        found = await shown(it, requester_id=requester, description=description, vpc_id=it.vpc)
        assert len({each["SubnetId"] for each in found}) == len(found) == number
        blocks = {each["SubnetId"]: each["CidrBlock"] for each in (await it.ec2("describe_subnets"))["Subnets"]}
        for each in found:
            assert ip_address(each["PrivateIpAddress"]) in ip_network(blocks[each["SubnetId"]])
            assert (each["Status"], each["RequesterManaged"]) == ("in-use", True)
            assert each["InterfaceType"] == ("api_gateway_managed" if use is vpc_link else "interface")
            assert [group["GroupId"] for group in each["Groups"]] == [it.group]
            assert each["Attachment"]["InstanceOwnerId"] == ("amazon-aws" if use is vpc_link else requester)
            assert each["Attachment"]["Status"] == "attached"
            assert "InstanceId" not in each["Attachment"]
            assert ("Association" in each) == (use is load_balancer)
            words = f"Network interface '{each['NetworkInterfaceId']}' is currently in use."
            delete = it.ec2("delete_network_interface", NetworkInterfaceId=each["NetworkInterfaceId"])
            await refused(delete, "InvalidParameterValue", words)
        await it.is_kept(public=use is load_balancer)
        before = {each["NetworkInterfaceId"]: each["PrivateIpAddress"] for each in found}
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        again = Network(cloud, it.vpc, it.gateway, it.subnets, it.group)
        found = await shown(again, requester_id=requester)
        assert {each["NetworkInterfaceId"]: each["PrivateIpAddress"] for each in found} == before
        it.cloud = cloud
        await stop_using()
        assert await shown(again, requester_id=requester) == []
        await again.goes()


async def test_an_interface_follows_its_balancer(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        await load_balancer(it)
        [first, second] = await shown(it, requester_id="amazon-elb")
        assert first["Association"]["IpOwnerId"] == "amazon-elb"
        assert first["Association"]["PublicIp"] != second["Association"]["PublicIp"]
        arn = (await cloud.call("elbv2", "describe_load_balancers"))["LoadBalancers"][0]["LoadBalancerArn"]
        assert first["Description"] == f"ELB {arn.partition(':loadbalancer/')[2]}"
        other = await it.ec2("create_security_group", GroupName="o", Description="o", VpcId=it.vpc)
        await cloud.call(
            "elbv2", "set_security_groups", LoadBalancerArn=arn, SecurityGroups=[it.group, other["GroupId"]]
        )
        groups = [{group["GroupId"] for group in each["Groups"]} for each in await shown(it, requester_id="amazon-elb")]
        assert groups == [{it.group, other["GroupId"]}] * 2


async def free_addresses(it: Network) -> list[int]:
    found = {
        each["SubnetId"]: each["AvailableIpAddressCount"] for each in (await it.ec2("describe_subnets"))["Subnets"]
    }
    return [found[subnet] for subnet in it.subnets]


@pytest.mark.parametrize(("use", "taken"), [(load_balancer, [1, 1]), (cache, [1, 0]), (vpc_link, [1, 1])])
async def test_a_service_takes_addresses_from_its_beginning_to_its_end(
    cloud_in: Any, tmp_path: Path, use: Start, taken: list[int]
) -> None:
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        before = await free_addresses(it)
        stop_using = await use(it)
        assert await free_addresses(it) == [free - own for free, own in zip(before, taken, strict=True)]
        await stop_using()
        assert await free_addresses(it) == before


async def test_nobody_gets_an_address_that_a_service_has(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        await load_balancer(it)
        await refused(
            it.ec2("create_network_interface", SubnetId=it.subnets[0], PrivateIpAddress="10.9.0.4"),
            "InvalidIPAddress.InUse",
            "Address 10.9.0.4 is in use.",
        )


async def test_services_beyond_a_subnets_addresses_do_not_hide_the_others(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        block = {"CidrBlock": "10.9.9.0/28", "AvailabilityZone": "us-west-1a", "VpcId": it.vpc}
        it.subnets = [(await it.ec2("create_subnet", **block))["Subnet"]["SubnetId"]]
        for _ in range(13):
            await vpc_link(it)
        assert await free_addresses(it) == [0]
        assert len(await shown(it, requester_id="amazon-apigateway")) == 11


async def test_databases_and_caches_are_in_the_first_zone_however_their_subnets_are_listed(
    cloud_in: Any, tmp_path: Path
) -> None:
    """Terraform lists the subnets of a group in an order by chance."""
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        subnet = it.subnets[0]
        it.subnets.reverse()
        await database(it, multi_az=False)
        await cache(it)
        instance = (await cloud.call("rds", "describe_db_instances"))["DBInstances"][0]
        assert instance["AvailabilityZone"] == ZONES[0]
        found = {each["Description"]: each["SubnetId"] for each in await shown(it)}
        assert found == {"RDSNetworkInterface": subnet, "ElastiCache c": subnet}


async def test_a_database_without_a_subnet_group_hides_no_subnet(cloud_in: Any, tmp_path: Path) -> None:
    """RDS restores a snapshot without one, unless the request names a group."""
    async with cloud_in(tmp_path, {"ec2": Interfaces}) as cloud:
        it = await network(cloud)
        await created(cloud, "d")
        found = (await it.ec2("describe_subnets", SubnetIds=it.subnets))["Subnets"]
        assert {each["SubnetId"] for each in found} == set(it.subnets)
        assert await shown(it) == []

"""VPC endpoints and NAT gateways: settings that are kept or refused, and interfaces with addresses of the subnet."""

import ipaddress
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

LOGS, ECR, S3 = (f"com.amazonaws.us-west-1.{name}" for name in ("logs", "ecr.api", "s3"))
SMALL = ipaddress.IPv4Network("10.0.1.0/28")


async def ec2(cloud: Any, operation: str, **parameters: Any) -> Any:
    return await cloud.call("ec2", operation, **parameters)


async def refused(call: Awaitable[Any], code: str, words: str) -> None:
    with pytest.raises(ClientError) as error:
        await call
    assert (error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]) == (code, words)


async def vpc_of(cloud: Any, *, with_names: bool = True) -> dict[str, Any]:
    """Return what CreateVpcEndpoint takes for an endpoint in a new VPC."""
    vpc = (await ec2(cloud, "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
    await ec2(cloud, "modify_vpc_attribute", VpcId=vpc, EnableDnsHostnames={"Value": with_names})
    return {"VpcId": vpc, "VpcEndpointType": "Interface", "ServiceName": LOGS}


async def subnet_of(cloud: Any, vpc: str, block: str) -> str:
    made = await ec2(cloud, "create_subnet", VpcId=vpc, CidrBlock=block)
    identifier: str = made["Subnet"]["SubnetId"]
    return identifier


async def described(cloud: Any, made: Any) -> dict[str, Any]:
    named = [made["VpcEndpoint"]["VpcEndpointId"]]
    endpoint: dict[str, Any] = (await ec2(cloud, "describe_vpc_endpoints", VpcEndpointIds=named))["VpcEndpoints"][0]
    return endpoint


async def interfaces(cloud: Any, **filters: str) -> list[dict[str, Any]]:
    listed = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    found: list[dict[str, Any]] = (await ec2(cloud, "describe_network_interfaces", Filters=listed))["NetworkInterfaces"]
    return found


async def test_an_endpoint_keeps_and_changes_its_settings(cloud_in: Any, tmp_path: Path) -> None:
    options = {"DnsRecordIpType": "ipv4", "PrivateDnsOnlyForInboundResolverEndpoint": False}
    async with cloud_in(tmp_path, {}) as cloud:
        request = await vpc_of(cloud)
        made = await ec2(cloud, "create_vpc_endpoint", **request)
        found = await described(cloud, made)
        assert (found["IpAddressType"], found["DnsOptions"], found["PrivateDnsEnabled"]) == ("ipv4", options, True)
        assert [each["GroupName"] for each in found["Groups"]] == ["default"]
        change = {"VpcEndpointId": found["VpcEndpointId"]}
        policy = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": "*"}})
        await ec2(
            cloud,
            "modify_vpc_endpoint",
            **change,
            PrivateDnsEnabled=False,
            IpAddressType="dualstack",
            DnsOptions={"DnsRecordIpType": "service-defined"},
            PolicyDocument=policy,
        )
    async with cloud_in(tmp_path, {}) as cloud:
        found = await described(cloud, made)
        assert (found["IpAddressType"], found["PrivateDnsEnabled"]) == ("dualstack", False)
        assert found["DnsOptions"] == options | {"DnsRecordIpType": "service-defined"}
        assert json.loads(found["PolicyDocument"]) == json.loads(policy)
        await ec2(cloud, "modify_vpc_endpoint", **change, ResetPolicy=True)
        statement = json.loads((await described(cloud, made))["PolicyDocument"])["Statement"][0]
        assert statement == {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
        gateway = await ec2(cloud, "create_vpc_endpoint", VpcId=request["VpcId"], ServiceName=S3)
        found = await described(cloud, gateway)
        assert (found["VpcEndpointType"], found["PrivateDnsEnabled"], found["Groups"]) == ("Gateway", False, [])


async def test_private_names_need_the_names_of_the_vpc_and_are_given_once(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        request = await vpc_of(cloud, with_names=False)
        words = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        words = f"{words} for {request['VpcId']}"
        await refused(ec2(cloud, "create_vpc_endpoint", **request), "InvalidParameter", words)
        made = await ec2(cloud, "create_vpc_endpoint", **request, PrivateDnsEnabled=False)
        change = {"VpcEndpointId": made["VpcEndpoint"]["VpcEndpointId"], "PrivateDnsEnabled": True}
        await refused(ec2(cloud, "modify_vpc_endpoint", **change), "InvalidParameter", words)
        await ec2(cloud, "modify_vpc_attribute", VpcId=request["VpcId"], EnableDnsHostnames={"Value": True})
        await ec2(cloud, "modify_vpc_endpoint", **change)
        words = (
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            f"logs.us-west-1.amazonaws.com in the VPC {request['VpcId']}"
        )
        await refused(ec2(cloud, "create_vpc_endpoint", **request), "InvalidParameter", words)
        await ec2(cloud, "delete_vpc_endpoints", VpcEndpointIds=[change["VpcEndpointId"]])
        await ec2(cloud, "create_vpc_endpoint", **request)


async def test_subnets_and_route_tables_go_with_the_type(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        request = await vpc_of(cloud)
        subnet = await subnet_of(cloud, request["VpcId"], str(SMALL))
        gateway = {"VpcId": request["VpcId"], "ServiceName": S3}
        words = "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
        await refused(ec2(cloud, "create_vpc_endpoint", **gateway, SubnetIds=[subnet]), "InvalidParameter", words)
        table = (await ec2(cloud, "create_route_table", VpcId=request["VpcId"]))["RouteTable"]["RouteTableId"]
        words = "Route table IDs are only supported for Gateway type VPC Endpoint."
        await refused(ec2(cloud, "create_vpc_endpoint", **request, RouteTableIds=[table]), "InvalidParameter", words)


async def test_an_endpoint_has_an_interface_in_each_of_its_subnets(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        request = await vpc_of(cloud)
        first, second = [await subnet_of(cloud, request["VpcId"], block) for block in (str(SMALL), "10.0.2.0/28")]
        group = await ec2(cloud, "create_security_group", GroupName="g", Description="g", VpcId=request["VpcId"])
        named = {"SubnetIds": [first], "SecurityGroupIds": [group["GroupId"]]}
        made = await ec2(cloud, "create_vpc_endpoint", **request, **named)
        endpoint = made["VpcEndpoint"]["VpcEndpointId"]
        [found] = await interfaces(cloud, interface_type="vpc_endpoint", status="in-use", requester_managed="true")
        assert found["Description"] == f"VPC Endpoint Interface {endpoint}"
        assert found["RequesterManaged"]
        assert [each["GroupId"] for each in found["Groups"]] == [group["GroupId"]]
        assert (found["Attachment"]["InstanceOwnerId"], found["Attachment"]["Status"]) == ("amazon-aws", "attached")
        assert found["NetworkInterfaceId"] in (await described(cloud, made))["NetworkInterfaceIds"]
        assert ipaddress.ip_address(found["PrivateIpAddress"]) in SMALL
        words = f"Network interface '{found['NetworkInterfaceId']}' is currently in use."
        delete = ec2(cloud, "delete_network_interface", NetworkInterfaceId=found["NetworkInterfaceId"])
        await refused(delete, "InvalidParameterValue", words)
        moved = {"VpcEndpointId": endpoint, "AddSubnetIds": [second], "RemoveSubnetIds": [first]}
        await ec2(cloud, "modify_vpc_endpoint", **moved)
        assert [each["SubnetId"] for each in await interfaces(cloud, interface_type="vpc_endpoint")] == [second]
        await ec2(cloud, "delete_subnet", SubnetId=first)
        await ec2(cloud, "delete_vpc_endpoints", VpcEndpointIds=[endpoint])
        assert await interfaces(cloud, interface_type="vpc_endpoint") == []


async def test_addresses_lie_in_their_subnet_and_are_given_once(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        request = await vpc_of(cloud)
        subnet = await subnet_of(cloud, request["VpcId"], str(SMALL))
        for service in (LOGS, ECR):
            await ec2(cloud, "create_vpc_endpoint", **request | {"ServiceName": service}, SubnetIds=[subnet])
        gateway = (await ec2(cloud, "create_nat_gateway", SubnetId=subnet, ConnectivityType="private"))["NatGateway"]
        await ec2(cloud, "run_instances", ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)
        for _ in range(7):
            await ec2(cloud, "create_network_interface", SubnetId=subnet)
        found = await interfaces(cloud, subnet_id=subnet)
        addresses = [ipaddress.IPv4Address(each["PrivateIpAddress"]) for each in found]
        assert sorted(addresses) == list(SMALL.hosts())[3:]
        [nat] = await interfaces(cloud, interface_type="nat_gateway")
        assert gateway["NatGatewayAddresses"][0]["PrivateIp"] == nat["PrivateIpAddress"]
        assert (nat["Description"], nat["Groups"]) == (f"Interface for NAT Gateway {gateway['NatGatewayId']}", [])
        assert (nat["SourceDestCheck"], nat["Status"]) == (False, "in-use")
        words = "The specified subnet does not have enough free addresses to satisfy the request."
        one_more = ec2(cloud, "create_network_interface", SubnetId=subnet)
        await refused(one_more, "InsufficientFreeAddressesInSubnet", words)
        await ec2(cloud, "delete_nat_gateway", NatGatewayId=gateway["NatGatewayId"])
        wanted = {"SubnetId": subnet, "PrivateIpAddress": nat["PrivateIpAddress"]}
        await ec2(cloud, "create_network_interface", **wanted)
        words = f"Address {nat['PrivateIpAddress']} is in use."
        await refused(ec2(cloud, "create_network_interface", **wanted), "InvalidIPAddress.InUse", words)
        words = "Address does not fall within the subnet's address range"
        outside = ec2(cloud, "create_network_interface", SubnetId=subnet, PrivateIpAddress="10.0.9.9")
        await refused(outside, "InvalidParameterValue", words)
        words = "Value (10.0.1) for parameter address is invalid. Invalid IPv4 address."
        unreadable = ec2(cloud, "create_network_interface", SubnetId=subnet, PrivateIpAddress="10.0.1")
        await refused(unreadable, "InvalidParameterValue", words)

"""The stand-in applies VPCs with their routes, gateways and endpoints."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("network.tf").read_text()


async def test_a_network_is_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    state = await workspace.state()
    association = state['aws_route_table_association.public["a"]']["id"]

    changed = (
        WORLD.replace("enable_dns_hostnames = true", "enable_dns_hostnames = false")
        .replace('{ Name = "closed" }', '{ Name = "shut" }')
        .replace("map_public_ip_on_launch = false", "map_public_ip_on_launch = true")
        .replace('{ Name = "loose" }', '{ Name = "loose" }\n  vpc_id = aws_vpc.ipv6.id')
        .replace("= aws_route_table.public.id\n  subnet_id", "= aws_route_table.other.id\n  subnet_id")
        .replace("nat_gateway_id = aws_nat_gateway.private.id", "gateway_id = aws_internet_gateway.this.id")
        .replace("nat_gateway_id         = aws_nat_gateway.this.id", "nat_gateway_id = aws_nat_gateway.private.id")
    )
    assert await workspace.changes(changed) == {
        "aws_default_security_group.this": ["update"],
        "aws_internet_gateway.loose": ["update"],
        "aws_route.nat": ["update"],
        "aws_route_table.inline": ["update"],
        'aws_route_table_association.public["a"]': ["update"],
        'aws_route_table_association.public["b"]': ["update"],
        'aws_subnet.public["a"]': ["update"],
        'aws_subnet.public["b"]': ["update"],
        "aws_vpc.this": ["update"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    assert (await workspace.state())['aws_route_table_association.public["a"]']["id"] != association
    table = state["aws_route_table.inline"]["id"]
    found = await cloud.call("ec2", "describe_route_tables", RouteTableIds=[table])
    targets = {each["DestinationCidrBlock"]: each for each in found["RouteTables"][0]["Routes"]}
    assert targets["192.168.0.0/16"]["GatewayId"] == state["aws_internet_gateway.this"]["id"]

    await workspace.destroy()
    for operation, key in (
        ("describe_addresses", "Addresses"),
        ("describe_internet_gateways", "InternetGateways"),
        ("describe_network_interfaces", "NetworkInterfaces"),
    ):
        assert (await cloud.call("ec2", operation))[key] == []
    left = await cloud.call("ec2", "describe_vpcs")
    assert [each["VpcId"] for each in left["Vpcs"] if not each["IsDefault"]] == []


@pytest.mark.full
async def test_a_network_changed_outside_terraform_is_restored_and_imported(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    state = await workspace.state()
    ids = {address: each["id"] for address, each in state.items()}
    table = ids["aws_route_table.public"]
    await cloud.call("ec2", "delete_route", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    association = ids['aws_route_table_association.public["b"]']
    await cloud.call("ec2", "disassociate_route_table", AssociationId=association)
    hostnames = {"EnableDnsHostnames": {"Value": False}}
    await cloud.call("ec2", "modify_vpc_attribute", VpcId=ids["aws_vpc.this"], **hostnames)
    assert await workspace.changes() == {
        "aws_route.internet": ["create"],
        'aws_route_table_association.public["b"]': ["create"],
        "aws_vpc.this": ["update"],
    }
    await workspace.apply()

    subnet = ids['aws_subnet.public["a"]']
    by_id = ("aws_vpc.ipv6", "aws_subnet.ipv6", "aws_internet_gateway.this", "aws_eip.nat", "aws_nat_gateway.this")
    own_forms = {
        "aws_route.internet": f"{table}_0.0.0.0/0",
        'aws_route_table_association.public["a"]': f"{subnet}/{table}",
    }
    adopted = ("aws_route_table.other", "aws_default_security_group.ipv6")
    for address, name in ({each: ids[each] for each in (*by_id, *adopted)} | own_forms).items():
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, name)
    assert await workspace.changes() == {}
    refused = await workspace.fail("import", 'aws_route_table_association.public["a"]', table)
    assert "Unexpected format for import: rtb-" in refused


WRONG = {
    'resource "aws_vpc" "a" {\n  ipv4_ipam_pool_id = "ipam-pool-1"\n}': "the local cloud has no IPAM",
    'resource "aws_route" "a" {\n  route_table_id = "rtb-1"\n  destination_cidr_block = "0.0.0.0/0"\n}': (
        "one of `carrier_gateway_id,core_network_arn"
    ),
    'resource "aws_route_table_association" "a" {\n  route_table_id = "rtb-1"\n}': "must be specified",
    'resource "aws_eip" "a" {\n  public_ipv4_pool = "ipv4pool-ec2-1"\n}': "does not support this for addresses",
    'resource "aws_nat_gateway" "a" {\n  subnet_id = "subnet-1"\n  private_ip = "10.0.0.9"\n}': "choose their address",
}


@pytest.mark.full
@pytest.mark.parametrize(("hcl", "words"), WRONG.items())
async def test_wrong_values_are_refused(workspace: Workspace, hcl: str, words: str) -> None:
    workspace.write(hcl)
    assert words in await workspace.fail("validate")

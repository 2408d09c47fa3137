"""The local network: VPC, subnets, and security groups that define who reaches whom."""

from typing import Any

from ops.aws.clients import Aws, error_code

VPC_CIDR = "10.1.0.0/16"
SUBNETS = {"a": "10.1.1.0/24", "b": "10.1.2.0/24"}
# HTTP, PostgreSQL, Redis: the port of each group, and the group that may reach it.
INGRESS = {"alb": (80, None), "ecs": (8000, "alb"), "rds": (5432, "ecs"), "redis": (6379, "ecs")}


def ensure_network(aws: Aws) -> tuple[str, tuple[str, ...]]:
    """Make the VPC and its subnets. EC2 DescribeVpcs, CreateVpc, DescribeSubnets, CreateSubnet."""
    name = aws.environment.prefix
    vpcs = aws.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
    vpc = vpcs[0] if vpcs else aws.ec2.create_vpc(CidrBlock=VPC_CIDR, TagSpecifications=named("vpc", name))["Vpc"]
    found = aws.ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    by_cidr = {subnet["CidrBlock"]: subnet for subnet in found}
    zones = [zone["ZoneName"] for zone in aws.ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = []
    for position, (letter, cidr) in enumerate(SUBNETS.items()):
        subnet = (
            by_cidr.get(cidr)
            or (
                aws.ec2.create_subnet(
                    VpcId=vpc["VpcId"],
                    CidrBlock=cidr,
                    AvailabilityZone=zones[position % len(zones)],
                    TagSpecifications=named("subnet", f"{name}-{letter}"),
                )["Subnet"]
            )
        )
        subnets.append(subnet["SubnetId"])
    return vpc["VpcId"], tuple(subnets)


def ensure_security_groups(aws: Aws, vpc: str) -> dict[str, str]:
    """Make the security groups. EC2 DescribeSecurityGroups, CreateSecurityGroup, AuthorizeSecurityGroupIngress."""
    found = aws.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    ids = {group["GroupName"]: group["GroupId"] for group in found}
    groups: dict[str, str] = {}
    for part, (port, source) in INGRESS.items():
        name = f"{aws.environment.prefix}-{part}"
        if name not in ids:
            created = aws.ec2.create_security_group(
                GroupName=name,
                Description=f"SpendSense {part}",
                VpcId=vpc,
                TagSpecifications=named("security-group", name),
            )
            ids[name] = created["GroupId"]
        groups[part] = ids[name]
        admitted = (
            {"UserIdGroupPairs": [{"GroupId": groups[source]}]} if source else {"IpRanges": [{"CidrIp": "127.0.0.0/8"}]}
        )
        allow(aws, groups[part], {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **admitted})
    return groups


def allow(aws: Aws, group: str, permission: dict[str, Any]) -> None:
    try:
        aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    except aws.ec2.exceptions.ClientError as exc:
        if error_code(exc) != "InvalidPermission.Duplicate":
            raise


def named(resource: str, name: str) -> list[dict[str, Any]]:
    """Return the specification that tags a new EC2 resource with its name."""
    return [{"ResourceType": resource, "Tags": [{"Key": "Name", "Value": name}]}]

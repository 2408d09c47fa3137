"""A whole local cloud in a process of its own, with a network for load balancers and tasks."""

import json
from collections.abc import Mapping

from localcloud.elb.certificates import LocalCertificates
from tests.integration.localcloud.ecs.daemon import OF_THE_EXECUTION, Daemon
from tests.integration.terraform_provider.workspace import Workspace
from tests.ports import free_port

VARIABLES = (
    "vpc",
    "subnet_a",
    "subnet_b",
    "security_group",
    "role",
    "key",
    "certificate",
    "zone",
    "logs_bucket",
    "port",
    "redirect_port",
    "secure_port",
)

NOBODYS = {
    "vpc": "vpc-0123456789abcdef0",
    "subnet_a": "subnet-0123456789abcdef0",
    "subnet_b": "subnet-0123456789abcdef1",
    "security_group": "sg-0123456789abcdef0",
    "role": "arn:aws:iam::123456789012:role/task",
    "key": "arn:aws:kms:us-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    "certificate": "arn:aws:acm:us-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
    "zone": "Z0123456789ABCDEFGHIJ",
    "logs_bucket": "access-logs",
    "port": "8001",
    "redirect_port": "8002",
    "secure_port": "8003",
}
"""Values of the right form for what nobody has made."""


def variables(daemon: Daemon) -> dict[str, str]:
    """Make the network, a role and a key, and return what names them in Terraform's code."""
    ec2 = daemon.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-west-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet["SubnetId"])
    role = daemon.role("task", ["ecs-tasks.amazonaws.com", "monitoring.rds.amazonaws.com"], *OF_THE_EXECUTION)
    return {
        "vpc": vpc,
        "subnet_a": subnets[0]["SubnetId"],
        "subnet_b": subnets[1]["SubnetId"],
        "security_group": ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"],
        "role": role,
        "key": daemon.client("kms").create_key()["KeyMetadata"]["Arn"],
        "certificate": _certificate(daemon),
        "zone": daemon.client("route53")
        .create_hosted_zone(Name="example.com", CallerReference="zone")["HostedZone"]["Id"]
        .removeprefix("/hostedzone/"),
        "logs_bucket": _logs_bucket(daemon),
        **{name: str(free_port()) for name in VARIABLES if name.endswith("port")},
    }


def _certificate(daemon: Daemon) -> str:
    certificate, key = LocalCertificates(daemon.directory.with_name(f"{daemon.directory.name}-certificate")).pair(
        ["a.example.com"]
    )
    imported = daemon.client("acm").import_certificate(Certificate=certificate.encode(), PrivateKey=key.encode())
    return str(imported["CertificateArn"])


def _logs_bucket(daemon: Daemon) -> str:
    """Make a bucket to which load balancers may write."""
    s3, name = daemon.client("s3"), "access-logs"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [delivery]}))
    return name


def declare(workspace: Workspace, values: Mapping[str, str]) -> None:
    """Let the code of a workspace use them as var.NAME."""
    declared = "".join(f'variable "{name}" {{\n  type = string\n}}\n' for name in VARIABLES)
    (workspace.directory / "variables.tf").write_text(declared)
    (workspace.directory / "terraform.tfvars.json").write_text(json.dumps(dict(values)))

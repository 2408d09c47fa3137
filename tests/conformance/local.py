"""Starts the local cloud for the cases: the only file here that knows it."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.cloud import Settings
from tests.integration.localcloud.ecs.daemon import Daemon, push_image, start
from tests.ports import free_port

SPEED = 30.0
HOOKS = {"succeed": '{"hookStatus": "SUCCEEDED"}', "fail": '{"hookStatus": "FAILED"}'}
ACCOUNT = "123456789012"


@contextlib.contextmanager
def local_cloud(directory: Path) -> Iterator[Settings]:
    """Run a local cloud below `directory` while the context is open, with an image, two subnets and a log group."""
    daemon = start(directory / "data", speed=SPEED)
    try:
        yield _settings(daemon)
    finally:
        assert daemon.stop() == 0


def _settings(daemon: Daemon) -> Settings:
    image = push_image(daemon, "conformance", path=f"{Path(sys.executable).parent}:/usr/bin:/bin")
    ec2 = daemon.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{index}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for index, zone in enumerate(zones[:2])
    ]
    group = ec2.create_security_group(GroupName="conformance", Description="tasks", VpcId=vpc)["GroupId"]
    daemon.client("logs").create_log_group(logGroupName="/conformance")
    functions = daemon.directory / "lambda"
    functions.mkdir()
    for name, answer in HOOKS.items():
        program = functions / name
        program.write_text(f"#!/bin/sh\ncat > /dev/null\necho '{answer}'\n")
        program.chmod(0o755)
    return Settings(
        endpoint=daemon.endpoint["endpoint"],
        region=daemon.endpoint["region"],
        vpc=vpc,
        subnets=subnets,
        task_groups=[group],
        image=image,
        speed=SPEED,
        execution_role=daemon.execution_role(),
        infrastructure_role=daemon.role("infrastructure", ["ecs.amazonaws.com"], "elasticloadbalancing:ModifyRule"),
        hook_function=f"arn:aws:lambda:{daemon.endpoint['region']}:{ACCOUNT}:function:succeed",
        hook_role=f"arn:aws:iam::{ACCOUNT}:role/hooks",
        log_group="/conformance",
        credentials={"aws_access_key_id": "test", "aws_secret_access_key": "test"},
        free_port=free_port,
    )

"""ECS refuses networks that do not exist, in its own words."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Shell, start

NO_SUBNET = r"The subnet ID 'subnet-0badbadbadbadbad0' does not exist \(ErrorCode: InvalidSubnetID.NotFound\)"
NO_GROUP = (
    r"Error retrieving security group information for \[sg-0badbadbadbadbad0\]: The security group "
    r"'sg-0badbadbadbadbad0' does not exist \(ErrorCode: InvalidGroup.NotFound\)"
)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    daemon = start(tmp_path_factory.mktemp("cloud") / "data")
    try:
        yield Shell(daemon)
    finally:
        assert daemon.stop() == 0


def test_a_network_that_does_not_exist_is_refused_for_tasks_and_services(shell: Shell) -> None:
    (subnet,) = shell.daemon.network["awsvpcConfiguration"]["subnets"]
    task = {"cluster": "c", "taskDefinition": shell.register({"command": ["true"]}), "launchType": "FARGATE"}
    service = {**task, "serviceName": "s", "desiredCount": 0}
    update = {"cluster": "c", "service": "s"}
    good = {"awsvpcConfiguration": {"subnets": [subnet]}}
    shell.ecs.create_service(**service, networkConfiguration=good)
    for network, refusal in (
        ([subnet, "subnet-0badbadbadbadbad0"], rf"\[{subnet}, subnet-0badbadbadbadbad0\]: {NO_SUBNET}"),
        (["subnet-0badbadbadbadbad0"], rf"information for \[subnet-0badbadbadbadbad0\]: {NO_SUBNET}"),
    ):
        for call, request in calls(shell, task, service, update):
            with pytest.raises(ClientError, match=refusal) as refused:
                call(**request, networkConfiguration={"awsvpcConfiguration": {"subnets": network}})
            assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    unknown = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": ["sg-0badbadbadbadbad0"]}}
    for call, request in calls(shell, task, service, update):
        with pytest.raises(ClientError, match=NO_GROUP):
            call(**request, networkConfiguration=unknown)
    (described,) = shell.ecs.describe_services(cluster="c", services=["s"])["services"]
    assert described["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == [subnet]


def calls(shell: Shell, task: Any, service: Any, update: Any) -> list[tuple[Any, Any]]:
    """Return each operation with a network configuration, and the rest of its request."""
    return [
        (shell.ecs.run_task, task),
        (shell.ecs.create_service, {**service, "serviceName": "other"}),
        (shell.ecs.update_service, update),
    ]


def test_a_subnet_that_was_deleted_is_refused(shell: Shell) -> None:
    ec2 = shell.daemon.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]
    ec2.delete_subnet(SubnetId=subnet)
    definition = shell.register({"command": ["true"]}, family="deleted")
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    with pytest.raises(ClientError, match=f"The subnet ID '{subnet}' does not exist"):
        shell.ecs.run_task(cluster="c", taskDefinition=definition, launchType="FARGATE", networkConfiguration=network)


def test_a_malformed_network_is_refused_by_its_form(shell: Shell) -> None:
    definition = shell.register({"command": ["true"]}, family="malformed")
    with pytest.raises(ClientError, match=r"subnets cannot be empty"):
        shell.ecs.run_task(
            cluster="c",
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": []}},
        )

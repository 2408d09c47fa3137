"""A service-linked role in use stays: its deletion is accepted, and the task fails with the resources."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.moto_only.iam.linked_role_deletions import LinkedRoleDeletions

CLUSTER = "arn:aws:ecs:us-west-1:123456789012:cluster/c"
RDS, ECS, ELB = "AWSServiceRoleForRDS", "AWSServiceRoleForECS", "AWSServiceRoleForElasticLoadBalancing"


class Deletions(LinkedRoleDeletions):
    """The overlay as a part, as the fixture wants it."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def deleted(cloud: Any, role: str) -> Any:
    """Delete a role; return the task's id and its status."""
    task = (await cloud.call("iam", "delete_service_linked_role", RoleName=role))["DeletionTaskId"]
    return task, await cloud.call("iam", "get_service_linked_role_deletion_status", DeletionTaskId=task)


async def test_a_role_in_use_stays_and_goes_with_its_last_resource(cloud_in: Any, tmp_path: Path) -> None:
    clusters = [CLUSTER]
    async with cloud_in(tmp_path, {"iam": partial(Deletions, of_ecs=lambda: clusters)}) as cloud:
        for service in ("rds", "ecs", "elasticloadbalancing"):
            await cloud.call("iam", "create_service_linked_role", AWSServiceName=f"{service}.amazonaws.com")
        subnets = [each["SubnetId"] for each in (await cloud.call("ec2", "describe_subnets"))["Subnets"]]
        balancer = await cloud.call("elbv2", "create_load_balancer", Name="lb", Subnets=subnets)
        arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]

        task, status = await deleted(cloud, RDS)
        assert task.startswith(f"task/aws-service-role/rds.amazonaws.com/{RDS}/")
        assert status["Status"] == "SUCCEEDED"
        with pytest.raises(ClientError, match="NoSuchEntity"):
            await cloud.call("iam", "get_role", RoleName=RDS)

        for role, used in ((ECS, CLUSTER), (ELB, arn)):
            _, status = await deleted(cloud, role)
            assert status["Status"] == "FAILED"
            assert status["Reason"]["RoleUsageList"] == [{"Region": "us-west-1", "Resources": [used]}]
            await cloud.call("iam", "get_role", RoleName=role)
        clusters.clear()
        await cloud.call("elbv2", "delete_load_balancer", LoadBalancerArn=arn)
        for role in (ECS, ELB):
            assert (await deleted(cloud, role))[1]["Status"] == "SUCCEEDED"


async def test_what_does_not_exist_has_no_task(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"iam": partial(Deletions, of_ecs=list)}) as cloud:
        with pytest.raises(ClientError, match="NoSuchEntity"):
            await cloud.call("iam", "delete_service_linked_role", RoleName=RDS)
        with pytest.raises(ClientError, match="NoSuchEntity"):
            await cloud.call("iam", "get_service_linked_role_deletion_status", DeletionTaskId="task/aws-service-role/a")

"""aws_default_security_group."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.resources.ec2 import _tags
from terraform_provider.resources.ec2.security_group import DIRECTIONS, SecurityGroup, change_rules, described
from terraform_provider.values.unknown import State


@resource("aws_default_security_group")
class DefaultSecurityGroup(SecurityGroup):
    """A VPC's default group: adopted instead of created, and kept when it is removed from the code."""

    noun = "Default Security Group"
    title = "vpc_id"

    def create(self, aws: Aws, planned: State) -> str:
        ec2 = aws.client("ec2")
        vpc_id = planned["vpc_id"] or _default_vpc(ec2)
        filters = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc_id]}]
        found = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        if not found:
            raise ProviderError(f"no default security group in {vpc_id}", "Check the VPC's id.", ("vpc_id",))
        return str(found[0]["GroupId"])

    def complete(self, aws: Aws, state: State) -> None:
        had = {"tags_all": tags.as_dict(described(aws, state["id"]).get("Tags"))}
        _tags.change(aws, state["id"], had, state)
        for direction in DIRECTIONS:
            change_rules(aws, state["id"], direction, state[direction] or [])

    def delete(self, aws: Aws, state: State) -> None:
        """Remove it from the state only: EC2 deletes the group with its VPC."""


def _default_vpc(ec2: Any) -> str:
    found = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not found:
        raise ProviderError("no default VPC", "Name the VPC whose default group is meant.", ("vpc_id",))
    return str(found[0]["VpcId"])

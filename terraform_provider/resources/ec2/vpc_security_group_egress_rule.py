"""aws_vpc_security_group_egress_rule."""

from terraform_provider.framework.registry import resource
from terraform_provider.resources.ec2._group_rule import GroupRule


@resource("aws_vpc_security_group_egress_rule")
class EgressRule(GroupRule):
    noun = "VPC Security Group Egress Rule"
    direction = "egress"

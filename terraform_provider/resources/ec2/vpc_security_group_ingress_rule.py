"""aws_vpc_security_group_ingress_rule."""

from terraform_provider.framework.registry import resource
from terraform_provider.resources.ec2._group_rule import GroupRule


@resource("aws_vpc_security_group_ingress_rule")
class IngressRule(GroupRule):
    noun = "VPC Security Group Ingress Rule"
    direction = "ingress"

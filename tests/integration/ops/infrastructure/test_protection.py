"""A destroy does not begin if AWS would refuse to delete something."""

import pytest

from ops.aws.clients import Aws
from ops.errors import Misuse
from ops.infrastructure.destroy import refuse_protected
from ops.infrastructure.protection import ENABLED


def test_protected_parts_of_the_environment_are_named(aws: Aws) -> None:
    where = aws.environment
    refuse_protected(aws)  # there is nothing
    for name, is_protected in ((where.prefix, True), ("another", True)):
        aws.rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            DeletionProtection=is_protected,
        )
    subnets = aws.ec2.describe_subnets()["Subnets"][:2]
    balancer = aws.elbv2.create_load_balancer(Name=where.load_balancer, Subnets=[each["SubnetId"] for each in subnets])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    with pytest.raises(Misuse, match=f"nothing was destroyed: the database {where.prefix} is protected"):
        refuse_protected(aws)
    protection = [{"Key": ENABLED, "Value": "true"}]
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protection)
    with pytest.raises(Misuse, match=f"{where.prefix} and the load balancer {where.load_balancer} are protected"):
        refuse_protected(aws)

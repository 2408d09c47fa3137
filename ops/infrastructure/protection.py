"""Finds protected resources before a destroy, which would otherwise fail after deleting everything else."""

from collections.abc import Iterator

from ops.aws.clients import Aws
from ops.aws.stores import find_instance

ENABLED = "deletion_protection.enabled"


def protected(aws: Aws) -> Iterator[str]:
    """Yield the environment's database and load balancer where AWS refuses to delete them.

    RDS DescribeDBInstances; ELB DescribeLoadBalancers, DescribeLoadBalancerAttributes.
    """
    where = aws.environment
    database = find_instance(aws, where.prefix)
    if database is not None and database["DeletionProtection"]:
        yield f"the database {where.prefix}"
    balancers = aws.elbv2.get_paginator("describe_load_balancers").paginate()
    for each in balancers.build_full_result()["LoadBalancers"]:
        if each["LoadBalancerName"] != where.load_balancer:
            continue
        response = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=each["LoadBalancerArn"])
        if {"Key": ENABLED, "Value": "true"} in response["Attributes"]:
            yield f"the load balancer {where.load_balancer}"

"""aws_lbs."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State

AT_ONCE = 20
"""How many ARNs DescribeTags takes."""


@data_source("aws_lbs")
def lbs(aws: Aws, config: State) -> State:
    """List the load balancers that have all of the tags."""
    elb, wanted = aws.client("elbv2"), config["tags"] or {}
    pages = elb.get_paginator("describe_load_balancers").paginate()
    arns = [each["LoadBalancerArn"] for page in pages for each in page["LoadBalancers"]]
    if wanted:
        described = [
            each
            for first in range(0, len(arns), AT_ONCE)
            for each in elb.describe_tags(ResourceArns=arns[first : first + AT_ONCE])["TagDescriptions"]
        ]
        arns = [each["ResourceArn"] for each in described if wanted.items() <= tags.as_dict(each["Tags"]).items()]
    return {"id": aws.region, "arns": arns}

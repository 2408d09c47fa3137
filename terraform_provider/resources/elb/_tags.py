"""Tags of load balancers, target groups, listeners and rules."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.values.unknown import State


def created_with(planned: State) -> dict[str, Any]:
    """Return the argument of a creation; none without tags, as ELB refuses an empty list."""
    return {"Tags": tags.as_list(planned["tags_all"])} if planned["tags_all"] else {}


def of(aws: Aws, arn: str) -> dict[str, str]:
    return tags.as_dict(aws.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"])


def change(aws: Aws, prior: State, planned: State) -> None:
    elb, named = aws.client("elbv2"), [prior["id"]]
    tags.change(
        prior,
        planned,
        untag=lambda keys: elb.remove_tags(ResourceArns=named, TagKeys=keys),
        tag=lambda added: elb.add_tags(ResourceArns=named, Tags=tags.as_list(added)),
    )

"""Tags of EC2's resources: one pair of calls for all kinds."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.values.unknown import State


def specified(kind: str, planned: State) -> dict[str, Any]:
    """Return the part of a creation's request that gives a new resource of a kind ("vpc") its tags."""
    listed = tags.as_list(planned["tags_all"])
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": listed}]} if listed else {}


def change(aws: Aws, resource_id: str, prior: State, planned: State) -> None:
    """Set a resource's tags to the plan's."""
    ec2, named = aws.client("ec2"), [resource_id]
    tags.change(
        prior,
        planned,
        untag=lambda keys: ec2.delete_tags(Resources=named, Tags=[{"Key": key} for key in keys]),
        tag=lambda added: ec2.create_tags(Resources=named, Tags=tags.as_list(added)),
    )

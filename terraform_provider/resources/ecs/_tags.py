"""Tags of clusters, services and task definitions, whose keys ECS writes in lower case."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.values.unknown import State


def as_list(wanted: dict[str, str] | None) -> list[dict[str, str]]:
    return tags.as_list(wanted, "key", "value")


def as_dict(found: list[dict[str, str]] | None) -> dict[str, str]:
    return tags.as_dict(found, "key", "value")


def change(aws: Aws, arn: str, prior: State, planned: State) -> None:
    ecs = aws.client("ecs")
    tags.change(
        prior,
        planned,
        untag=lambda keys: ecs.untag_resource(resourceArn=arn, tagKeys=keys),
        tag=lambda added: ecs.tag_resource(resourceArn=arn, tags=as_list(added)),
    )

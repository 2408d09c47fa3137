"""Tags as RDS and ElastiCache take them: by the ARN, in three operations of the same names."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.values.unknown import State


def of(aws: Aws, service: str, arn: str) -> dict[str, str]:
    return tags.as_dict(aws.client(service).list_tags_for_resource(ResourceName=arn)["TagList"])


def change(aws: Aws, service: str, prior: State, planned: State) -> None:
    client, arn = aws.client(service), prior["arn"]
    tags.change(
        prior,
        planned,
        untag=lambda keys: client.remove_tags_from_resource(ResourceName=arn, TagKeys=keys),
        tag=lambda added: client.add_tags_to_resource(ResourceName=arn, Tags=tags.as_list(added)),
    )

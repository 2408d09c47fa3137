"""Tags of AWS Backup's resources."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.values.unknown import State


def of(aws: Aws, arn: str) -> dict[str, str]:
    """Return a resource's tags; botocore has no paginator for them."""
    found: dict[str, str] = {}
    request = {"ResourceArn": arn}
    while True:
        page = aws.client("backup").list_tags(**request)
        found |= page.get("Tags", {})
        if not page.get("NextToken"):
            return found
        request["NextToken"] = page["NextToken"]


def change(aws: Aws, arn: str, prior: State, planned: State) -> None:
    """Set a resource's tags to the plan's."""
    backup = aws.client("backup")
    tags.change(
        prior,
        planned,
        untag=lambda keys: backup.untag_resource(ResourceArn=arn, TagKeyList=keys),
        tag=lambda added: backup.tag_resource(ResourceArn=arn, Tags=added),
    )

"""What exists, as far as it has tags: one list for all services."""

from collections.abc import Iterable, Mapping

from ops.aws.clients import Aws


def arns(aws: Aws, regions: Iterable[str]) -> frozenset[str]:
    """Return the ARNs of all tagged resources in some regions. Resource Groups Tagging API GetResources."""
    return frozenset(tags(aws, regions))


def tags(aws: Aws, regions: Iterable[str], **having: str) -> Mapping[str, Mapping[str, str]]:
    """Return by ARN the tags of all resources in some regions that have these tags. GetResources."""
    wanted = [{"Key": key, "Values": [value]} for key, value in having.items()]
    found: dict[str, Mapping[str, str]] = {}
    for region in sorted(regions):
        for page in aws.tagging(region).get_paginator("get_resources").paginate(TagFilters=wanted):
            for each in page["ResourceTagMappingList"]:
                found[each["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
    return found

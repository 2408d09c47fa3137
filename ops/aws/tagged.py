"""What exists, as far as it has tags: one list for all services."""

from collections.abc import Iterable, Mapping

from ops.aws.clients import Aws

REGION_OF_GLOBAL = "us-east-1"
"""Where GetResources lists what has no region: policies, identity providers, hosted zones, budgets."""


def arns(aws: Aws, regions: Iterable[str]) -> frozenset[str]:
    """Return the ARNs of all tagged resources in some regions and without one. GetResources, as `tags`."""
    return frozenset(tags(aws, regions))


def tags(aws: Aws, regions: Iterable[str], **having: str) -> Mapping[str, Mapping[str, str]]:
    """Return by ARN the tags of all resources that have these tags, in some regions and without a region.

    Resource Groups Tagging API GetResources.
    """
    wanted = [{"Key": key, "Values": [value]} for key, value in having.items()]
    found: dict[str, Mapping[str, str]] = {}
    for region in sorted({*regions, REGION_OF_GLOBAL}):
        for page in aws.tagging(region).get_paginator("get_resources").paginate(TagFilters=wanted):
            for each in page["ResourceTagMappingList"]:
                found[each["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
    return found

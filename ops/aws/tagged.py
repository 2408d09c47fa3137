"""All tagged resources: one list for all services."""

from collections.abc import Iterable, Iterator, Mapping

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
    found: dict[str, Mapping[str, str]] = {}
    for region in sorted({*regions, REGION_OF_GLOBAL}):
        found.update(tags_in(aws, region, **having))
    return found


def tags_in(aws: Aws, region: str, **having: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the ARN and the tags of each resource of one region that has these tags."""
    wanted = [{"Key": key, "Values": [value]} for key, value in having.items()]
    for page in aws.tagging(region).get_paginator("get_resources").paginate(TagFilters=wanted):
        for each in page["ResourceTagMappingList"]:
            yield each["ResourceARN"], {tag["Key"]: tag["Value"] for tag in each["Tags"]}

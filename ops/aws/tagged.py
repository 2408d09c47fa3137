"""What exists, as far as it has tags: one list for all services."""

from collections.abc import Iterable

from ops.aws.clients import Aws


def arns(aws: Aws, regions: Iterable[str]) -> frozenset[str]:
    """Return the ARNs of all tagged resources in some regions. Resource Groups Tagging API GetResources."""
    found: set[str] = set()
    for region in sorted(regions):
        for page in aws.tagging(region).get_paginator("get_resources").paginate():
            found.update(each["ResourceARN"] for each in page["ResourceTagMappingList"])
    return frozenset(found)

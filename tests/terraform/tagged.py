"""Finds tagged resources of a Terraform state that the Resource Groups Tagging API lists otherwise, or not at all."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Client = Callable[[str, str], Any]
"""By service and region."""
NOT_LISTED = {"aws_iam_role", "aws_iam_service_linked_role"}
"""Types that AWS's GetResources does not know."""
WITHOUT_ARN = {"aws_nat_gateway": "arn:aws:ec2:us-west-1:123456789012:natgateway/{id}"}
REGION_OF_GLOBAL = "us-east-1"


def unlisted(client: Client, state: Path) -> list[str]:
    """Return a line for each resource whose tags are another's, or are not to be found."""
    wanted = list(_tagged(state))
    assert len({kind for kind, _, _, _ in wanted}) > 20, "the state should have many types with tags"
    there = {region: _listed(client, region) for region in {region for _, region, _, _ in wanted}}
    return [
        f"{kind} {arn}: {there[region].get(arn)}, should be {tags}"
        for kind, region, arn, tags in wanted
        if there[region].get(arn) != tags
    ]


def _tagged(state: Path) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield type, region, ARN and tags."""
    for resource in json.loads(state.read_text())["resources"]:
        if resource["mode"] != "managed" or resource["type"] in NOT_LISTED:
            continue
        for each in resource["instances"]:
            found = each["attributes"]
            if tags := found.get("tags_all"):
                arn = found.get("arn") or WITHOUT_ARN.get(resource["type"], "{id}").format(**found)
                region = arn.split(":")[3] or found.get("region") or REGION_OF_GLOBAL
                yield resource["type"], region, arn, tags


def _listed(client: Client, region: str) -> dict[str, dict[str, str]]:
    pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate()
    return {
        each["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        for page in pages
        for each in page["ResourceTagMappingList"]
    }

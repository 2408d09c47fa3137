"""aws_resourcegroupstaggingapi_resources."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_resourcegroupstaggingapi_resources")
def resources(aws: Aws, config: State) -> State:
    """List the resources that have, or had, tags: those with the requested types, ARNs and tags."""
    request: dict[str, Any] = {}
    if config["include_compliance_details"]:
        request["IncludeComplianceDetails"] = True
    if config["exclude_compliant_resources"]:
        request["ExcludeCompliantResources"] = True
    if config["resource_arn_list"]:
        request["ResourceARNList"] = config["resource_arn_list"]
    if config["resource_type_filters"]:
        request["ResourceTypeFilters"] = config["resource_type_filters"]
    if config["tag_filter"]:
        request["TagFilters"] = [
            {"Key": each["key"]} | ({"Values": each["values"]} if each["values"] else {})
            for each in config["tag_filter"]
        ]
    pages = aws.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(**request)
    found = [each for page in pages for each in page["ResourceTagMappingList"]]
    return {"id": aws.partition, "resource_tag_mapping_list": [_mapping(each) for each in found]}


def _mapping(found: Mapping[str, Any]) -> State:
    details = found.get("ComplianceDetails")
    return {
        "resource_arn": found["ResourceARN"],
        "tags": tags.as_dict(found.get("Tags")),
        "compliance_details": [
            {
                "compliance_status": each.get("ComplianceStatus", False),
                "keys_with_noncompliant_values": each.get("KeysWithNoncompliantValues", []),
                "non_compliant_keys": each.get("NoncompliantKeys", []),
            }
            for each in ([details] if details else [])
        ],
    }

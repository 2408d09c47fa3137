"""For the fuzz: tables, web ACLs and zones, which the infrastructure uses."""

from collections.abc import Collection
from typing import Any

from tests.fuzz.subjects import Subject
from tests.integration.localcloud.conftest import Cloud

# What AWS names by itself, filled by `prepare`.
ACLS: dict[str, list[str]] = {"Id": [], "ARN": [], "LockToken": []}
ZONES: list[str] = []
TABLE = {
    "TableName": "fuzz",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
SEEN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "fuzz"}
OF_TABLES = (
    *("CreateTable", "DeleteTable", "DescribeTable", "ListTables", "UpdateTable"),
    *("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"),
    *("DescribeTimeToLive", "UpdateTimeToLive", "DescribeContinuousBackups", "UpdateContinuousBackups"),
    *("TagResource", "UntagResource", "ListTagsOfResource"),
)
"""The operations of DynamoDB that Terraform uses."""
OF_ACLS = (
    *("CreateWebACL", "DeleteWebACL", "GetWebACL", "ListWebACLs", "UpdateWebACL"),
    *("AssociateWebACL", "DisassociateWebACL", "GetWebACLForResource", "ListResourcesForWebACL"),
    *("PutLoggingConfiguration", "GetLoggingConfiguration", "DeleteLoggingConfiguration"),
    *("ListTagsForResource", "TagResource", "UntagResource"),
)
"""The operations of WAF that Terraform uses."""
OF_ZONES = (
    *("CreateHostedZone", "DeleteHostedZone", "GetHostedZone", "ListHostedZones", "ListHostedZonesByName"),
    *("ChangeResourceRecordSets", "ListResourceRecordSets", "GetChange"),
    *("ChangeTagsForResource", "ListTagsForResource"),
)
"""The operations of Route 53 that Terraform uses."""


async def _prepare_tables(cloud: Cloud) -> None:
    await cloud.call("dynamodb", "create_table", **TABLE)


async def _prepare_acls(cloud: Cloud) -> None:
    parameters = {"Name": "fuzz", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": SEEN}
    created = (await cloud.call("wafv2", "create_web_acl", **parameters))["Summary"]
    for name, values in ACLS.items():
        values[:] = [created[name]]


async def _prepare_zones(cloud: Cloud) -> None:
    created = await cloud.call("route53", "create_hosted_zone", Name="fuzz.example.com", CallerReference="fuzz")
    ZONES[:] = [created["HostedZone"]["Id"].rpartition("/")[2]]


def _nothing(cloud: Cloud, client: Any) -> Collection[str]:
    return ()


NAMING = (
    Subject(
        service="dynamodb",
        parts={},
        known={
            "TableName": ["fuzz"],
            "ResourceArn": ["arn:aws:dynamodb:us-west-1:123456789012:table/fuzz"],
            "Key": [{"id": {"S": "fuzz"}}],
            "Item": [{"id": {"S": "fuzz"}}],
            "KeyConditionExpression": ["id = :id"],
            "ExpressionAttributeValues": [{":id": {"S": "fuzz"}}],
        },
        prepare=_prepare_tables,
        listed=_nothing,
        only=OF_TABLES,
    ),
    Subject(
        service="wafv2",
        parts={},
        known={
            **ACLS,
            "Name": ["fuzz"],
            "Scope": ["REGIONAL"],
            "ResourceARN": ACLS["ARN"],
            "ResourceArn": ACLS["ARN"],
            "WebACLArn": ACLS["ARN"],
        },
        prepare=_prepare_acls,
        listed=_nothing,
        only=OF_ACLS,
    ),
    Subject(
        service="route53",
        parts={},
        known={
            "HostedZoneId": ZONES,
            "ResourceId": ZONES,
            "Name": ["fuzz.example.com"],
            "ResourceType": ["hostedzone"],
        },
        prepare=_prepare_zones,
        listed=_nothing,
        only=OF_ZONES,
    ),
)

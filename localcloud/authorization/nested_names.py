"""Parameters that are nested, combined in one text or called otherwise, under the names that resources use."""

import re
from collections.abc import Iterator, Mapping

from localcloud.authorization.parameters import at_path
from localcloud.authorization.reference import arn_format
from localcloud.authorization.resources import ANY, Place, new_of

Parameters = Mapping[str, object]
TYPES_BY_PREFIX = {
    "acl": "network-acl",
    "ami": "image",
    "cgw": "customer-gateway",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpn": "vpn-connection",
}
"""The beginning of an id of EC2 -> the type in ARNs."""
OF_ZONE = ("HostedZoneId", "HealthCheckId", "DelegationSetId")
SUBSCRIPTION = re.compile(r"(arn:[^:]+:sns:[^:]+:[0-9]+:[^:]+):[^:]+")


def nested_names(prefix: str, operation: str, parameters: Parameters, place: Place) -> dict[str, object]:
    """Return further parameters, or better values of given ones. `prefix`: IAM's of the service."""
    match prefix:
        case "acm" if operation == "ImportCertificate":
            return {"Certificate": []}  # the certificate itself, not its name
        case "budgets":
            return (
                {"BudgetName": found} if (found := _first(parameters, "Budget", "NewBudget", of="BudgetName")) else {}
            )
        case "dynamodb":
            return _tables(parameters)
        case "ec2" if operation in ("CreateTags", "DeleteTags"):
            return {"Resources": [*_tagged_by_ec2(parameters, place)]}
        case "ec2" if operation == "CreateSecurityGroup":
            return {"GroupName": []}  # the new group has an id of its own
        case "ecs":
            return _of_ecs(operation, parameters, place)
        case "route53":
            return _of_route53(operation, parameters)
        case "sns":
            topics = [
                topic[1] for arn in at_path(parameters, "SubscriptionArn") if (topic := SUBSCRIPTION.fullmatch(arn))
            ]
            return {"TopicArn": topics[0]} if topics else {}
        case "wafv2" if operation == "PutLoggingConfiguration":
            return {"ResourceArn": [*at_path(parameters, "LoggingConfiguration.ResourceArn")]}
    return {}


def _first(parameters: Parameters, *names: str, of: str) -> str:
    return next((found for name in names for found in at_path(parameters, f"{name}.{of}")), "")


def _tables(parameters: Parameters) -> dict[str, object]:
    items = parameters.get("RequestItems")
    tables = list(items) if isinstance(items, Mapping) else [*at_path(parameters, "TransactItems.Get.TableName")]
    return {"TableName": list(dict.fromkeys(tables))} if tables else {}


def _tagged_by_ec2(parameters: Parameters, place: Place) -> Iterator[str]:
    """Yield ARNs in place of ids; an id of an unknown type stays."""
    for each in at_path(parameters, "Resources"):
        form = arn_format("ec2", TYPES_BY_PREFIX.get(each.rpartition("-")[0], ""))
        yield each if form is None else new_of("ec2", form, {}, place).removesuffix(ANY) + each


def _of_ecs(operation: str, parameters: Parameters, place: Place) -> dict[str, object]:
    if operation == "DeleteTaskDefinitions":
        begin = f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:task-definition/"
        named = at_path(parameters, "taskDefinitions")
        return {"taskDefinitions": [each if each.startswith("arn:") else begin + each for each in named]}
    named_first = [*at_path(parameters, "taskDefinition"), *at_path(parameters, "family")][:1]
    if named_first and not named_first[0].startswith("arn:"):
        family, _, revision = named_first[0].partition(":")
        return {"taskDefinitionFamilyName": family, "taskDefinitionRevisionNumber": revision or ANY}
    for name in ("serviceDeploymentArn", "serviceDeploymentArns", "serviceRevisionArns"):
        for arn in at_path(parameters, name):
            return {"cluster": arn.split("/")[1]} if arn.count("/") > 1 else {}
    return {}


def _of_route53(operation: str, parameters: Parameters) -> dict[str, object]:
    if operation == "ChangeTagsForResource":
        return {"ResourceArn": f"arn:aws:route53:::{parameters.get('ResourceType')}/{parameters.get('ResourceId')}"}
    found = [each.rpartition("/")[2] for name in OF_ZONE for each in at_path(parameters, name)]
    return {"Id": found[0]} if found else {}

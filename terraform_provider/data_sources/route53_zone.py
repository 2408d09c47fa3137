"""aws_route53_zone."""

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.values.unknown import State


@data_source("aws_route53_zone")
def route53_zone(aws: Aws, config: State) -> State:
    """Describe the hosted zone with an id; the real provider also finds one by its name."""
    route53, zone_id = aws.client("route53"), config["zone_id"]
    if not zone_id:
        raise ProviderError("`zone_id` must be set", "This stand-in finds a hosted zone by its id only.", ("zone_id",))
    found = route53.get_hosted_zone(Id=zone_id)
    zone = found["HostedZone"]
    tagged = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)["ResourceTagSet"]
    servers = sorted(found.get("DelegationSet", {}).get("NameServers", []))
    return {
        "id": zone_id,
        "arn": f"arn:{aws.partition}:route53:::hostedzone/{zone_id}",
        "zone_id": zone_id,
        "name": zone["Name"].rstrip("."),
        "private_zone": zone["Config"]["PrivateZone"],
        "comment": zone["Config"].get("Comment", ""),
        "caller_reference": zone["CallerReference"],
        "resource_record_set_count": zone["ResourceRecordSetCount"],
        "linked_service_principal": "",
        "linked_service_description": "",
        "name_servers": servers,
        "primary_name_server": servers[0] if servers else None,
        "tags": tags.as_dict(tagged["Tags"]),
    }

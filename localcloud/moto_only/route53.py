"""Route 53: batches of changes are refused as on AWS, as a whole; zone ids begin as on AWS.

Terraform and people distinguish zone ids from names by their first letter.
"""

from collections.abc import Mapping
from typing import Any

from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.checks.route53 import Key, Zone, check_changes, check_tags, key_of, qualified


def patch() -> None:
    """moto stores invalid values and names, and the first half of a batch whose second half it refuses."""
    from moto.route53 import models

    module: Any = models
    made = module.create_route53_zone_id

    def create_route53_zone_id(*arguments: object, **more: object) -> str:
        return f"Z{made(*arguments, **more)[1:]}"

    module.create_route53_zone_id = create_route53_zone_id
    module.Route53Backend.change_resource_record_sets = change_resource_record_sets
    wrap(module.Route53Backend, "change_tags_for_resource", checking(_check_tags))


def _check_tags(_: object, given: Mapping[str, Any]) -> None:
    check_tags([(str(tag.get("Key") or ""), str(tag.get("Value") or "")) for tag in given.get("add_tags") or []])


def change_resource_record_sets(self: Any, zoneid: str, change_list: list[dict[str, Any]]) -> None:
    """Check the batch, then make all its changes."""
    from moto.route53.exceptions import NoSuchHealthCheck

    zone = self.get_hosted_zone(zoneid)
    check_changes(_zone(zone), change_list)
    for change in change_list:
        check = change["ResourceRecordSet"].get("HealthCheckId")
        if check and change["Action"] != "DELETE" and check not in self.health_checks:
            raise NoSuchHealthCheck(check)
    for change in change_list:
        record = change["ResourceRecordSet"]
        if change["Action"] == "DELETE":
            zone.rrsets = [each for each in zone.rrsets if _key(each) != key_of(record)]
            continue
        values = [each["Value"] for each in record.get("ResourceRecords") or []]
        zone.upsert_rrset({**record, "Name": qualified(record["Name"]), "ResourceRecords": values})


def _zone(stored: Any) -> Zone:
    records: dict[Key, Mapping[str, Any]] = {_key(each): _record(each) for each in stored.rrsets}
    return Zone(zone_id=stored.resource_id, name=qualified(stored.name), records=records)


def _key(stored: Any) -> Key:
    return qualified(stored.name), stored.type, stored.set_identifier


def _record(stored: Any) -> dict[str, Any]:
    """Return a stored record set as a request writes it."""
    return {
        "TTL": stored.ttl,
        "ResourceRecords": stored.resource_records,
        "AliasTarget": stored.alias_target,
        "Weight": stored.weight,
        "Region": stored.region,
        "Failover": stored.failover,
        "GeoLocation": stored.geo_location,
        "MultiValueAnswer": stored.multi_value_answer,
        "HealthCheckId": stored.health_check_id,
    }

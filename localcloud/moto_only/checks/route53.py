"""Route 53's changes of record sets: which batches it refuses, in AWS's words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.checks.route53_values import Illegal, check_name, check_value
from localcloud.protocol.service_models import service_model
from localcloud.protocol.validation import server_words

MOST_TAGS = 10
"""Tags that one ChangeTagsForResource adds."""
LONGEST_TAG, LONGEST_TAG_VALUE = 128, 256

Change = Mapping[str, Any]
"""An entry of ChangeBatch.Changes: Action and ResourceRecordSet."""
Key = tuple[str, str, str | None]
"""Name, type and SetIdentifier of a record set."""
STORED_ROUTING = ("Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer")
ROUTING = (*STORED_ROUTING, "CidrRoutingConfig", "GeoProximityLocation")
CONTENT = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
POLICY = f"Expected exactly one of [{', '.join(ROUTING[:-1])}, or {ROUTING[-1]}]"
ONE_VALUE = ("CNAME", "SOA")
LOST_AT_APEX = {
    "NS": "A HostedZone must contain at least one NS record for the zone itself.",
    "SOA": "A HostedZone must contain exactly one SOA record.",
}


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A hosted zone with its record sets, as ChangeResourceRecordSets writes them."""

    zone_id: str
    name: str
    records: dict[Key, Mapping[str, Any]] = field(default_factory=dict)


def qualified(name: str) -> str:
    """Return a name as Route 53 stores it: in lower case, with the dot of the root."""
    return name.lower() if name.endswith(".") else f"{name.lower()}."


def key_of(record: Mapping[str, Any]) -> Key:
    """Return the key of a record set: name, type and SetIdentifier."""
    return qualified(record["Name"]), record["Type"], record.get("SetIdentifier")


def check_changes(zone: Zone, changes: Sequence[Change]) -> None:
    """Check a whole batch. Errors: AwsError InvalidInput for its form, InvalidChangeBatch for its effect."""
    shape: Any = service_model("route53").operation_model("ChangeResourceRecordSets").input_shape
    server_words.check(shape, {"HostedZoneId": zone.zone_id, "ChangeBatch": {"Changes": changes}}, "InvalidInput")
    for change in changes:
        _check_form(change)
    working = Zone(zone_id=zone.zone_id, name=zone.name, records=dict(zone.records))
    problems = [problem for change in changes for problem in _problems(working, change)]
    problems += [
        LOST_AT_APEX[kind] for kind in LOST_AT_APEX if _is_at_apex(zone, kind) and not _is_at_apex(working, kind)
    ]
    if problems:
        raise AwsError("InvalidChangeBatch", f"[{', '.join(problems)}]")


def _check_form(change: Change) -> None:
    """Errors: AwsError InvalidInput."""
    record = change["ResourceRecordSet"]
    has_records = record.get("TTL") is not None and bool(record.get("ResourceRecords"))
    contents = [has_records, record.get("AliasTarget") is not None, record.get("TrafficPolicyInstanceId") is not None]
    is_double = contents[1] and (record.get("TTL") is not None or bool(record.get("ResourceRecords")))
    if sum(contents) != 1 or is_double:
        raise _invalid(CONTENT + (", but found none" if sum(contents) == 0 else ", but found more than one"), change)
    policies = [name for name in ROUTING if record.get(name) is not None]
    if policies and record.get("SetIdentifier") is None:
        raise _invalid("Missing field 'SetIdentifier'", change)
    if record.get("SetIdentifier") is not None and len(policies) != 1:
        raise _invalid(POLICY + (", but found more than one" if policies else ", but found none"), change)


def _invalid(what: str, change: Change) -> AwsError:
    record = change["ResourceRecordSet"]
    shown = (
        f"Action={change['Action']}, Name={record['Name']}, Type={record['Type']}, "
        f"SetIdentifier={record.get('SetIdentifier') or 'null'}"
    )
    return AwsError("InvalidInput", f"Invalid request: {what} in Change with [{shown}]")


def _problems(zone: Zone, change: Change) -> Iterator[str]:
    """Yield the problems of one change, given the changes before it, and apply it."""
    record, key = change["ResourceRecordSet"], key_of(change["ResourceRecordSet"])
    try:
        check_name(record["Name"])
    except Illegal as illegal:
        yield str(illegal)
        return
    if not key[0].endswith(f".{zone.name}") and key[0] != zone.name:
        yield f"RRSet with DNS name {key[0]} is not permitted in zone {zone.name}"
        return
    stored = zone.records.get(key)
    if change["Action"] == "DELETE":
        if stored is None:
            yield f"Tried to delete resource record set {_named(key)} but it was not found"
        elif _content(stored) != _content(record):
            what = "but the values provided do not match the current values"
            yield f"Tried to delete resource record set {_named(key)} {what}"
        zone.records.pop(key, None)
        return
    if change["Action"] == "CREATE" and stored is not None:
        yield f"Tried to create resource record set {_named(key)} but it already exists"
    yield from _conflicts(zone, key)
    yield from _illegal_values(record, key)
    yield from _wrong_target(zone, record, key)
    zone.records[key] = record


def _conflicts(zone: Zone, key: Key) -> Iterator[str]:
    name, kind, identifier = key
    others = [other for other in zone.records if other[0] == name and other != key]
    types = {other[1] for other in others} - {kind}
    if kind == "CNAME" and name == zone.name:
        yield f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone.name}"
    elif kind == "CNAME" and types:
        conflict = f"as it conflicts with other records with the same DNS name in zone {zone.name}"
        yield f"RRSet of type CNAME with DNS name {name} is not permitted {conflict}"
    elif "CNAME" in types:
        conflict = "because a conflicting RRSet of type CNAME with the same DNS name already exists"
        yield f"RRSet of type {kind} with DNS name {name} is not permitted {conflict} in zone {zone.name}"
    if any(other[1] == kind and (other[2] is None) != (identifier is None) for other in others):
        named = f"RRSet with DNS name {name}, type {kind}" + (f", SetIdentifier {identifier}" if identifier else "")
        yield f"{named} cannot be created as other RRSets exist with the same name and type."


def _illegal_values(record: Mapping[str, Any], key: Key) -> Iterator[str]:
    values = [each["Value"] for each in record.get("ResourceRecords") or []]
    for value in values:
        try:
            check_value(key[1], value)
        except Illegal as illegal:
            yield f"Invalid Resource Record: '{illegal}'"
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield f"Duplicate Resource Record: '{value}'"
    if key[1] in ONE_VALUE and len(values) > 1:  # our own wording
        yield f"RRSet of type {key[1]} with DNS name {key[0]} can have one resource record only"


def _wrong_target(zone: Zone, record: Mapping[str, Any], key: Key) -> Iterator[str]:
    """Check an alias of another record set in its own zone; other targets cannot be checked here."""
    target = record.get("AliasTarget")
    if target is None or target["HostedZoneId"] != zone.zone_id:
        return
    name = qualified(target["DNSName"])
    what = f"Tried to create an alias that targets {name}, type {key[1]} in zone {zone.zone_id}"
    if not name.endswith(f".{zone.name}") and name != zone.name:
        yield f"{what}, but the alias target name does not lie within the target zone"
    elif not any(other[:2] == (name, key[1]) for other in zone.records):
        yield f"{what}, but that target was not found"


def _is_at_apex(zone: Zone, kind: str) -> bool:
    return any(key[:2] == (zone.name, kind) for key in zone.records)


def _named(key: Key) -> str:
    identifier = f", set identifier='{key[2]}'" if key[2] else ""
    return f"[name='{key[0]}', type='{key[1]}'{identifier}]"


def _content(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content that a deletion must repeat, normalized."""
    alias = record.get("AliasTarget")
    target = (
        (
            alias["HostedZoneId"],
            qualified(alias["DNSName"]),
            str(alias.get("EvaluateTargetHealth", False)).lower(),
        )
        if alias
        else None
    )
    return {
        "TTL": str(record["TTL"]) if record.get("TTL") is not None else None,
        "values": sorted(each["Value"] for each in record.get("ResourceRecords") or []),
        "alias": target,
        **{name: str(record[name]) for name in (*STORED_ROUTING, "HealthCheckId") if record.get(name) is not None},
    }


def check_tags(tags: Sequence[tuple[str, str]]) -> None:
    """Check the keys and values that ChangeTagsForResource adds. Errors: AwsError InvalidInput; the words are ours."""
    keys = [key for key, _ in tags]
    if len(tags) > MOST_TAGS:
        raise AwsError("InvalidInput", f"At most {MOST_TAGS} tags can be added at once")
    if len(set(keys)) < len(keys):
        raise AwsError("InvalidInput", "Tag keys must not be repeated")
    for key, value in tags:
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidInput", f"Tag keys must not begin with aws:, which is reserved: {key}")
        if not 1 <= len(key) <= LONGEST_TAG or len(value) > LONGEST_TAG_VALUE:
            words = f"Tag keys have 1 to {LONGEST_TAG} characters, and values at most {LONGEST_TAG_VALUE}"
            raise AwsError("InvalidInput", f"{words}: {key[:200]}")

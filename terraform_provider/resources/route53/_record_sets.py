"""Record sets: the provider's attributes, and Route 53's; ids."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

TYPES = (
    "SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP", "SVCB",
    "HTTPS",
)  # fmt: skip
QUOTED = ("TXT", "SPF")
LOCATION = {"continent": "ContinentCode", "country": "CountryCode", "subdivision": "SubdivisionCode"}
ONE_VALUE = {
    "failover_routing_policy": ("type", "Failover"),
    "latency_routing_policy": ("region", "Region"),
    "weighted_routing_policy": ("weight", "Weight"),
}
"""Policies of one value: its name in the block, and in Route 53's record set."""


def zone_id(state: State) -> str:
    return str(state["zone_id"]).removeprefix("/hostedzone/")


def id_of(state: State) -> str:
    parts = (zone_id(state), str(state["name"]).lower(), state["type"], state["set_identifier"])
    return "_".join(part for part in parts if part)


def parsed(id_: str) -> State:
    """Read ZONE_NAME_TYPE or ZONE_NAME_TYPE_IDENTIFIER; the name may hold underscores. Errors: ProviderError."""
    zone, *rest = id_.split("_")
    at = next((number for number, part in enumerate(rest) if part in TYPES and number), 0)
    if not zone or not at:
        raise ProviderError(
            f"unexpected format of ID ({id_}), expected ZONEID_RECORDNAME_TYPE_SET-IDENTIFIER "
            "(e.g. Z4KAPRWWNC7JR_dev.example.com_NS_dev), where SET-IDENTIFIER is optional"
        )
    name, identifier = "_".join(rest[:at]), "_".join(rest[at + 1 :])
    return {"zone_id": zone, "name": name, "type": rest[at], "set_identifier": identifier or None}


def expanded(name: str, zone: str) -> str:
    """Return the whole name of a record, which may be written without its zone."""
    short = name.lower().removesuffix(".")
    if not short:
        return zone
    return short if short == zone or short.endswith(f".{zone}") else f"{short}.{zone}"


def request(state: State, zone: str) -> dict[str, Any]:
    made: dict[str, Any] = {"Name": expanded(state["name"], zone), "Type": state["type"]}
    made |= given(state, {"health_check_id": "HealthCheckId", "set_identifier": "SetIdentifier"})
    if state["records"]:
        made["ResourceRecords"] = [{"Value": _written(each, state["type"])} for each in sorted(state["records"])]
        if state["ttl"] is not None:
            made["TTL"] = state["ttl"]
    for alias in state["alias"] or ():
        made["AliasTarget"] = {
            "DNSName": alias["name"],
            "EvaluateTargetHealth": bool(alias["evaluate_target_health"]),
            "HostedZoneId": alias["zone_id"],
        }
    for block, (ours, theirs) in ONE_VALUE.items():
        if state[block]:
            made[theirs] = state[block][0][ours]
    for block in state["geolocation_routing_policy"] or ():
        made["GeoLocation"] = given(block, LOCATION)
    if state["multivalue_answer_routing_policy"]:
        made["MultiValueAnswer"] = True
    return made


def attributes(found: Mapping[str, Any]) -> State:
    alias, location = found.get("AliasTarget"), found.get("GeoLocation")
    return {
        "alias": []
        if alias is None
        else [
            {
                "evaluate_target_health": alias.get("EvaluateTargetHealth", False),
                "name": alias["DNSName"].removesuffix(".").lower(),
                "zone_id": alias["HostedZoneId"],
            }
        ],
        **{block: [{ours: found[theirs]}] if theirs in found else [] for block, (ours, theirs) in ONE_VALUE.items()},
        "geolocation_routing_policy": []
        if location is None
        else [{ours: location.get(theirs, "") for ours, theirs in LOCATION.items()}],
        "health_check_id": found.get("HealthCheckId"),
        "multivalue_answer_routing_policy": found.get("MultiValueAnswer"),
        "records": [_read(each["Value"], found["Type"]) for each in found.get("ResourceRecords") or ()],
        "set_identifier": found.get("SetIdentifier"),
        "ttl": found.get("TTL"),
    }


def _written(value: str, kind: str) -> str:
    """Quote a text; one of more than 255 characters has `" "` between its parts."""
    return f'"{value}"' if kind in QUOTED else value


def _read(value: str, kind: str) -> str:
    """Remove the quotes of a text, but not those between its parts."""
    return value.removeprefix('"').removesuffix('"') if kind in QUOTED else value

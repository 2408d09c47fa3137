"""Entries of network ACLs: the provider's attributes, and EC2's. EC2 uses numbers for protocols."""

import socket
from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.protocols import number_of_protocol
from terraform_provider.values.unknown import State

ICMP = ("1", "58")
LAST_NUMBERS = (32767, 32768)
"""EC2's own entries at the end, of IPv4 and IPv6: they deny what no other entry allows."""


def number_of(protocol: str) -> str:
    """Return a protocol's number as text. Errors: ProviderError for an unknown name."""
    text = number_of_protocol(protocol.lower())
    try:
        return str(int(text))
    except ValueError:
        pass
    try:
        return str(socket.getprotobyname(text))
    except OSError:
        raise ProviderError(
            f"unsupported NACL protocol: {protocol}", "Write a name such as tcp, or the number.", ("protocol",)
        ) from None


def request_of(entry: State, protocol: str) -> dict[str, Any]:
    """Return CreateNetworkAclEntry's arguments without ACL, number, direction and action."""
    number = number_of(protocol)
    request: dict[str, Any] = {"Protocol": number}
    for ours, theirs in (("cidr_block", "CidrBlock"), ("ipv6_cidr_block", "Ipv6CidrBlock")):
        if entry.get(ours):
            request[theirs] = entry[ours]
    if number in ICMP:
        request["IcmpTypeCode"] = {"Type": int(entry["icmp_type"] or 0), "Code": int(entry["icmp_code"] or 0)}
    # The real provider sends ports with every protocol; EC2 ignores those without a meaning.
    request["PortRange"] = {"From": int(entry["from_port"] or 0), "To": int(entry["to_port"] or 0)}
    return request


def attributes_of(found: Mapping[str, Any]) -> State:
    """Return an entry's attributes, as both resource types name them; ports and ICMP only if it has them."""
    attributes: State = {
        "cidr_block": found.get("CidrBlock"),
        "ipv6_cidr_block": found.get("Ipv6CidrBlock"),
        "protocol": number_of(str(found["Protocol"])),
    }
    if (ports := found.get("PortRange")) is not None:
        attributes |= {"from_port": ports.get("From"), "to_port": ports.get("To")}
    if (icmp := found.get("IcmpTypeCode")) is not None:
        attributes |= {"icmp_code": icmp.get("Code"), "icmp_type": icmp.get("Type")}
    return attributes


def in_set(found: Mapping[str, Any]) -> State:
    """Return an entry in the form of an ACL's sets `ingress` and `egress`: missing values are zero or empty."""
    attributes = attributes_of(found)
    texts = {name: attributes[name] or "" for name in ("cidr_block", "ipv6_cidr_block", "protocol")}
    numbers = {name: attributes.get(name) or 0 for name in ("from_port", "to_port", "icmp_code", "icmp_type")}
    return {**texts, **numbers, "action": found["RuleAction"], "rule_no": found["RuleNumber"]}


def normal(entry: State) -> State:
    """Return an entry of a set in the form of `in_set`, whatever way it is written."""
    texts = {name: entry.get(name) or "" for name in ("cidr_block", "ipv6_cidr_block")}
    numbers = {name: int(entry.get(name) or 0) for name in ("from_port", "to_port", "icmp_code", "icmp_type")}
    return {
        **texts,
        **numbers,
        "protocol": number_of(str(entry["protocol"])),
        "action": str(entry["action"]).lower(),
        "rule_no": int(entry["rule_no"]),
    }

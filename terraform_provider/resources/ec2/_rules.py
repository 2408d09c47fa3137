"""Rules inside a security group: the provider's blocks, and EC2's permissions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from terraform_provider.values.unknown import State

ALL = "-1"
PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": ALL}
SOURCES = {
    "cidr_blocks": ("IpRanges", "CidrIp"),
    "ipv6_cidr_blocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list_ids": ("PrefixListIds", "PrefixListId"),
    "security_groups": ("UserIdGroupPairs", "GroupId"),
}
"""The block's attributes, with EC2's list and the key in it."""


@dataclass(frozen=True, order=True)
class Rule:
    """A rule as EC2 counts them: with one source."""

    protocol: str
    from_port: int
    to_port: int
    kind: str
    source: str
    description: str

    def as_permission(self) -> dict[str, Any]:
        listed, key = SOURCES[self.kind]
        source = {key: self.source} | ({"Description": self.description} if self.description else {})
        permission: dict[str, Any] = {"IpProtocol": self.protocol, listed: [source]}
        if self.protocol != ALL:
            permission |= {"FromPort": self.from_port, "ToPort": self.to_port}
        return permission


def of_blocks(blocks: Iterable[State] | None, group_id: str) -> set[Rule]:
    """Split blocks into rules; `self` is the group itself as a source."""
    rules = set()
    for block in blocks or ():
        protocol = PROTOCOL_NAMES.get(str(block["protocol"]).lower(), str(block["protocol"]).lower())
        sources = [(kind, source) for kind in SOURCES for source in block.get(kind) or ()]
        sources += [("security_groups", group_id)] if block.get("self") else []
        for kind, source in sources:
            ports = (block.get("from_port") or 0, block.get("to_port") or 0)
            rules.add(Rule(protocol, *ports, kind, source, block.get("description") or ""))
    return rules


def of_permissions(permissions: Iterable[Mapping[str, Any]]) -> set[Rule]:
    return {
        Rule(
            permission["IpProtocol"],
            permission.get("FromPort", 0),
            permission.get("ToPort", 0),
            kind,
            source[key],
            source.get("Description", ""),
        )
        for permission in permissions
        for kind, (listed, key) in SOURCES.items()
        for source in permission.get(listed, [])
    }


def as_blocks(rules: Iterable[Rule], group_id: str) -> list[State]:
    """Join rules that differ only in their source to one block, as the real provider reads them."""
    blocks: dict[tuple[str, int, int, str], State] = {}
    for rule in sorted(rules):
        key = (rule.protocol, rule.from_port, rule.to_port, rule.description)
        block = blocks.setdefault(
            key,
            {
                "protocol": rule.protocol,
                "from_port": rule.from_port,
                "to_port": rule.to_port,
                "description": rule.description,
                "self": False,
                **{kind: [] for kind in SOURCES},
            },
        )
        if rule.kind == "security_groups" and rule.source == group_id:
            block["self"] = True
        else:
            block[rule.kind].append(rule.source)
    return list(blocks.values())

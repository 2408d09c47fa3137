"""One rule of a security group with an id of its own: shared code of the ingress and egress types."""

from collections.abc import Mapping
from typing import Any, ClassVar

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.ec2 import _tags
from terraform_provider.resources.ec2._rules import PROTOCOL_NAMES
from terraform_provider.values.unknown import UNKNOWN, State

SOURCES = {"cidr_ipv4": "CidrIpv4", "cidr_ipv6": "CidrIpv6", "prefix_list_id": "PrefixListId"}
REFERENCED = "referenced_security_group_id"
EVERY_PORT = -1
PARTS_OF_USERS_GROUP = 2


class GroupRule(Resource):
    """`direction` is "ingress" or "egress"."""

    title = "id"
    gone = ("InvalidGroup.NotFound", "InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupID.NotFound")
    direction: ClassVar[str]

    def validate(self, config: State) -> None:
        names = (*SOURCES, REFERENCED)
        given = sum(is_set(config.get(name)) for name in names)
        if given > 1 or (not given and all(config.get(name) is not UNKNOWN for name in names)):
            listed = ",".join(names)
            raise ProviderError("Invalid Attribute Combination", f"Exactly one of these must be configured: [{listed}]")

    def create(self, aws: Aws, planned: State) -> str:
        ec2 = aws.client("ec2")
        authorize = getattr(ec2, f"authorize_security_group_{self.direction}")
        made = authorize(
            GroupId=planned["security_group_id"],
            IpPermissions=[_permission(planned)],
            **_tags.specified("security-group-rule", planned),
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("ec2").describe_security_group_rules(SecurityGroupRuleIds=[state["id"]])
        rule = next(iter(found["SecurityGroupRules"]), None)
        if rule is None or rule["IsEgress"] != (self.direction == "egress"):
            return None
        return {
            "arn": aws.arn("ec2", f"security-group-rule/{state['id']}"),
            "description": rule.get("Description") or None,
            **{ours: rule.get(theirs) for ours, theirs in SOURCES.items()},
            **{name: _port(rule, name, state) for name in ("from_port", "to_port")},
            "ip_protocol": _protocol(rule["IpProtocol"], state["ip_protocol"]),
            REFERENCED: _referenced(rule, aws.account_id),
            "security_group_id": rule["GroupId"],
            "security_group_rule_id": rule["SecurityGroupRuleId"],
            "tags_all": tags.as_dict(rule.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed - {"tags", "tags_all"}:
            aws.client("ec2").modify_security_group_rules(
                GroupId=planned["security_group_id"],
                SecurityGroupRules=[{"SecurityGroupRuleId": prior["id"], "SecurityGroupRule": _rule(planned)}],
            )
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        revoke = getattr(aws.client("ec2"), f"revoke_security_group_{self.direction}")
        revoke(GroupId=state["security_group_id"], SecurityGroupRuleIds=[state["id"]])


def _ports(planned: State) -> dict[str, int]:
    given = {"FromPort": planned["from_port"], "ToPort": planned["to_port"]}
    return {theirs: int(port) for theirs, port in given.items() if port is not None}


def _group(planned: State) -> dict[str, str]:
    """Return the group that is the source: `sg-...`, or another account's as `account/sg-...`."""
    parts = str(planned[REFERENCED]).split("/")
    if len(parts) == PARTS_OF_USERS_GROUP:
        return {"UserId": parts[0], "GroupId": parts[1]}
    return {"GroupId": parts[0]}


def _permission(planned: State) -> dict[str, Any]:
    """Return the rule in the form of AuthorizeSecurityGroup..."""
    described = {"Description": planned["description"]} if planned["description"] else {}
    permission: dict[str, Any] = {"IpProtocol": planned["ip_protocol"], **_ports(planned)}
    lists = {
        "cidr_ipv4": ("IpRanges", "CidrIp"),
        "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefix_list_id": ("PrefixListIds", "PrefixListId"),
    }
    for ours, (listed, key) in lists.items():
        if planned[ours]:
            permission[listed] = [{key: planned[ours], **described}]
    if planned[REFERENCED]:
        permission["UserIdGroupPairs"] = [{**_group(planned), **described}]
    return permission


def _rule(planned: State) -> dict[str, Any]:
    """Return the rule in the form of ModifySecurityGroupRules, which removes a missing description."""
    rule: dict[str, Any] = {
        "IpProtocol": planned["ip_protocol"],
        "Description": planned["description"] or "",
        **_ports(planned),
        **{theirs: planned[ours] for ours, theirs in SOURCES.items() if planned[ours]},
    }
    if planned[REFERENCED]:
        rule["ReferencedGroupId"] = _group(planned)["GroupId"]
    return rule


def _port(rule: Mapping[str, Any], name: str, state: State) -> int | None:
    """Return a port; None for EC2's -1 when the code has none."""
    port: int | None = rule.get({"from_port": "FromPort", "to_port": "ToPort"}[name])
    return None if port == EVERY_PORT and state[name] is None else port


def _protocol(found: str, written: str | None) -> str:
    """Keep the code's name of the same protocol: EC2 returns some as names and some as numbers."""
    names = [PROTOCOL_NAMES.get(str(each).lower(), str(each).lower()) for each in (found, written)]
    return written if written is not None and names[0] == names[1] else found


def _referenced(rule: Mapping[str, Any], account_id: str) -> str | None:
    group = rule.get("ReferencedGroupInfo")
    if not group:
        return None
    owner = group.get("UserId")
    return str(group["GroupId"]) if owner in (None, account_id) else f"{owner}/{group['GroupId']}"

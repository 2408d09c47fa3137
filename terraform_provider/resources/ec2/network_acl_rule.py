"""aws_network_acl_rule."""

import zlib
from typing import Any

from terraform_provider.framework.arguments import refuse_unless_one
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.ec2 import _acl_entries
from terraform_provider.values.unknown import State

PARTS_OF_IMPORT_ID = 4


@resource("aws_network_acl_rule")
class NetworkAclRule(Resource):
    noun = "EC2 Network ACL Rule"
    title = "id"
    gone = ("InvalidNetworkAclID.NotFound", "InvalidNetworkAclEntry.NotFound")

    def validate(self, config: State) -> None:
        refuse_unless_one(config, "cidr_block", "ipv6_cidr_block")
        protocol = config.get("protocol")
        if isinstance(protocol, str):
            _acl_entries.number_of(protocol)

    def create(self, aws: Aws, planned: State) -> str:
        aws.client("ec2").create_network_acl_entry(
            **_place(planned),
            RuleAction=planned["rule_action"],
            **_acl_entries.request_of(planned, planned["protocol"]),
        )
        return id_of(planned)

    def read(self, aws: Aws, state: State) -> State | None:
        acls = aws.client("ec2").describe_network_acls(NetworkAclIds=[state["network_acl_id"]])["NetworkAcls"]
        number, is_egress = int(state["rule_number"]), bool(state["egress"])
        for acl in acls:
            for entry in acl["Entries"]:
                if entry["RuleNumber"] == number and bool(entry["Egress"]) == is_egress:
                    return {
                        **_acl_entries.attributes_of(entry),
                        "egress": is_egress,
                        "rule_action": entry["RuleAction"],
                        "rule_number": number,
                    }
        return None

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("ec2").delete_network_acl_entry(**_place(state))

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        parts = id.split(":")
        if len(parts) != PARTS_OF_IMPORT_ID or not parts[1].isdecimal() or parts[3] not in ("true", "false"):
            raise ProviderError(
                f"unexpected format of ID ({id}), expected NETWORK_ACL_ID:RULE_NUMBER:PROTOCOL:EGRESS",
                "Write it as in acl-0123456789abcdef0:100:tcp:false.",
            )
        acl, number, protocol, egress = parts
        state: State = {
            "network_acl_id": acl,
            "rule_number": int(number),
            "protocol": protocol,
            "egress": egress == "true",
        }
        return {**state, "id": id_of(state)}


def id_of(state: State) -> str:
    """Return the id that the real provider makes of an entry's place: EC2 gives it none."""
    egress = "true" if state["egress"] else "false"
    text = f"{state['network_acl_id']}-{int(state['rule_number'])}-{egress}-{state['protocol']}-"
    return f"nacl-{zlib.crc32(text.encode())}"


def _place(state: State) -> dict[str, Any]:
    return {
        "NetworkAclId": state["network_acl_id"],
        "RuleNumber": int(state["rule_number"]),
        "Egress": bool(state["egress"]),
    }

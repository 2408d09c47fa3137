"""aws_network_acl."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.ec2 import _acl_entries, _tags
from terraform_provider.values.unknown import State

DIRECTIONS = {"ingress": False, "egress": True}
PROPAGATION_S = 300.0


@resource("aws_network_acl")
class NetworkAcl(Resource):
    noun = "EC2 Network ACL"
    title = "id"
    gone = ("InvalidNetworkAclID.NotFound",)

    def create(self, aws: Aws, planned: State) -> str:
        request = {"VpcId": planned["vpc_id"], **_tags.specified("network-acl", planned)}
        return str(aws.client("ec2").create_network_acl(**request)["NetworkAcl"]["NetworkAclId"])

    def complete(self, aws: Aws, state: State) -> None:
        for direction, is_egress in DIRECTIONS.items():
            _change_entries(aws, state["id"], is_egress, [], state[direction] or [])
        for subnet in sorted(state["subnet_ids"] or []):
            _associate(aws, state["id"], subnet)

    def read(self, aws: Aws, state: State) -> State | None:
        acl = _described(aws, state["id"])
        found: State = {
            "arn": aws.arn("ec2", f"network-acl/{acl['NetworkAclId']}", account=acl["OwnerId"]),
            "owner_id": acl["OwnerId"],
            "subnet_ids": [each["SubnetId"] for each in acl["Associations"]],
            "tags_all": tags.as_dict(acl.get("Tags")),
            "vpc_id": acl["VpcId"],
        }
        for direction, is_egress in DIRECTIONS.items():
            there = [
                _acl_entries.in_set(each)
                for each in acl["Entries"]
                if bool(each["Egress"]) == is_egress and each["RuleNumber"] not in _acl_entries.LAST_NUMBERS
            ]
            found[direction] = _as_written(state[direction], there)
        return found

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        for direction in sorted(changed & DIRECTIONS.keys()):
            _change_entries(aws, prior["id"], DIRECTIONS[direction], prior[direction] or [], planned[direction] or [])
        if "subnet_ids" in changed:
            old, new = set(prior["subnet_ids"] or []), set(planned["subnet_ids"] or [])
            _release(aws, prior["id"], old - new)
            for subnet in sorted(new - old):
                _associate(aws, prior["id"], subnet)
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        _release(aws, state["id"], state["subnet_ids"] or [])
        retried(
            aws,
            lambda: aws.client("ec2").delete_network_acl(NetworkAclId=state["id"]),
            codes=("DependencyViolation",),
            timeout_s=PROPAGATION_S,
        )

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        if _described(aws, id)["IsDefault"]:
            raise ProviderError(
                "use the `aws_default_network_acl` resource instead",
                "The default ACL of a VPC can be neither created nor deleted.",
            )
        return {"id": id}


def _described(aws: Aws, acl_id: str) -> dict[str, Any]:
    acl: dict[str, Any] = aws.client("ec2").describe_network_acls(NetworkAclIds=[acl_id])["NetworkAcls"][0]
    return acl


def _as_written(written: list[State] | None, there: list[State]) -> list[State]:
    """Return the state's entries if they mean what EC2 has, else EC2's."""
    same = written is not None and _ordered(map(_acl_entries.normal, written)) == _ordered(there)
    return written if written is not None and same else there


def _ordered(entries: Iterable[State]) -> list[State]:
    return sorted(entries, key=lambda each: (each["rule_no"], each["protocol"]))


def _change_entries(aws: Aws, acl_id: str, is_egress: bool, old: list[State], new: list[State]) -> None:
    """Replace the entries; a changed one is deleted first, as its number is in use."""
    ec2 = aws.client("ec2")
    there = [_acl_entries.normal(each) for each in old]
    wanted = [_acl_entries.normal(each) for each in new]
    place: Mapping[str, Any] = {"NetworkAclId": acl_id, "Egress": is_egress}
    for entry in there:
        if entry not in wanted and entry["rule_no"] not in _acl_entries.LAST_NUMBERS:
            ec2.delete_network_acl_entry(**place, RuleNumber=entry["rule_no"])
    for entry in wanted:
        if entry not in there:
            request = _acl_entries.request_of(entry, entry["protocol"])
            ec2.create_network_acl_entry(**place, RuleNumber=entry["rule_no"], RuleAction=entry["action"], **request)


def _associate(aws: Aws, acl_id: str, subnet_id: str) -> None:
    """Move a subnet to an ACL: it always has one, at first its VPC's default ACL."""
    ec2 = aws.client("ec2")
    having = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    for acl in ec2.describe_network_acls(Filters=having)["NetworkAcls"]:
        for each in acl["Associations"]:
            if each["SubnetId"] == subnet_id:
                association = each["NetworkAclAssociationId"]
                ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl_id)
                return
    raise ProviderError(f"subnet {subnet_id} has no association with a network ACL", "Check that the subnet exists.")


def _release(aws: Aws, acl_id: str, subnets: Iterable[str]) -> None:
    """Move subnets that have this ACL to the default ACL of their VPC."""
    acl = _described(aws, acl_id)
    mine = {each["SubnetId"] for each in acl["Associations"]}
    leaving = sorted(mine & set(subnets))
    if not leaving:
        return
    filters = [{"Name": "vpc-id", "Values": [acl["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
    default = aws.client("ec2").describe_network_acls(Filters=filters)["NetworkAcls"][0]["NetworkAclId"]
    for subnet in leaving:
        _associate(aws, default, subnet)

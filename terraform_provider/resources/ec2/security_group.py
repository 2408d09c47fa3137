"""aws_security_group."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.ec2 import _rules, _tags
from terraform_provider.values.unknown import State

DELETE_TIMEOUT = "15m"
DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


@resource("aws_security_group")
class SecurityGroup(Resource):
    noun = "Security Group"
    gone = ("InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound")

    def validate(self, config: State) -> None:
        name = config.get("name")
        if isinstance(name, str) and name.startswith("sg-"):
            raise ProviderError("invalid value for name (cannot begin with sg-)", path=("name",))

    def create(self, aws: Aws, planned: State) -> str:
        request: dict[str, Any] = {"GroupName": chosen_name(planned), "Description": planned["description"]}
        if planned["vpc_id"]:
            request["VpcId"] = planned["vpc_id"]
        request |= _tags.specified("security-group", planned)
        return str(aws.client("ec2").create_security_group(**request)["GroupId"])

    def complete(self, aws: Aws, state: State) -> None:
        # EC2 allows all outbound traffic of a new group. Terraform's groups begin without rules.
        for direction in DIRECTIONS:
            change_rules(aws, state["id"], direction, state[direction] or [])

    def read(self, aws: Aws, state: State) -> State | None:
        group = described(aws, state["id"])
        found: State = {
            "arn": group.get("SecurityGroupArn")
            or aws.arn("ec2", f"security-group/{group['GroupId']}", account=group["OwnerId"]),
            "description": group["Description"],
            "name": group["GroupName"],
            "name_prefix": prefix_of(group["GroupName"]),
            "owner_id": group["OwnerId"],
            "vpc_id": group.get("VpcId"),
            "revoke_rules_on_delete": bool(state["revoke_rules_on_delete"]),
            "tags_all": tags.as_dict(group.get("Tags")),
        }
        for direction, permissions in DIRECTIONS.items():
            rules = _rules.of_permissions(group[permissions])
            is_as_written = _rules.of_blocks(state[direction], state["id"]) == rules
            found[direction] = state[direction] if is_as_written and rules else _rules.as_blocks(rules, state["id"])
        return found

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        for direction in sorted(changed & DIRECTIONS.keys()):
            change_rules(aws, prior["id"], direction, planned[direction] or [])
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        if state["revoke_rules_on_delete"]:
            for direction in DIRECTIONS:
                change_rules(aws, state["id"], direction, [])
        # Interfaces of a load balancer or a task leave the group a while after these are gone.
        retried(
            aws,
            lambda: aws.client("ec2").delete_security_group(GroupId=state["id"]),
            codes=("DependencyViolation", "InvalidGroup.InUse"),
            timeout_s=timeout_s(state, "delete", DELETE_TIMEOUT),
        )


def described(aws: Aws, group_id: str) -> dict[str, Any]:
    group: dict[str, Any] = aws.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    return group


def change_rules(aws: Aws, group_id: str, direction: str, blocks: list[State]) -> None:
    """Replace the rules with those of the blocks: unchanged ones stay, and new ones are added last."""
    ec2 = aws.client("ec2")
    there = _rules.of_permissions(described(aws, group_id)[DIRECTIONS[direction]])
    wanted = _rules.of_blocks(blocks, group_id)
    for call, rules in (("revoke", there - wanted), ("authorize", wanted - there)):
        if rules:
            request = getattr(ec2, f"{call}_security_group_{direction}")
            request(GroupId=group_id, IpPermissions=[each.as_permission() for each in sorted(rules)])

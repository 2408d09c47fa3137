"""aws_iam_role."""

from typing import Any, ClassVar

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.json_text import normal_json, same_policy
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.resources.iam._policies import document
from terraform_provider.values.unknown import State

LONGEST_NAME = 64


@resource("aws_iam_role")
class Role(Resource):
    noun = "IAM Role"
    gone = ("NoSuchEntity",)
    equivalent: ClassVar = {"assume_role_policy": same_policy}
    normal: ClassVar = {"assume_role_policy": normal_json}

    def validate(self, config: State) -> None:
        name = config.get("name")
        if isinstance(name, str) and len(name) > LONGEST_NAME:
            raise ProviderError(
                f"expected length of name to be in the range (1 - {LONGEST_NAME}), got {name}", path=("name",)
            )

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name(planned)
        optional = {
            "Description": planned["description"],
            "MaxSessionDuration": planned["max_session_duration"],
            "PermissionsBoundary": planned["permissions_boundary"],
            "Tags": tags.as_list(planned["tags_all"]),
        }
        request = {
            "RoleName": name,
            "Path": planned["path"],
            "AssumeRolePolicyDocument": planned["assume_role_policy"],
            **{key: value for key, value in optional.items() if value},
        }
        # A principal that was created a moment ago is not known everywhere yet.
        retried(
            aws,
            lambda: aws.client("iam").create_role(**request),
            codes=("MalformedPolicyDocument",),
            message="Invalid principal in policy",
        )
        return name

    def complete(self, aws: Aws, state: State) -> None:
        iam, name = aws.client("iam"), state["id"]
        for each in state["inline_policy"]:
            _put(iam, name, each)
        for arn in state["managed_policy_arns"] or ():
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def read(self, aws: Aws, state: State) -> State | None:
        iam, name = aws.client("iam"), state["id"]
        role = iam.get_role(RoleName=name)["Role"]
        return {
            "arn": role["Arn"],
            "assume_role_policy": document(role["AssumeRolePolicyDocument"]),
            "create_date": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": role.get("Description"),
            "force_detach_policies": bool(state["force_detach_policies"]),
            "inline_policy": _same_or_found(state["inline_policy"], _inline(iam, name)),
            "managed_policy_arns": _attached(iam, name),
            "max_session_duration": role.get("MaxSessionDuration"),
            "name": role["RoleName"],
            "name_prefix": prefix_of(role["RoleName"]),
            "path": role["Path"],
            "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "unique_id": role["RoleId"],
            "tags_all": tags.as_dict(role.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        iam, name = aws.client("iam"), prior["id"]
        if "assume_role_policy" in changed:
            retried(
                aws,
                lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=planned["assume_role_policy"]),
                codes=("MalformedPolicyDocument",),
                message="Invalid principal in policy",
            )
        if changed & {"description", "max_session_duration"}:
            iam.update_role(
                RoleName=name,
                Description=planned["description"] or "",
                MaxSessionDuration=planned["max_session_duration"],
            )
        if "permissions_boundary" in changed:
            if planned["permissions_boundary"]:
                iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=planned["permissions_boundary"])
            else:
                iam.delete_role_permissions_boundary(RoleName=name)
        if "inline_policy" in changed:
            _change_inline(iam, name, prior["inline_policy"], planned["inline_policy"])
        if "managed_policy_arns" in changed:
            _change_attached(iam, name, set(prior["managed_policy_arns"]), set(planned["managed_policy_arns"] or ()))
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: iam.untag_role(RoleName=name, TagKeys=keys),
                tag=lambda added: iam.tag_role(RoleName=name, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        iam, name = aws.client("iam"), state["id"]
        has_inline, has_managed = bool(state["inline_policy"]), bool(state["managed_policy_arns"])
        pages = iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=name)
        for profile in [each for page in pages for each in page["InstanceProfiles"]]:
            iam.remove_role_from_instance_profile(RoleName=name, InstanceProfileName=profile["InstanceProfileName"])
        if state["force_detach_policies"] or has_managed:
            _change_attached(iam, name, set(_attached(iam, name)), set())
        if state["force_detach_policies"] or has_inline:
            for policy in _inline(iam, name):
                iam.delete_role_policy(RoleName=name, PolicyName=policy["name"])
        # What depends on the role, such as an aws_iam_role_policy, is deleted at the same time.
        retried(aws, lambda: iam.delete_role(RoleName=name), codes=("DeleteConflict",))


def _put(iam: Any, role: str, policy: State) -> None:
    # A block without arguments means: no inline policies.
    if policy["name"] and policy["policy"]:
        iam.put_role_policy(RoleName=role, PolicyName=policy["name"], PolicyDocument=policy["policy"])


def _inline(iam: Any, role: str) -> list[State]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [
        {
            "name": name,
            "policy": document(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]),
        }
        for page in pages
        for name in page["PolicyNames"]
    ]


def _attached(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]


def _same_or_found(before: list[State] | None, found: list[State]) -> list[State]:
    """Keep the state's blocks if AWS's policies mean the same."""
    if not before:
        return found
    documents = {each["name"]: each["policy"] for each in found}
    ours = {each["name"]: each["policy"] for each in before if each["name"]}
    is_same = ours.keys() == documents.keys() and all(
        same_policy(policy, documents[name]) for name, policy in ours.items()
    )
    return before if is_same else found


def _change_inline(iam: Any, role: str, prior: list[State], planned: list[State]) -> None:
    kept = {each["name"] for each in planned}
    for policy in prior:
        if policy["name"] and policy["name"] not in kept:
            iam.delete_role_policy(RoleName=role, PolicyName=policy["name"])
    for policy in planned:
        if policy not in prior:
            _put(iam, role, policy)


def _change_attached(iam: Any, role: str, prior: set[str], planned: set[str]) -> None:
    for arn in sorted(prior - planned):
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in sorted(planned - prior):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)

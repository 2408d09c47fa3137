"""aws_iam_role_policy."""

import re
from typing import ClassVar

from terraform_provider.framework.arguments import refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.json_text import same_policy
from terraform_provider.framework.names import SUFFIX_LENGTH, chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.planning.stored_forms import STORED_FORMS
from terraform_provider.resources.iam._policies import document
from terraform_provider.values.unknown import State

LONGEST_NAME = 128
# AWS's limit for the inline policies of a role together, in characters without white space.
LONGEST_POLICY = 10240
LONGEST = {"name": LONGEST_NAME, "name_prefix": LONGEST_NAME - SUFFIX_LENGTH}
SIGNS = re.compile(r"[\w+=,.@-]+", re.ASCII)


@resource("aws_iam_role_policy")
class RolePolicy(Resource):
    noun = "IAM Role Policy"
    gone = ("NoSuchEntity",)
    equivalent: ClassVar = {"policy": same_policy}

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")
        for attribute, longest in LONGEST.items():
            name = config.get(attribute)
            if isinstance(name, str) and len(name) > longest:
                raise ProviderError(
                    f'"{attribute}" cannot be longer than {longest} characters',
                    f"It has {len(name)}.",
                    (attribute,),
                )
            if isinstance(name, str) and not SIGNS.fullmatch(name):
                raise ProviderError(f'"{attribute}" must match [\\w+=,.@-]', f'"{name}" does not.', (attribute,))
        policy = config.get("policy")
        length = len("".join(policy.split())) if isinstance(policy, str) else 0
        if length > LONGEST_POLICY:
            raise ProviderError(
                f"policy cannot be longer than {LONGEST_POLICY} characters without white space, got {length}",
                "Attach a managed policy instead: it does not count towards this limit.",
                ("policy",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        name = chosen_name(planned)
        _put(aws, planned["role"], name, planned["policy"])
        return f"{planned['role']}:{name}"

    def read(self, aws: Aws, state: State) -> State | None:
        role, name = _parts(state["id"])
        found = aws.client("iam").get_role_policy(RoleName=role, PolicyName=name)
        return {
            "name": name,
            "name_prefix": prefix_of(name),
            "policy": STORED_FORMS["policy"](document(found["PolicyDocument"])),
            "role": role,
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        _put(aws, *_parts(prior["id"]), planned["policy"])

    def delete(self, aws: Aws, state: State) -> None:
        role, name = _parts(state["id"])
        aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


def _put(aws: Aws, role: str, name: str, policy: str) -> None:
    aws.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)


def _parts(id_: str) -> tuple[str, str]:
    role, colon, name = id_.partition(":")
    if not colon:
        raise ProviderError(
            "role_policy id must be of the form <role name>:<policy name>", f'"{id_}" names no policy.', ("id",)
        )
    return role, name

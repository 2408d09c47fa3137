"""aws_iam_role_policy_attachment."""

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import unique_suffix
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried
from terraform_provider.values.unknown import State

BUSY = ("ConcurrentModification",)
"""Another policy is attached to the role, or detached from it, at the same time."""


@resource("aws_iam_role_policy_attachment")
class RolePolicyAttachment(Resource):
    noun = "IAM Role Policy Attachment"
    gone = ("NoSuchEntity",)

    def create(self, aws: Aws, planned: State) -> str:
        role, arn = planned["role"], planned["policy_arn"]
        retried(aws, lambda: aws.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn), codes=BUSY)
        return f"{role}-{unique_suffix()}"

    def read(self, aws: Aws, state: State) -> State | None:
        pages = aws.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=state["role"])
        attached = {each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]}
        return {name: state[name] for name in ("role", "policy_arn")} if state["policy_arn"] in attached else None

    def delete(self, aws: Aws, state: State) -> None:
        role, arn = state["role"], state["policy_arn"]
        retried(aws, lambda: aws.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn), codes=BUSY)

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        role, _, arn = id.partition("/")
        if not role or not arn:
            raise ProviderError(
                f'unexpected format of ID ("{id}"), expected <role-name>/<policy_arn>', "Import with both.", ("id",)
            )
        return {"id": f"{role}-{arn}", "role": role, "policy_arn": arn}

"""A plan's roles with what their policies allow, every ARN as AWS would write it."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Policies, ResourcePolicyKind, decide
from localcloud.authorization.policies import Policy, read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from tests.terraform.plan import Plan, Resource, listed

ACCOUNT_ID, REGION = "123456789012", "us-west-1"
Document = Mapping[str, Any]

FORMS = {
    "aws_cloudwatch_log_group": ("logs", "log-group:{name}"),
    "aws_dynamodb_table": ("dynamodb", "table/{name}"),
    "aws_ecr_repository": ("ecr", "repository/{name}"),
    "aws_sesv2_email_identity": ("ses", "identity/{email_identity}"),
    "aws_secretsmanager_secret": ("secretsmanager", "secret:{name}-AbCdEf"),
}
"""Type of resource -> the service and the last part of its ARNs, by its attributes."""
COUNTED = ("AdministratorAccess", "ReadOnlyAccess")
"""AWS's own policies that roles of jobs have."""


@cache
def managed_by_aws() -> dict[str, Document]:
    """Return these policies."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found = json.loads(aws_managed_policies_data)
    return {name: found[name]["Document"] for name in COUNTED}


@dataclass(frozen=True)
class Role:
    """A role. `documents`: its inline policies by name; `managed`: AWS's own that count, by theirs."""

    name: str
    documents: Mapping[str, Document]
    managed: Mapping[str, Document]
    trust: Document

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT_ID}:role/{self.name}"

    @property
    def session(self) -> Principal:
        """Somebody who has assumed it."""
        return Principal(
            kind=Kind.ROLE_SESSION,
            arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{self.name}/test",
            account_id=ACCOUNT_ID,
            issuer_arn=self.arn,
            user_id="AROA1111111111111111:test",
        )

    def statements(self) -> list[tuple[str, int]]:
        """Return each statement: its policy's name, and its place there."""
        return [(name, at) for name, each in self.documents.items() for at in range(len(listed(each["Statement"])))]

    def statement(self, policy: str, at: int) -> Mapping[str, Any]:
        found: Mapping[str, Any] = listed(self.documents[policy]["Statement"])[at]
        return found

    def without(self, policy: str, at: int, action: str | None = None) -> "Role":
        """Return the role without a statement, or without one action of it."""
        documents = {name: deepcopy(dict(each)) for name, each in self.documents.items()}
        statements = listed(documents[policy]["Statement"])
        left = [each for each in listed(statements[at]["Action"]) if action is not None and each != action]
        kept = [statements[at] | {"Action": left}] if left else []
        documents[policy]["Statement"] = [*statements[:at], *kept, *statements[at + 1 :]]
        return replace(self, documents=documents)

    def policies(self) -> list[Policy]:
        documents = {**self.documents, **self.managed}
        return [read_policy(json.dumps(each), name) for name, each in documents.items() if each["Statement"]]


class World:
    """The resources of a plan, as far as a decision needs them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.arns = {each["arn"]: arn for each in plan.resources if (arn := real_arn(each)) and "arn" in each.values}
        self.keys = {self.arns[each["arn"]]: self.document(each["policy"]) for each in plan.of("aws_kms_key")}
        self.buckets = {
            f"arn:aws:s3:::{each['bucket']}": self.document(each["policy"]) for each in plan.of("aws_s3_bucket_policy")
        }
        self.roles = {each["name"]: self._role(each) for each in plan.of("aws_iam_role")}

    def named(self, ending: str) -> Role:
        """Return the role whose name ends so."""
        return self.roles[f"{self.plan.name}-{ending}"]

    def document(self, text: str) -> Document:
        """Read a policy, with the ARNs that AWS would have made."""
        found: Document = json.loads(self.real(text))
        return found

    def real(self, text: str) -> str:
        """Put the ARNs that AWS would have made in the place of those of the plan."""
        for made_up, arn in sorted(self.arns.items(), reverse=True):
            text = re.sub(rf"{re.escape(made_up)}(?![\w-])", arn, text)
        return text

    def _role(self, role: Resource) -> Role:
        inline = {
            each["name"]: self.document(each["policy"])
            for each in self.plan.of("aws_iam_role_policy")
            if each["role"] in (role["name"], role["id"])
        }
        attached = {
            name: managed_by_aws()[name]
            for each in self.plan.of("aws_iam_role_policy_attachment")
            if each["role"] == role["name"] and (name := each["policy_arn"].rpartition("/")[2]) in COUNTED
        }
        return Role(role["name"], inline, attached, self.document(role["assume_role_policy"]))

    def allows(self, role: Role, request: Request) -> bool:
        """Decide by the role's policies and by those of the resource."""
        asked = replace(
            request, principal=role.session, context=Context({"aws:SecureTransport": "true"}) | request.context
        )
        bucket = request.resource.partition("/")[0]
        if request.resource in self.keys:
            resource, kind = [self.keys[request.resource]], ResourcePolicyKind.KEY
        else:
            resource, kind = [self.buckets[bucket]] if bucket in self.buckets else [], ResourcePolicyKind.ORDINARY
        policies = Policies(
            identity=role.policies(),
            resource=[read_policy(json.dumps(each), "of the resource") for each in resource],
            kind=kind,
        )
        return decide(asked, policies).is_allowed


def real_arn(resource: Resource) -> str | None:
    """Return the ARN that AWS would give a resource; None where the plan's own may stay."""
    if resource.type == "aws_iam_role":
        return f"arn:aws:iam::{ACCOUNT_ID}:role/{resource['name']}"
    if resource.type == "aws_iam_openid_connect_provider":
        return f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{resource['url'].removeprefix('https://')}"
    if resource.type == "aws_s3_bucket":
        return f"arn:aws:s3:::{resource['bucket']}"
    if resource.type == "aws_kms_key":
        digits = sum(map(ord, resource.address)) % 10**12
        return f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/00000000-0000-4000-8000-{digits:012}"
    if resource.type not in FORMS:
        return None
    service, form = FORMS[resource.type]
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{form.format_map(dict(resource.values))}"

"""Principals of policies: AWS resolves them when a policy is stored, and refuses missing ones.

Whether another account and its roles exist cannot be known here, so they are accepted. The words of IAM, KMS, S3, SNS,
ECR and VPC endpoints are those that AWS prints for this; those of SQS and Secrets Manager are printed for invalid
policies, but unconfirmed here, as are EventBridge's.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from localcloud.moto.existing import backend_of
from localcloud.protocol.regions import ENDPOINTS
from localcloud.protocol.service_models import loader

ACCOUNT = re.compile(r"[0-9]{12}")
IDENTITY = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):(?:root|(?:role|user)/[\w+=,.@/-]+)", re.ASCII)
SESSION = re.compile(r"arn:aws[a-z-]*:sts::([0-9]{12}):(assumed-role|federated-user)/([\w+=,.@-]+)(?:/[\w+=,.@-]+)?")
ACCESS_IDENTITY = re.compile(r"arn:aws[a-z-]*:iam::cloudfront:user/CloudFront[ _]Origin[ _]Access[ _]Identity[ _]\w+")
SERVICE = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")
FEDERATED = re.compile(
    r"(?:[a-z0-9-]+\.)+[a-z]{2,}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:oidc-provider|saml-provider)/\S+", re.ASCII
)
CANONICAL_USER = re.compile("[0-9a-f]{64}")
FURTHER_SERVICES = (
    *("airflow-env", "applicationinsights", "aws-artifact-account-sync", "billingreports", "build.apprunner"),
    *("channels.lex", "config-conforms", "config-multiaccountsetup", "costalerts", "deepracer", "ec2fleet"),
    *("ec2scheduled", "ecs-tasks", "edgelambda", "eks-fargate-pods", "eks-nodegroup", "opensearchservice"),
    *("replication.ecr", "serverlessrepo", "signin", "spot", "spotfleet", "ssm-quicksetup", "transitgateway"),
    *("trustedadvisor", "vmie", "vpc-flow-logs", "wellarchitected"),
)
"""Principals of services that botocore knows by other names. AWS publishes no list."""


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The roles and users of an account, by ARN and by unique id; `roles`: names."""

    account_id: str
    arns: frozenset[str]
    ids: frozenset[str]
    roles: frozenset[str]


def identities(account_id: str) -> Identities:
    """Return what IAM has. Call in moto's thread."""
    backend = backend_of("iam", account_id)
    roles = list(backend.roles.values()) if backend else []
    users = list(backend.users.values()) if backend else []
    return Identities(
        account_id=account_id,
        arns=frozenset(each.arn for each in (*roles, *users)),
        ids=frozenset(each.id for each in (*roles, *users)),
        roles=frozenset(role.name for role in roles),
    )


def invalid_principal(policy: str, known: Identities, *, are_services_known: bool = False) -> tuple[str, str] | None:
    """Return the kind and value of a policy's first invalid principal; None also if it is not a policy.

    `are_services_known`: whether the service knows the names of all services, as IAM does.
    """
    for kind, value in _principals(policy):
        if not _is_valid(kind, value, known, are_services_known):
            return kind, value
    return None


def is_document(policy: str) -> bool:
    """Return whether a policy is JSON, and an object."""
    try:
        return isinstance(json.loads(policy), dict)
    except ValueError:
        return False


def _principals(policy: str) -> Iterator[tuple[str, str]]:
    statements = json.loads(policy).get("Statement") if is_document(policy) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            found = statement.get(element) if isinstance(statement, dict) else None
            named = found if isinstance(found, dict) else {"AWS": found} if found is not None else {}
            for kind, values in named.items():
                yield from ((kind, str(value)) for value in (values if isinstance(values, list) else [values]))


def _is_valid(kind: str, value: str, known: Identities, are_services_known: bool) -> bool:
    match kind:
        case "AWS":
            return _is_identity(value, known)
        case "Service":
            return _is_service(value, are_services_known)
        case "Federated":
            return FEDERATED.fullmatch(value) is not None
        case "CanonicalUser":
            return CANONICAL_USER.fullmatch(value) is not None
    return value == "*"


def _is_identity(value: str, known: Identities) -> bool:
    if value == "*" or ACCOUNT.fullmatch(value) or ACCESS_IDENTITY.fullmatch(value) or value in known.ids:
        return True
    if found := IDENTITY.fullmatch(value):
        return found[1] != known.account_id or value.endswith(":root") or value in known.arns
    if found := SESSION.fullmatch(value):
        return found[1] != known.account_id or found[2] != "assumed-role" or found[3] in known.roles
    return False


def _is_service(value: str, are_services_known: bool) -> bool:
    found = SERVICE.fullmatch(value)
    if found is None or not are_services_known:
        return found is not None
    return found[1] in FURTHER_SERVICES or bool(set(found[1].split(".")) & _services())


@cache
def _services() -> frozenset[str]:
    """Return every name under which botocore has a service or an endpoint."""
    endpoints = {name for each in ENDPOINTS["partitions"] for name in each["services"]}
    parts = {part for name in endpoints for part in name.split(".")}
    return frozenset({*loader().list_available_services("service-2"), *endpoints, *parts})
